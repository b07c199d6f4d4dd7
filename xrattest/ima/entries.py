"""Entries of a list, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Source, native_source

_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the list."""

    number: int
    """0-based position since boot."""
    offset: int
    """Byte offset in the list."""
    pcr: int
    template_hash: bytes
    """As recorded, not recomputed; all zeros for a violation."""
    template: str
    algorithm: str | None
    """Algorithm of `digest` as the kernel names it; None where the list names none (template `ima`)."""
    digest: bytes | None
    """Digest of the file; None, like `name`, where the template is not decoded (only `template_data` then says what was measured)."""
    name: bytes | None
    """Path as the kernel logged it: any bytes, blanks replaced by `_`."""
    signature: bytes | None
    """Content of `security.ima`: None where the template has no such field, empty where the file has none."""
    template_data: bytes

    @property
    def is_violation(self) -> bool:
        """Whether the kernel recorded a violation (time-of-measure, time-of-use or open writers), not a measurement."""
        return not any(self.template_hash)


def read(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> Iterator[Entry]:
    """Yield the entries of a list in order. Raises `ImaFormatError`, `LimitError`, `OSError`, also after some entries."""
    reader = _native.EntryReader(native_source(source), max_size)
    while batch := reader.next_batch(_BATCH):
        for row in batch:
            yield Entry(*row)
