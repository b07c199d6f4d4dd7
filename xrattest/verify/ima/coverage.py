"""How much of a measurement list a quote covers, and what is wrong where it covers none of it.

The list keeps growing while it is read, and what its reader runs is measured too, so a quote is over some prefix of the
list: the prefix is searched for. What is extended is computed from the template data; so entries of a prefix that leads to
the quote have the content that the TPM was told of, whatever hashes the list records. The one exception is a violation:
the kernel extends ones for it, and no TPM vouches for what its entry says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from xrattest.errors import QuoteError
from xrattest.tpm import PcrValues, VerifiedQuote, composite_digest
from xrattest.verify.ima.prefix import Held, Sought, hold

Kind: TypeAlias = Literal[
    "after-quote",
    "bank-not-computed",
    "corrupt-entry",
    "never-reached",
    "pcr-lags",
    "pcr-not-quoted",
    "pcr-values-differ",
    "pcr-values-missing",
    "truncated-list",
]
HARMLESS: frozenset[Kind] = frozenset({"after-quote", "pcr-not-quoted"})
"""Kinds that leave a prefix vouched for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say of a list and a quote."""

    kind: Kind
    text: str
    members: Mapping[str, object]
    """`entry`, `entries`, `bank`, `pcr`, `expected`, `got`: those that the kind has."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a quote says of a list."""

    listed: int
    """Entries of the list."""
    first: int | None
    """Least number of entries that leads to the quote; None when none does."""
    entries: int | None
    """The greatest: entries from there on extended a quoted PCR later, or stand at the end."""
    pcrs: PcrValues
    """Bank -> index -> value after `entries`: PCRs that are quoted and that the list extends."""
    findings: tuple[Finding, ...]

    @property
    def is_covered(self) -> bool:
        """True when some entries lead to the quote and no harm was found in the list."""
        return self.entries is not None and all(finding.kind in HARMLESS for finding in self.findings)


def cover(
    log: Path,
    quote: VerifiedQuote,
    reported: PcrValues | None,
    *,
    start: PcrValues | None = None,
    max_size: int,
) -> Coverage:
    """Hold the list in `log` against a quote that verifies.

    `reported` are PCR values from beside the quote; nobody vouches for them before they have its digest. `start` is the
    state before the list's first entry, zeros without it. Raises `LimitError`, `OSError`.
    """
    known = reported or {}
    sought = Sought(quote.attest.selection, quote.attest.pcr_digest, quote.signature.hash, known, start)
    held = hold(log, sought, max_size)
    if start is not None and not (held.match and held.match.entries):
        unmoved = _at_start(held, quote, known, start)
        if unmoved is not None:
            return unmoved
    findings = [*_of_list(held), *([] if held.damage else _of_quote(held, quote, sought))]
    match = held.match
    if match is None:
        return Coverage(held.entries, None, None, {}, tuple(findings))
    return Coverage(held.entries, match.first, match.entries, match.pcrs, tuple(findings))


def _at_start(held: Held, quote: VerifiedQuote, known: PcrValues, start: PcrValues) -> Coverage | None:
    """Tell whether the quote is of the state before the first entry, as it is when nothing was measured since.

    Of a list from boot that would say that the TPM was told of nothing; of an increment it is no news.
    """
    selected = quote.selected
    pcrs = {
        bank: {index: value for index, value in start.get(bank, {}).items() if index in indexes}
        for bank, indexes in selected.items()
    }
    values = {bank: {**known.get(bank, {}), **pcrs[bank]} for bank in selected}
    if held.damage is not None or not any(pcrs.values()) or not _are_quoted(quote, values):
        return None
    findings = [*_of_list(held), *_not_quoted(held, quote)]
    if held.entries:
        text = f"{held.entries} entries came after the quote; nobody vouches for them"
        findings.append(Finding("after-quote", text, {"entry": 0, "entries": held.entries}))
    return Coverage(held.entries, 0, 0, {bank: one for bank, one in pcrs.items() if one}, tuple(findings))


