"""`xrattest boot show`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from xrattest import bootlog
from xrattest.cli.boot.inputs import log_option, open_log, size_option
from xrattest.cli.columns import columns

_VERIFIED = {True: "right", False: "WRONG", None: "-"}


@click.command()
@log_option
@click.option(
    "--pcr",
    "pcrs",
    multiple=True,
    type=click.IntRange(0, 23),
    metavar="N",
    help="Only events of this PCR, repeatable.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object per line, with the decoded event data."
)
@size_option
@click.pass_context
def show(ctx: click.Context, log: Path | None, pcrs: tuple[int, ...], as_json: bool, max_size: int) -> None:
    """Show the events of a log in words.

    Column digest: right when the digests are those of the event's own data, WRONG when they should be and are not (exit status
    1), - when they are of something outside of the log, such as an image.

    \b
    Example:
      xrattest boot show --pcr 7 --log binary_bios_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_log(log) as source:
        read = bootlog.EventLog.load(source, max_size=max_size)
    shown = [event for event in read.events if not pcrs or event.pcr in pcrs]
    if as_json:
        for event in shown:
            click.echo(json.dumps(_members(event), ensure_ascii=False))
    else:
        click.echo(_table(shown), nl=False)
    if not read.events and read.defect is None:
        click.echo("xrattest: the log is empty", err=True)
    if read.defect is not None:
        raise read.defect
    if any(event.digest_verified is False for event in shown):
        ctx.exit(1)


def _table(events: Iterable[bootlog.Event]) -> str:
    return columns(
        ("event", "pcr", "type", "digest", "description"),
        (
            (event.number, event.pcr, _type(event), _VERIFIED[event.digest_verified], event.description)
            for event in events
        ),
    )


def _type(event: bootlog.Event) -> str:
    return event.type_name or f"{event.type:#010x}"


def _members(event: bootlog.Event) -> dict[str, object]:
    covers = {} if event.digest_covers is None else {"digest-covers": event.digest_covers}
    return bootlog.event_members(event) | covers | {"decoded": event.decoded}
