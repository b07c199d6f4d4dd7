"""`xrattest ima show`."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import log_option, open_list, size_option
from xrattest.cli.options import this_app
from xrattest.terminal import printable

if TYPE_CHECKING:
    from rich.table import Table

_PAGE = 500


@click.command()
@log_option
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object per line, with the leaves of IMA-EVENT."
)
@size_option
def show(log: Path | None, as_json: bool, max_size: int) -> None:
    """Show the entries of a list.

    \b
    Example:
      xrattest ima show --json --log list.gz | head -1
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_list(log) as source:
        if as_json:
            lists.write_events(source, sys.stdout.buffer, layout="lines", max_size=max_size)
            return
        entries = lists.read(source, max_size=max_size)
        # Columns of one width, page after page: a list may have millions of rows.
        while page := list(islice(entries, _PAGE)):
            this_app().stdout.print(_table(page))


def _table(entries: list[lists.Entry]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False)
    for title in ("event", "pcr"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("template", "template hash", "digest", "name"):
        table.add_column(title, overflow="fold")
    for entry in entries:
        cells = (
            str(entry.number),
            str(entry.pcr),
            entry.template,
            _hash(entry),
            _digest(entry),
            _name(entry),
        )
        # Text, not str: a file name is never markup.
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _hash(entry: lists.Entry) -> str:
    return "violation" if entry.is_violation else entry.template_hash.hex()


def _digest(entry: lists.Entry) -> str:
    if entry.digest is None:
        return f"({len(entry.template_data)} bytes of template data)"
    return ":".join(filter(None, (entry.digest_type, entry.algorithm, entry.digest.hex())))


def _name(entry: lists.Entry) -> str:
    """Return the name on one line, whatever control characters an attacker put into it."""
    return printable((entry.name or b"").decode("utf-8", "backslashreplace"))
