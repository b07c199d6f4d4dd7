"""Replay of a list into PCR values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Source, native_source


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An entry whose recorded template hash is not that of its data."""

    number: int
    offset: int
    computed: bytes


@dataclass(frozen=True, slots=True)
class Replay:
    """What a list amounts to when it is replayed from PCRs of zeros."""

    entries: int
    violations: int
    templates: Mapping[str, int]
    """Entries by template name."""
    pcrs: Mapping[str, Mapping[int, bytes]]
    """Bank name to PCR index to value; only PCRs that were extended."""
    mismatches: Sequence[Mismatch]
    """The first hundred of them."""
    mismatch_count: int

    @property
    def is_consistent(self) -> bool:
        """Whether every recorded template hash is that of its data. Alone this proves nothing: an attacker can recompute it."""
        return self.mismatch_count == 0


def replay(
    source: Source, banks: Sequence[str] = ("sha1", "sha256"), *, max_size: int = DEFAULT_MAX_SIZE
) -> Replay:
    """Recompute every template hash and extend PCRs in `banks` (sha1, sha256, sha384, sha512).

    What is extended is computed from the template data, a violation as all ones: the kernel's way since Linux 5.8. Raises
    `ImaFormatError`, `LimitError`, `OSError`; `ValueError` for another bank.
    """
    row = _native.replay(native_source(source), list(banks), max_size)
    entries, violations, templates, states, mismatches, mismatch_count = row
    pcrs = {bank: dict(values) for bank, values in states}
    found = tuple(Mismatch(*mismatch) for mismatch in mismatches)
    return Replay(entries, violations, dict(templates), pcrs, found, mismatch_count)
