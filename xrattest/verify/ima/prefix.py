"""Replay of a list against a quote: after how many entries do its PCRs have the digest that was quoted?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xrattest import ima
from xrattest.errors import ImaFormatError, QuoteError
from xrattest.tpm import BankSelection, PcrValues, composite_digest
from xrattest.tpm.composite import DIGEST_HASHES, DIGEST_SIZES


@dataclass(frozen=True, slots=True)
class Span:
    """Counts of entries after which a PCR has a value."""

    first: int
    last: int

    def meets(self, other: Span) -> bool:
        """Tell whether some count is in both."""
        return self.first <= other.last and other.first <= self.last


@dataclass(slots=True)
class Replayed:
    """What a list came to when it was held against a quote."""

    entries: int = 0
    """Whole entries of the list."""
    touched: frozenset[int] = frozenset()
    """PCRs that the list extends."""
    match: Span | None = None
    """Counts of entries that lead to the quoted digest."""
    pcrs: PcrValues = field(default_factory=dict)
    """Bank -> index -> value at the match: PCRs that are quoted and that the list extends."""
    spans: dict[tuple[str, int], Span] = field(default_factory=dict)
    """Bank and PCR -> counts of entries that lead to the value that was reported of it."""
    corrupt: list[int] = field(default_factory=list)
    """The first entries whose recorded template hash is not that of their data."""
    damage: ImaFormatError | None = None
    """Where the list stopped being one."""


CORRUPT_LIMIT = 100
"""Most corrupt entries that are kept."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a quote says of PCRs, and what is known beside it."""

    selection: tuple[BankSelection, ...]
    digest: bytes
    hash: str
    """Algorithm of the digest."""
    known: PcrValues
    """Values of PCRs that the list does not extend, and of those that are to be found one by one."""
    start: PcrValues
    """PCRs before the first entry; zeros where it is silent."""


def replay_against(log: Path, sought: Sought, max_size: int) -> Replayed:
    """Replay `log` and look for what is sought.

    Banks whose algorithm is not computed here stay as they are known. Raises `LimitError`, `OSError`; a damaged list is an
    answer.
    """
    found = Replayed()
    found.touched = frozenset(entry.pcr for entry in _entries(log, found, max_size))
    found.damage = None
    run = _Run(found, sought)
    run.look()
    for entry in _entries(log, found, max_size):
        run.take(entry)
    return found


def _entries(log: Path, found: Replayed, max_size: int) -> Iterator[ima.Entry]:
    try:
        yield from ima.read(log, max_size=max_size)
    except ImaFormatError as error:
        found.damage = error


class _Run:
    def __init__(self, found: Replayed, sought: Sought) -> None:
        self.found, self.sought = found, sought
        self.state = {
            bank.bank: {
                index: sought.start.get(bank.bank, {}).get(index, bytes(DIGEST_SIZES[bank.bank]))
                for index in bank.pcrs
                if index in found.touched
            }
            for bank in sought.selection
            if bank.bank in DIGEST_HASHES
        }
        self.open = True

    def take(self, entry: ima.Entry) -> None:
        self._check(entry)
        moved = [bank for bank, values in self.state.items() if entry.pcr in values]
        for bank in moved:
            extended = b"\xff" * DIGEST_SIZES[bank] if entry.is_violation else _template_hash(entry, bank)
            self.state[bank][entry.pcr] = hashlib.new(bank, self.state[bank][entry.pcr] + extended).digest()
        self.found.entries += 1
        if moved:
            self.open = self.found.match is None
        self.look()

    def look(self) -> None:
        count = self.found.entries
        if self.found.match is not None:
            if self.open:
                self.found.match = Span(self.found.match.first, count)
        elif any(self.state.values()) and self._digest() == self.sought.digest:
            self.found.match = Span(count, count)
            self.found.pcrs = {bank: dict(values) for bank, values in self.state.items() if values}
        for bank, values in self.state.items():
            for index, value in values.items():
                if self.sought.known.get(bank, {}).get(index) == value:
                    first = self.found.spans.get((bank, index), Span(count, count)).first
                    self.found.spans[bank, index] = Span(first, count)

    def _digest(self) -> bytes | None:
        values: dict[str, Mapping[int, bytes]] = {
            bank.bank: {**self.sought.known.get(bank.bank, {}), **self.state.get(bank.bank, {})}
            for bank in self.sought.selection
        }
        try:
            return composite_digest(self.sought.selection, values, self.sought.hash)
        except QuoteError:
            return None  # a PCR that is not the list's has no value, or one of another length

    def _check(self, entry: ima.Entry) -> None:
        algorithm = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}[len(entry.template_hash)]
        wrong = not entry.is_violation and _template_hash(entry, algorithm) != entry.template_hash
        if wrong and len(self.found.corrupt) < CORRUPT_LIMIT:
            self.found.corrupt.append(entry.number)


_LEGACY_NAME = 256


def _template_hash(entry: ima.Entry, bank: str) -> bytes:
    data = entry.template_data
    if entry.template == "ima":
        # Not hashed as listed: digest, then the name padded with zeros (security/integrity/ima/ima_crypto.c).
        data = data[:20] + data[24:].ljust(_LEGACY_NAME, b"\x00")
    return hashlib.new(bank, data).digest()