def _of_list(held: Held) -> list[Finding]:
    """What is wrong with the list, whatever was quoted."""
    findings = [
        Finding(
            "corrupt-entry",
            f"the template hash of entry {wrong.number} is not that of its data",
            {"entry": wrong.number, "expected": wrong.computed.hex(), "got": wrong.recorded.hex()},
        )
        for wrong in held.corrupt
    ]
    if held.damage is not None:
        members = {"entry": held.damage.index, "offset": held.damage.offset}
        findings.append(Finding("corrupt-entry", str(held.damage), members))
    if held.truncated is not None:
        cut = held.truncated
        text = f"the list breaks off inside entry {cut.number} at byte {cut.offset}: {cut.reason}"
        findings.append(Finding("truncated-list", text, {"entry": cut.number, "offset": cut.offset}))
    return findings


def _of_quote(held: Held, quote: VerifiedQuote, sought: Sought) -> list[Finding]:
    findings = _not_quoted(held, quote)
    if sought.uncomputed:
        text = f"the quote covers bank {sought.uncomputed[0]}, which is not computed here"
        return [*findings, Finding("bank-not-computed", text, {"bank": sought.uncomputed[0]})]
    if held.match is None:
        return [*findings, *_unreached(held, quote, sought.known)]
    covered = held.match.entries
    if not covered:
        text = (
            "the quoted PCRs are those before the first entry: the TPM was told of none, or was reset since"
        )
        return [*findings, Finding("never-reached", text, {"entries": held.entries})]
    if held.match.later:
        text = f"{held.match.later} entries came after the quote; nobody vouches for them"
        findings.append(Finding("after-quote", text, {"entry": covered, "entries": held.match.later}))
    return findings


def _not_quoted(held: Held, quote: VerifiedQuote) -> list[Finding]:
    quoted = {index for pcrs in quote.selected.values() for index in pcrs}
    return [
        Finding(
            "pcr-not-quoted", f"the list extends PCR {index}, and the quote does not cover it", {"pcr": index}
        )
        for index in sorted(held.touched - quoted)
    ]


def _unreached(held: Held, quote: VerifiedQuote, known: PcrValues) -> list[Finding]:
    """Say why no prefix leads to the quote, as narrowly as what is known allows."""
    if not held.entries:
        return [Finding("never-reached", "the list has no entry", {"entries": 0})]
    if not any(index in held.touched for pcrs in quote.selected.values() for index in pcrs):
        return []  # said already: the quote covers no PCR of the list
    others = [
        (bank, index)
        for bank, pcrs in quote.selected.items()
        for index in pcrs
        if index not in held.touched and index not in known.get(bank, {})
    ]
    if others:
        bank, index = others[0]
        text = (
            f"the quote covers {bank} PCR {index}, which the list does not extend, and its value is not given"
        )
        return [Finding("pcr-values-missing", text, {"bank": bank, "pcr": index})]
    if not _are_quoted(quote, known):
        text = f"none of the {held.entries} entries leads to the quote, and the PCR values beside it are not the quoted ones either"
        return [Finding("pcr-values-differ", text, {"expected": quote.attest.pcr_digest.hex()})]
    return _by_pcr(held, quote, known)


def _are_quoted(quote: VerifiedQuote, values: PcrValues) -> bool:
    try:
        return (
            composite_digest(quote.attest.selection, values, quote.signature.hash) == quote.attest.pcr_digest
        )
    except QuoteError:
        return False


def _by_pcr(held: Held, quote: VerifiedQuote, values: PcrValues) -> list[Finding]:
    """The values are the quoted ones: tell which of them the list never leads to, else which is behind the others."""
    of_list = [
        (bank, index) for bank, pcrs in quote.selected.items() for index in pcrs if index in held.touched
    ]
    never = [place for place in of_list if place not in held.spans]
    if never:
        return [
            Finding(
                "never-reached",
                f"no prefix of the {held.entries} entries leads to {bank} PCR {index} as quoted: entries are missing, added or changed",
                {"bank": bank, "pcr": index, "expected": values[bank][index].hex(), "entries": held.entries},
            )
            for bank, index in never
        ]
    furthest = max(held.spans[place].first for place in of_list)
    behind = [place for place in of_list if held.spans[place].last < furthest]
    return [
        Finding(
            "pcr-lags",
            f"{bank} PCR {index} was quoted after {held.spans[bank, index].last} entries, another PCR after {furthest}",
            {"bank": bank, "pcr": index, "entries": held.spans[bank, index].last, "expected": furthest},
        )
        for bank, index in behind
    ]
