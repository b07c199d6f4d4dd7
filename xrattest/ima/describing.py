"""What kind of list this is, and what is in it, without judging it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.errors import AsciiListWarning
from xrattest.ima.aggregates import BootAggregate
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Source, native_source


@dataclass(frozen=True, slots=True)
class Description:
    """A list's form and content in numbers."""

    form: Literal["binary", "ascii"]
    endian: Literal["little", "big"]
    """Byte order; of an ascii list found by recomputing template hashes."""
    template_hash: str
    """Algorithm of the template hashes: sha1, but for lists of one PCR bank."""
    entries: int
    list_bytes: int
    """Size of the binary list, decompressed."""
    violations: int
    templates: Mapping[str, int]
    """Entries by template name."""
    boot_aggregates: int
    """Entries named boot_aggregate: one for the boot, and one for each kexec that carried the list on."""
    last_boot_aggregate: BootAggregate | None
    """The one that counts for the kernel that wrote the list."""
    warnings: Sequence[AsciiListWarning]
    """What an ascii list leaves open; empty for a binary one."""


def describe(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> Description:
    """Read a whole list and say what it is. Warns about nothing: see `warnings` of the result.

    Raises `ImaFormatError`, `LimitError`, `OSError`.
    """
    row = _native.describe(native_source(source), max_size)
    big, template_hash, entries, list_bytes, violations, templates, boots, last_boot, reading = row
    return Description(
        form="binary" if reading is None else "ascii",
        endian="big" if big else "little",
        template_hash=template_hash,
        entries=entries,
        list_bytes=list_bytes,
        violations=violations,
        templates=dict(templates),
        boot_aggregates=boots,
        last_boot_aggregate=None if last_boot is None else BootAggregate(*last_boot),
        warnings=() if reading is None else (AsciiListWarning(*reading),),
    )
