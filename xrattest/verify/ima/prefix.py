"""A list held against a quote: after how many entries do its PCRs have the digest that was quoted?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from xrattest import ima
from xrattest.errors import ImaFormatError, QuoteError
from xrattest.tpm import BankSelection, PcrValues, composite_digest


@dataclass(frozen=True, slots=True)
class Span:
    """Counts of entries after which a PCR has a value."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Sought:
    """What a quote says of PCRs, and what is known beside it."""

    selection: tuple[BankSelection, ...]
    digest: bytes
    hash: str
    """Algorithm of the digest."""
    known: PcrValues
    """Values of PCRs that the list does not extend, and of those that are to be found one by one."""
    start: PcrValues | None
    """PCRs of the list before its first entry; None for zeros."""

    @property
    def chosen(self) -> tuple[BankSelection, ...]:
        """The selection without banks of which nothing is chosen: they add nothing to the digest."""
        return tuple(bank for bank in self.selection if bank.pcrs)

    @property
    def uncomputed(self) -> tuple[str, ...]:
        """Quoted banks that no replay computes."""
        return tuple(bank.bank for bank in self.chosen if bank.bank not in ima.BANKS)

    @property
    def unstarted(self) -> tuple[str, ...]:
        """Quoted banks of which the start says nothing."""
        return (
            ()
            if self.start is None
            else tuple(bank.bank for bank in self.chosen if bank.bank not in self.start)
        )

    @property
    def beside(self) -> PcrValues:
        """What is known of PCRs that no entry extends: those of the start stay as they are."""
        start = self.start or {}
        return {bank: {**self.known.get(bank, {}), **start.get(bank, {})} for bank in {**self.known, **start}}


@dataclass(slots=True)
class Held:
    """What a list comes to when it is held against a quote."""

    entries: int = 0
    """Whole entries of the list."""
    touched: frozenset[int] = frozenset()
    """PCRs that the list extends."""
    match: ima.PrefixMatch | None = None
    """The prefix that leads to the quoted digest; not looked for in a damaged list."""
    spans: dict[tuple[str, int], Span] = field(default_factory=dict)
    """Without a match: bank and PCR -> counts of entries that lead to the value that is known of it."""
    corrupt: tuple[ima.Mismatch, ...] = ()
    """The first entries whose recorded template hash is not that of their data."""
    truncated: ima.Truncated | None = None
    damage: ImaFormatError | None = None
    """Where the list stopped being one; nothing else is known then."""


def hold(log: Path, sought: Sought, max_size: int) -> Held:
    """Replay `log` and look for what is sought. Raises `LimitError`, `OSError`; a damaged list is an answer."""
    try:
        whole = ima.replay(log, ("sha1",), lenient=True, max_size=max_size)
    except ImaFormatError as error:
        return Held(damage=error)
    held = Held(
        entries=whole.entries,
        touched=frozenset(whole.pcrs.get("sha1", {})),
        corrupt=tuple(whole.mismatches),
        truncated=whole.truncated,
    )
    if sought.uncomputed or sought.unstarted:
        return held
    if held.truncated is None:
        held.match = _match(log, sought, max_size)
    if held.match is None:
        held.spans = _spans(log, sought, max_size)
    return held


def _match(log: Path, sought: Sought, max_size: int) -> ima.PrefixMatch | None:
    chosen = [(bank.bank, bank.pcrs) for bank in sought.chosen]
    beside = {bank: values for bank, values in sought.beside.items() if bank in ima.BANKS}
    found = ima.find_prefix(
        log, chosen, sought.digest, sought.hash, beside, start=sought.start, max_size=max_size
    )
    if sought.start is None:
        return found
    stated = {
        bank.bank: {index: value for index, value in sought.start[bank.bank].items() if index in bank.pcrs}
        for bank in sought.chosen
    }
    if found is not None:
        return replace(found, pcrs={bank: {**stated[bank], **found.pcrs.get(bank, {})} for bank in stated})
    # An increment without an entry of a quoted PCR leads to the quote when its start does.
    unmoved = ima.PrefixMatch(0, 0, 0, {bank: bank for bank in stated}, stated)
    return unmoved if are_quoted(sought, sought.beside) else None


def are_quoted(sought: Sought, values: PcrValues) -> bool:
    """Tell whether `values` have the digest that is sought."""
    try:
        return composite_digest(sought.selection, values, sought.hash) == sought.digest
    except QuoteError:
        return False


def _spans(log: Path, sought: Sought, max_size: int) -> dict[tuple[str, int], Span]:
    expected = {
        bank.bank: {index: values[index] for index in bank.pcrs if index in values}
        for bank in sought.selection
        if (values := sought.known.get(bank.bank))
    }
    # A replay does not start from a state that is silent about one of its banks.
    start = sought.start and {bank: {} for bank in expected} | dict(sought.start)
    compared = ima.replay(
        log, (), start=start, expected=expected, lenient=True, max_size=max_size
    ).comparisons
    return {
        (one.bank, one.pcr): Span(one.first, one.entries)
        for one in compared
        if one.first is not None and one.entries is not None
    }
