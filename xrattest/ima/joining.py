"""One binary list out of several lists that follow each other."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.errors import AsciiListWarning
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Output, Source, descriptor_of, native_source


@dataclass(frozen=True, slots=True)
class Part:
    """What one list gave to a joined one."""

    label: str
    entries: int
    repeated: int
    """How many of its entries, from the first on, the joined list had already."""
    warnings: Sequence[AsciiListWarning]
    """What an ascii list leaves open; empty for a binary one."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What was written."""

    entries: int
    list_bytes: int
    parts: Sequence[Part]


def join(sources: Sequence[Source], out: Output, *, max_size: int = DEFAULT_MAX_SIZE) -> Joined:
    """Write the binary list of `sources` one after another: exported chunks, or copies of one list as it grew.

    Entries at the head of a list that the joined list ends with already, or a list that it has as a whole, are not
    repeated; equal violations alone are no repetition. A gap between two lists cannot be seen: compare the replay with a
    PCR. One list alone is converted: ascii to binary, or decompressed. `max_size` limits each list and the joined one.

    Every source is read twice, so what cannot seek is copied to a temporary file. Raises `ImaFormatError` with the
    list's label in its reason (also when byte order or template hash differ from the first list's), `LimitError`,
    `ChangedWhileReadError`, `OSError`.
    """
    with ExitStack() as spools, descriptor_of(out) as descriptor:
        named = [
            (label_of(source, number), _seekable(source, spools)) for number, source in enumerate(sources)
        ]
        entries, list_bytes, rows = _native.join(named, descriptor, max_size)
    parts = tuple(
        Part(label, count, repeated, () if reading is None else (AsciiListWarning(*reading),))
        for (label, _), (count, repeated, reading) in zip(named, rows, strict=True)
    )
    return Joined(entries, list_bytes, parts)


def label_of(source: Source, number: int) -> str:
    """Return what messages call `source`, the list of 0-based `number`."""
    if isinstance(source, str | os.PathLike):
        return os.fsdecode(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else f"list {number + 1}"


def _seekable(source: Source, spools: ExitStack) -> bytes | int | str | os.PathLike[str]:
    if isinstance(source, bytes | str | os.PathLike) or source.seekable():
        return native_source(source)
    spool = spools.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(source, spool)
    spool.seek(0)
    return spool.fileno()
