"""`xrattest ima replay`."""

from __future__ import annotations

from pathlib import Path

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import BANKS, log_option, open_list, size_option


@click.command()
@log_option
@click.option(
    "--bank",
    "banks",
    multiple=True,
    type=click.Choice(BANKS),
    help="PCR bank, repeatable. [default: sha1, sha256]",
)
@size_option
@click.pass_context
def replay(ctx: click.Context, log: Path | None, banks: tuple[str, ...], max_size: int) -> None:
    """Print the PCR values that a list leads to, and check every template hash on the way.

    Entries whose template hash is wrong are named on standard error, and the exit status is 1.

    \b
    Example:
      xrattest ima replay --bank sha256 --log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_list(log) as source:
        result = lists.replay(source, list(dict.fromkeys(banks)) or BANKS[:2], max_size=max_size)
    for bank, pcrs in result.pcrs.items():
        for index, value in pcrs.items():
            click.echo(f"{bank}:{index}:{value.hex()}")
    if result.entries == 0:
        click.echo("xrattest: the list is empty: no PCR is extended", err=True)
    for mismatch in result.mismatches:
        click.echo(f"entry {mismatch.number} at byte {mismatch.offset}: the template hash of its data is {mismatch.computed.hex()}, "
                   "not what the list says", err=True)  # fmt: skip
    if not result.is_consistent:
        click.echo(
            f"xrattest: {result.mismatch_count} of {result.entries} template hashes are wrong", err=True
        )
        ctx.exit(1)
