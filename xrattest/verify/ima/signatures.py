"""`ima.signatures`: every signature of a measured file in the log is that of a given key over what was measured."""

from __future__ import annotations

from xrattest import ima
from xrattest.errors import InputError, LimitError
from xrattest.ima.signatures import Keyring, Outcome, Result, SignatureChecker, Summary
from xrattest.verify import verdict
from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.nodes import MeasuredNode, Measurements, of_all
from xrattest.verify.ledger import Ledger

SIGNATURES = "ima.signatures"

_WRONG = (Result.INVALID, Result.UNKNOWN_KEY)
_OPEN = (Result.UNSUPPORTED, Result.NOT_CHECKABLE)
_SIGNED = (Result.VALID, *_WRONG, *_OPEN)


def check_signatures(measured: Measurements, demands: ImaDemands, ledger: Ledger) -> None:
    """Record `ima.signatures`, which is required when keys are given."""
    if not demands.file_signers:
        ledger.record(
            SIGNATURES,
            verdict.Result.skipped(
                "no key of a file signer was given: no signature in the log was looked at"
            ),
        )
        return
    results = [_judge(node, demands, ledger) for node in measured.nodes]
    ledger.record(SIGNATURES, of_all(results, measured), required=True)


def _judge(node: MeasuredNode, demands: ImaDemands, ledger: Ledger) -> verdict.Result:
    if isinstance(node.log, verdict.Result):
        return node.log
    checker = SignatureChecker(Keyring(demands.file_signers))
    entries = ima.read(node.log, max_size=node.max_size)
    try:
        for outcome in checker.check_all(entries, _WRONG + _OPEN):
            _find(ledger, node, outcome)
    except LimitError as error:
        return verdict.Result.skipped(f"{node.location}: {error}")
    except InputError as error:
        return verdict.Result.failed(f"{node.location}: {error}")
    return _result(node.location, checker.summary)


def _result(location: str, summary: Summary) -> verdict.Result:
    wrong, left_open, signed = (summary.count(*results) for results in (_WRONG, _OPEN, _SIGNED))
    detail = f"{location}: {summary.count(Result.VALID)} of {signed} signatures in {summary.entries} entries are valid"
    if wrong:
        return verdict.Result.failed(f"{detail}; {wrong} are invalid or of a key that was not given")
    if left_open:
        return verdict.Result.skipped(f"{detail}; {left_open} cannot be checked")
    if not signed:
        return verdict.Result.warned(f"{location}: none of {summary.entries} entries carries a signature")
    return verdict.Result.passed(detail)


def _find(ledger: Ledger, node: MeasuredNode, outcome: Outcome) -> None:
    judgement = outcome.judgement
    ledger.find(
        SIGNATURES,
        node=node.location,
        entry=(node.first_event or 0) + outcome.entry,
        kind=str(judgement.kind),
        path=(outcome.path or b"").decode("utf-8", "backslashreplace"),
        key_id=judgement.key_id,
        got=str(judgement.result),
        reason=judgement.reason,
    )
