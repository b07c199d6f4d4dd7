"""`xrattest boot aggregate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from xrattest import bootlog, ima
from xrattest.cli.boot.inputs import log_option, open_log, size_option


@click.command()
@log_option
@click.option(
    "--ima-log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The IMA measurement list whose boot_aggregate is to be found among them.",
)
@size_option
@click.pass_context
def aggregate(ctx: click.Context, log: Path | None, ima_log: Path | None, max_size: int) -> None:
    """Print the boot aggregates that a log leads to, and say which of them an IMA list has.

    Of a list with several boot_aggregate entries (kexec) the last counts. The exit status is 1 when it is none of those printed.

    \b
    Example:
      xrattest boot aggregate --log binary_bios_measurements --ima-log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_log(log) as source:
        result = bootlog.replay(source, max_size=max_size)
    entry = None if ima_log is None else next(reversed(ima.boot_aggregates(ima_log)), None)
    computed = list(ima.compute_aggregates(result.after_boot))
    for one in computed:
        found = (
            "" if entry is None or entry.digest != one.digest else f" = boot_aggregate, entry {entry.number}"
        )
        click.echo(f"{one.bank}:{one.pcrs}:{one.digest.hex()}{found}")
    if ima_log is not None and not _has(entry, computed):
        ctx.exit(1)


def _has(entry: ima.BootAggregate | None, computed: Sequence[ima.Aggregate]) -> bool:
    if entry is None:
        click.echo("xrattest: the IMA list has no boot_aggregate", err=True)
        return False
    if not any(entry.digest):
        click.echo(
            f"xrattest: boot_aggregate of entry {entry.number} is zero: the kernel saw no TPM when it started",
            err=True,
        )
        return False
    if all(entry.digest != one.digest for one in computed):
        click.echo(
            f"xrattest: boot_aggregate of entry {entry.number} is {entry.digest.hex()}, none of these",
            err=True,
        )
        return False
    return True
