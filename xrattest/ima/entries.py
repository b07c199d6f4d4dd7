"""Entries of a list, one after another."""

from __future__ import annotations

from collections.abc import Iterator

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Source, native_source

Entry = _native.Entry


def read(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> Iterator[Entry]:
    """Return an iterator over the entries of a list, in order.

    It reads ahead by some thousand entries, and lets other threads run while it does. Raises `ImaFormatError`, `LimitError`,
    `OSError`, also after some entries.
    """
    return _native.EntryReader(native_source(source), max_size)
