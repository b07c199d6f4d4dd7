"""`ima.matches-quote`: a TPM vouches for the log, up to some entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError, LimitError, QuoteError
from xrattest.tpm import AttestationKey, VerifiedQuote, verify_quote
from xrattest.verify.ima.coverage import Coverage, cover
from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.nodes import MeasuredNode, Measurements, of_all
from xrattest.verify.ima.points import QuotedPoint, QuotedPoints
from xrattest.verify.ima.quotes import CarriedQuote, carried_quotes
from xrattest.verify.ima.seal import Seal
from xrattest.verify.ima.start import ListStart, list_start
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Status

QUOTED = "ima.matches-quote"

NO_KEY = "no attestation key was given, so no quote was looked at: root can forge log and PCR values alike"
_NOT_OF_THIS_KEY = frozenset({"bad-signature", "scheme-mismatch"})


def check_quoted(
    dossier: Dossier | None, measured: Measurements, demands: ImaDemands, seal: Seal, ledger: Ledger
) -> QuotedPoints:
    """Record `ima.matches-quote`, required when attestation keys were given; return what each node's quote proves.

    Raises `OSError`.
    """
    if not demands.attestation_keys:
        ledger.record(QUOTED, Result.skipped(NO_KEY))
        return {}
    judge = _Judge(demands, seal, ledger)
    ledger.record(QUOTED, judge.result(dossier, measured), required=True)
    return judge.points


@dataclass(slots=True)
class _Judge:
    demands: ImaDemands
    seal: Seal
    ledger: Ledger
    points: dict[str, QuotedPoint] = field(default_factory=dict)

    def result(self, dossier: Dossier | None, measured: Measurements) -> Result:
        if dossier is None or measured.problem is not None:
            return of_all([], measured)
        try:
            quotes = carried_quotes(dossier, measured.nodes[0].max_size)
        except LimitError as error:
            return Result.skipped(str(error))
        except InputError as error:
            return Result.failed(str(error))
        return of_all([self._node(node, quotes.get(node.location, [])) for node in measured.nodes], measured)

    def _node(self, node: MeasuredNode, quotes: list[CarriedQuote]) -> Result:
        """Judge one node: every quote that it carries must hold."""
        if isinstance(node.log, Result):
            return node.log
        if not quotes:
            return Result.skipped(
                f"{node.location}: the dossier carries no quote: root can forge log and PCR values alike"
            )
        results = []
        for quote in quotes:
            try:
                results.append(self._quote(node, node.log, quote))
            except LimitError as error:
                results.append(Result.skipped(f"{node.location}: {error}"))
            except QuoteError as error:
                self.ledger.find(QUOTED, node=node.location, kind=error.code, reason=error.reason)
                results.append(Result.failed(f"{node.location}: {error}"))
            except InputError as error:
                results.append(Result.failed(f"{node.location}: {error}"))
        result = of_all(results, Measurements((node,)))
        if result.status in {Status.FAIL, Status.SKIP}:
            self.points.pop(node.location, None)
        return result

    def _quote(self, node: MeasuredNode, log: Path, carried: CarriedQuote) -> Result:
        """Raises `QuoteError`, `InputError`, `OSError`."""
        quote = verify_under_any(
            carried, self.demands.attestation_keys, self.seal.extra_data(self.demands.quote_binding)
        )
        start = list_start(node)
        coverage = cover(log, quote, carried.values, start=start.pcrs, max_size=node.max_size)
        for finding in coverage.findings:
            members = since_boot(finding.members, start.before)
            self.ledger.find(QUOTED, node=node.location, kind=finding.kind, **members)
        told = "; ".join(dict.fromkeys(finding.text for finding in coverage.findings))
        if not coverage.is_covered:
            return Result.failed(f"{node.location}: {told}")
        point = self._point(node, quote, coverage, start)
        self._keep(point)
        doubts = self._doubts(coverage)
        detail = "; ".join([_describe(point, quote), *([told] if told else []), *doubts, *quote.remarks()])
        return Result(Status.WARN if doubts else Status.PASS, detail)

    def _point(
        self, node: MeasuredNode, quote: VerifiedQuote, coverage: Coverage, start: ListStart
    ) -> QuotedPoint:
        clock = quote.attest.clock
        return QuotedPoint(
            node=node.location,
            entries=start.before + (coverage.entries or 0),
            first=start.before + (coverage.first or 0),
            listed=start.before + coverage.listed,
            pcrs=coverage.pcrs,
            boot_id=start.boot_id,
            reset_count=clock.reset_count,
            restart_count=clock.restart_count,
            clock_milliseconds=clock.milliseconds,
            is_clock_safe=clock.is_safe,
            firmware_version=quote.attest.firmware_version,
            key=quote.key.fingerprint,
            is_bound_to_envelope=self.demands.quote_binding == "envelope",
            is_incremental=start.pcrs is not None,
        )

    def _keep(self, point: QuotedPoint) -> None:
        """Keep the point, the one that reaches further where a node has several, and put it among the findings."""
        known = self.points.get(point.node)
        if known is None or known.entries < point.entries:
            self.points[point.node] = point
        self.ledger.find(
            QUOTED,
            node=point.node,
            kind="quoted",
            entries=point.entries,
            listed=point.listed,
            reset_count=point.reset_count,
            restart_count=point.restart_count,
            clock=point.clock_milliseconds,
            attestation_key=point.key,
            pcr={
                bank: {str(index): value.hex() for index, value in pcrs.items()}
                for bank, pcrs in point.pcrs.items()
            },
        )

    def _doubts(self, coverage: Coverage) -> list[str]:
        """Return what makes a quote that holds worth less than it seems."""
        doubts = []
        if not self.seal.nonce:
            doubts.append("the envelope has no nonce, so the quote may be an old one")
        if any(finding.kind == "pcr-not-quoted" for finding in coverage.findings):
            doubts.append("entries of PCRs that the quote does not cover are vouched for by nobody")
        if set(coverage.pcrs) == {"sha1"}:
            doubts.append("only the bank sha1 is quoted, which is weak")
        return doubts


def since_boot(members: Mapping[str, object], before: int) -> dict[str, object]:
    """Return a finding's members with `entry`, a position in the list, counted since boot, of which `before` entries are left out."""
    entry = members.get("entry")
    return {**members, "entry": entry + before} if isinstance(entry, int) else dict(members)


def verify_under_any(
    carried: CarriedQuote, keys: tuple[AttestationKey, ...], extra_data: bytes
) -> VerifiedQuote:
    """Verify a quote under whichever of `keys` made it. Raises `QuoteError`, `TpmFormatError`, `LimitError`."""
    errors = []
    for key in keys:
        try:
            return verify_quote(carried.attest, carried.signature, key, extra_data=extra_data)
        except QuoteError as error:
            if error.code not in _NOT_OF_THIS_KEY:
                raise
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    raise QuoteError("bad-signature", f"none of the {len(keys)} attestation keys made the quote's signature")


def _describe(point: QuotedPoint, quote: VerifiedQuote) -> str:
    start = " from the state that the node itself states" if point.is_incremental else ""
    bound = (
        ""
        if point.is_bound_to_envelope
        else ", bound to the nonce alone: another machine's TPM may have answered"
    )
    return (
        f"{point.node}: the quote of {quote.key} covers {point.entries} of {point.listed} entries{start}"
        f" (resets {point.reset_count}, restarts {point.restart_count}, clock {point.clock_milliseconds} ms){bound}"
    )
