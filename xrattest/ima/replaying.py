"""Replay of a list into PCR values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.pcrs import PcrState, from_rows, to_rows
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Source, native_source


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An entry whose recorded template hash is not that of its data."""

    number: int
    """0-based position in the source."""
    offset: int
    """Byte offset in the source."""
    template: str
    name: bytes | None
    """File name, at most 4096 bytes of it; None where the template has none."""
    recorded: bytes
    """Template hash that the list says."""
    computed: bytes
    """Hash of the template data."""


@dataclass(frozen=True, slots=True)
class Truncated:
    """Where a list breaks off inside its last entry."""

    number: int
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a replay says about one PCR value that a TPM held."""

    bank: str
    pcr: int
    value: bytes
    outcome: Literal["match", "lags", "never", "untouched"]
    """`match`: the whole list leads to it. `lags`: only the first `entries` of it, later ones change the PCR. `never`: no
    prefix of the list leads to it. `untouched`: no entry extends this PCR, so the list says nothing about it."""
    scheme: str | None
    """Name of the bank with the way it was extended, such as `sha384:sha1-padded`; None unless match or lags."""
    first: int | None
    """The least number of entries that leads to the value."""
    entries: int | None
    """The greatest."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a list amounts to."""

    entries: int
    """Entries that were replayed."""
    violations: int
    templates: Mapping[str, int]
    """Entries by template name."""
    pcrs: PcrState
    """Only PCRs that were extended or that the start held; a later replay can start from it."""
    mismatches: Sequence[Mismatch]
    """The first hundred of them."""
    mismatch_count: int
    template_hash_algorithm: str
    """Bank name of the algorithm of the list's template hashes; `sha1` but for per-bank lists."""
    more: bool = False
    """Whether entries follow that `until` left out."""
    truncated: Truncated | None = None
    """Where the list breaks off; only with `lenient`."""
    comparisons: Sequence[Comparison] = ()
    """One for each expected value."""

    @property
    def is_consistent(self) -> bool:
        """Whether every recorded template hash is that of its data. Alone this proves nothing: an attacker can recompute it."""
        return self.mismatch_count == 0


def replay(  # noqa: PLR0913 - options by name, all with defaults
    source: Source,
    banks: Sequence[str] = ("sha1", "sha256"),
    *,
    start: PcrState | None = None,
    until: int | None = None,
    expected: PcrState | None = None,
    lenient: bool = False,
    max_size: int = DEFAULT_MAX_SIZE,
) -> Replay:
    """Recompute every template hash and extend PCRs in `banks`, named as in `xrattest.ima.pcrs`.

    `start` holds the PCRs before the source's first entry; without it they are zeros. `until` is the number of entries to
    take. `expected` are values of a TPM: of a plain bank name every scheme is tried and the one that fits is named, of a
    padded one only that. With `lenient` a list that breaks off inside its last entry is replayed as far as it goes.

    Raises `ImaFormatError`, `LimitError`, `OSError`; `ValueError` for another bank, a PCR number or value that cannot be, or
    a start that says nothing of a bank.
    """
    done = _native.replay(
        native_source(source),
        list(banks),
        None if start is None else to_rows(start),
        until,
        to_rows(expected or {}),
        lenient,
        max_size,
    )
    return Replay(
        entries=done.entries,
        violations=done.violations,
        templates=dict(done.templates),
        pcrs=from_rows(done.pcrs),
        mismatches=tuple(Mismatch(*row) for row in done.mismatches),
        mismatch_count=done.mismatch_count,
        template_hash_algorithm=done.algorithm,
        more=done.more,
        truncated=None if done.truncated is None else Truncated(*done.truncated),
        comparisons=tuple(_comparison(row, done.entries) for row in done.compared),
    )


def _comparison(
    row: tuple[str, int, bytes, bool, tuple[str, int, int | None] | None], total: int
) -> Comparison:
    bank, pcr, value, touched, found = row
    if not touched:
        return Comparison(bank, pcr, value, "untouched", None, None, None)
    if found is None:
        return Comparison(bank, pcr, value, "never", None, None, None)
    scheme, first, last = found
    if last is None:
        return Comparison(bank, pcr, value, "match", scheme, first, total)
    return Comparison(bank, pcr, value, "lags", scheme, first, last)
