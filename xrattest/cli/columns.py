"""Rows as aligned text, whole on any terminal and in any pipe: nothing is cut or wrapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xrattest.terminal import printable


def columns(title: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a title line and one line per row; None is shown as `-`, what cannot be printed as its escape."""
    table = [list(title), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
    return "".join(f"{line}\n" for line in lines)


def _cell(value: object) -> str:
    return printable("-" if value is None else str(value))
