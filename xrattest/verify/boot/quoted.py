"""`boot.matches-quote`: the event log leads to the PCR values that a TPM quoted.

A quote signs a digest over PCR values, so the values have to be found first: those reported beside it; with the IMA log's PCRs as
`ima.matches-quote` found them, since those grow between quote and report; else those that the event log itself leads to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xrattest import bootlog
from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError, LimitError, QuoteError
from xrattest.tpm import PcrValues, VerifiedQuote, composite_digest
from xrattest.verify.boot.logs import BootLogs, BootNode
from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.points import QuotedPoints
from xrattest.verify.ima.quoted import NO_KEY, verify_under_any
from xrattest.verify.ima.quotes import CarriedQuote, carried_quotes
from xrattest.verify.ima.seal import Seal
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, worst_of

QUOTED = "boot.matches-quote"
COMPARED = (*range(10), 14)
"""PCRs that firmware, boot loader and shim extend before the kernel runs; later ones get entries that no firmware logs."""


def check_quoted_logs(  # noqa: PLR0913, PLR0917 - what every check of measurements is handed
    dossier: Dossier | None,
    logs: BootLogs,
    demands: ImaDemands,
    points: QuotedPoints,
    seal: Seal,
    max_size: int,
    ledger: Ledger,
) -> None:
    """Record `boot.matches-quote`; `points` is what `ima.matches-quote` proved. Raises `OSError`."""
    if dossier is None or logs.problem is not None:
        ledger.record(QUOTED, logs.problem or Result.skipped("there is no dossier to hold an event log"))
        return
    if not demands.attestation_keys:
        ledger.record(QUOTED, Result.skipped(NO_KEY))
        return
    try:
        quotes = carried_quotes(dossier, max_size)
    except LimitError as error:
        ledger.record(QUOTED, Result.skipped(str(error)))
        return
    except InputError as error:
        ledger.record(QUOTED, Result.failed(str(error)))
        return
    results = []
    for node in logs.nodes:
        point = points.get(node.location)
        grown = point.pcrs if point is not None else {}
        results.append(_node(node, quotes.get(node.location, []), demands, grown, seal, ledger))
    ledger.record(QUOTED, worst_of(results))


def _node(  # noqa: PLR0913, PLR0917 - as above, of one node
    node: BootNode,
    quotes: list[CarriedQuote],
    demands: ImaDemands,
    grown: PcrValues,
    seal: Seal,
    ledger: Ledger,
) -> Result:
    if isinstance(node.log, Result):
        return node.log
    if node.replay is None:
        return Result.failed(f"{node.location}: the log breaks off, so it leads to no values")
    if not quotes:
        return Result.skipped(
            f"{node.location}: the dossier carries no quote: root can forge log and PCR values alike"
        )
    results = []
    for carried in quotes:
        try:
            extra_data = seal.extra_data(demands.quote_binding)
            quote = verify_under_any(carried, demands.attestation_keys, extra_data)
            results.append(_compare(node.location, node.replay, quote, carried.values, grown, ledger, seal))
        except QuoteError as error:
            results.append(Result.failed(f"{node.location}: {error}"))
        except LimitError as error:
            results.append(Result.skipped(f"{node.location}: {error}"))
        except InputError as error:
            results.append(Result.failed(f"{node.location}: {error}"))
    return worst_of(results)


def _compare(  # noqa: PLR0913, PLR0917 - the two sides, and where the outcome goes
    location: str,
    replay: bootlog.Replay,
    quote: VerifiedQuote,
    reported: PcrValues,
    grown: PcrValues,
    ledger: Ledger,
    seal: Seal,
) -> Result:
    covered = {
        bank: [index for index in pcrs if index in COMPARED]
        for bank, pcrs in quote.selected.items()
        if bank in replay.pcrs and any(index in COMPARED for index in pcrs)
    }
    if not covered:
        return Result.skipped(f"{location}: the quote covers none of PCR 0 to 9 and 14 in a bank of the log")
    values = _quoted_values(quote, replay, reported, grown)
    if values is None:
        ledger.find(QUOTED, node=location, kind="pcr-values-differ", expected=quote.attest.pcr_digest.hex())
        return Result.failed(
            f"{location}: neither the PCR values beside the quote nor those of the logs have the digest that was quoted"
        )
    replayed = replay.after_boot
    differing = 0
    for bank, pcrs in covered.items():
        for index in pcrs:
            expected, got = values[bank][index], replayed[bank][index]
            if expected != got:
                differing += 1
                ledger.find(
                    QUOTED,
                    node=location,
                    kind="pcr-differs",
                    bank=bank,
                    pcr=index,
                    expected=expected.hex(),
                    got=got.hex(),
                )
    told = "; ".join(f"{bank} {', '.join(map(str, pcrs))}" for bank, pcrs in covered.items())
    if differing:
        return Result.failed(
            f"{location}: the log does not lead to {differing} of the PCRs that were quoted ({told})"
        )
    doubts = list(_doubts(replay, covered, seal))
    detail = "; ".join([f"{location}: the log leads to the quoted PCRs ({told})", *doubts, *quote.remarks()])
    return Result.warned(detail) if doubts else Result.passed(detail)


def _quoted_values(
    quote: VerifiedQuote, replay: bootlog.Replay, reported: PcrValues, grown: PcrValues
) -> PcrValues | None:
    """Return PCR values that have the quoted digest; None when none that are known have it."""
    replayed = {bank: {index: pcrs[index] for index in COMPARED} for bank, pcrs in replay.after_boot.items()}
    for candidate in (reported, _over(reported, grown), _over(_over(reported, grown), replayed)):
        try:
            digest = composite_digest(quote.attest.selection, candidate, quote.signature.hash)
        except QuoteError:
            continue
        if digest == quote.attest.pcr_digest:
            return candidate
    return None


def _over(values: PcrValues, others: PcrValues) -> dict[str, Mapping[int, bytes]]:
    """Return `values` with those of `others` in their place."""
    return {bank: {**values.get(bank, {}), **others.get(bank, {})} for bank in {**values, **others}}


def _doubts(replay: bootlog.Replay, covered: Mapping[str, list[int]], seal: Seal) -> Iterator[str]:
    quoted = {index for pcrs in covered.values() for index in pcrs}
    extended = {index for pcrs in replay.pcrs.values() for index in pcrs if index in COMPARED}
    if left := sorted(extended - quoted):
        yield f"nobody vouches for PCR {', '.join(map(str, left))}, which the log extends and the quote does not cover"
    if set(covered) == {"sha1"}:
        yield "only the bank sha1 is quoted, which is weak"
    if not seal.nonce:
        yield "the envelope has no nonce, so the quote may be an old one"
