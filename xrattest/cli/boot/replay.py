"""`xrattest boot replay`."""

from __future__ import annotations

from pathlib import Path

import click

from xrattest import bootlog
from xrattest.cli.boot.inputs import log_option, open_log, size_option
from xrattest.errors import InputError


@click.command()
@log_option
@click.option(
    "--bank",
    "banks",
    multiple=True,
    metavar="BANK",
    help="PCR bank such as sha256, repeatable. [default: all of the log's]",
)
@size_option
def replay(log: Path | None, banks: tuple[str, ...], max_size: int) -> None:
    """Print the PCR values that a log leads to, bank by bank.

    PCRs that no event extends are left out: they have the value of a reset.

    \b
    Example:
      xrattest boot replay --bank sha256 --log binary_bios_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_log(log) as source:
        result = bootlog.replay(source, max_size=max_size)
    for bank in dict.fromkeys(banks) or result.pcrs:
        if bank not in result.pcrs:
            raise InputError(
                f"the log has no bank {bank!r} that can be replayed; it has: {', '.join(result.pcrs) or 'none'}"
            )
        for index, value in result.pcrs[bank].items():
            click.echo(f"{bank}:{index}:{value.hex()}")
    for remark in _remarks(result):
        click.echo(f"xrattest: {remark}", err=True)


def _remarks(result: bootlog.Replay) -> list[str]:
    remarks = [f"event {number}: {what}" for number, what in result.oddities]
    remarks += [f"{count} events have no digest for bank {bank}" for bank, count in result.missing.items()]
    remarks += [f"bank of algorithm {number:#06x} cannot be replayed" for number in result.unreplayed]
    return remarks if result.events else [*remarks, "the log is empty: no PCR is extended"]
