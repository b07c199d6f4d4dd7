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
    boot_aggregates: Sequence[BootAggregate]
    """The last thousand of them, in order."""
    boot_aggregate_count: int
    warnings: Sequence[AsciiListWarning]
    """What an ascii list leaves open; empty for a binary one."""

    @property
    def last_boot_aggregate(self) -> BootAggregate | None:
        """The one that counts: a list that was carried over kexec has one for each kernel, and its PCR was not reset."""
        return self.boot_aggregates[-1] if self.boot_aggregates else None


def describe(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> Description:
    """Read a whole list and say what it is. Warns about nothing: see `warnings` of the result.

    Raises `ImaFormatError`, `LimitError`, `OSError`.
    """
    row = _native.describe(native_source(source), max_size)
    big, template_hash, entries, list_bytes, violations, templates, boots, boot_count, reading = row
    return Description(
        form="binary" if reading is None else "ascii",
        endian="big" if big else "little",
        template_hash=template_hash,
        entries=entries,
        list_bytes=list_bytes,
        violations=violations,
        templates=dict(templates),
        boot_aggregates=tuple(BootAggregate(*boot) for boot in boots),
        boot_aggregate_count=boot_count,
        warnings=() if reading is None else (AsciiListWarning(*reading),),
    )
