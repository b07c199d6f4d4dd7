"""`xrattest ima show`."""

from __future__ import annotations

import os
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xrattest import ima as lists
from xrattest.cli.ima.cells import digest_text, hash_text, more_text, name_text
from xrattest.cli.ima.inputs import log_option, open_list, size_option
from xrattest.cli.options import this_app

if TYPE_CHECKING:
    from rich.table import Table

_PAGE = 500


class EventRange(click.ParamType[tuple[int, int]]):
    """Numbers of events, both ends included."""

    name = "range"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        """Parse `7`, `7-12`, `7-` or `-12`; fails the command line on anything else."""
        if isinstance(value, tuple):
            return value
        first, dash, last = str(value).partition("-")
        ends = [end for end in (first, last) if end]
        if not ends or not all(end.isascii() and end.isdigit() and len(end) < 19 for end in ends):
            self.fail(f"{value!r} is not a range of events such as 100-200, 100- or 7", param, ctx)
        start = int(first or 0)
        end = int(last) if last else ((1 << 63) - 1 if dash else start)
        if end < start:
            self.fail(f"{value!r} ends before it begins", param, ctx)
        return start, end


@click.command()
@log_option
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="GLOB",
    help="Only paths that match, such as '/usr/**' (* stops at a slash, ** does not); repeatable.",
)
@click.option(
    "--events", type=EventRange(), metavar="A-B", help="Only events of these numbers, from 0: 7, 7-12, 7-."
)
@click.option("--violations", is_flag=True, help="Only violations.")
@click.option(
    "--template", "templates", multiple=True, metavar="NAME", help="Only this template; repeatable."
)
@click.option(
    "--pcr", "pcrs", multiple=True, type=click.IntRange(0, 63), metavar="N", help="Only this PCR; repeatable."
)
@click.option("--count", is_flag=True, help="Print how many entries there are, not the entries.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object per line, with the leaves of IMA-EVENT."
)
@size_option
def show(log: Path | None, paths: tuple[str, ...], events: tuple[int, int] | None, violations: bool,
         templates: tuple[str, ...], pcrs: tuple[int, ...], count: bool, as_json: bool, max_size: int) -> None:  # fmt: skip
    """Show the entries of a list, or those of them that answer every question.

    \b
    Example:
      xrattest ima show --path '/usr/bin/*' --events 100-200 --log list.gz
      xrattest ima show --violations --count --log list.gz
    """  # noqa: D301 - click's \b keeps the example's lines
    try:
        wanted = lists.Filter(
            events=events, violations=violations, templates=templates, pcrs=pcrs, paths=paths
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--path") from error
    with open_list(log) as source:
        if count:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of ours
                summary = lists.write_events(
                    source, nowhere, layout="lines", wanted=wanted, max_size=max_size
                )
            click.echo(summary.entries)
            return
        if as_json:
            lists.write_events(source, sys.stdout.buffer, layout="lines", wanted=wanted, max_size=max_size)
            return
        entries = filter(wanted.takes, lists.read(source, max_size=max_size))
        # Columns of one width, page after page: a list may have millions of rows.
        while page := list(islice(entries, _PAGE)):
            this_app().stdout.print(_table(page))


def _table(entries: list[lists.Entry]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False)
    for title in ("event", "pcr"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("template", "template hash", "digest", "name", "more"):
        table.add_column(title, overflow="fold")
    for entry in entries:
        cells = (
            str(entry.number),
            str(entry.pcr),
            entry.template,
            hash_text(entry),
            digest_text(entry),
            name_text(entry),
            more_text(entry),
        )
        # Text, not str: a file name is never markup.
        table.add_row(*(Text(cell) for cell in cells))
    return table
