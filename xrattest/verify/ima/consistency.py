"""`ima.self-consistent`: every template hash of the log recomputed, PCRs replayed."""

from __future__ import annotations

from typing import Any

from xrattest import ima
from xrattest.errors import InputError, LimitError
from xrattest.verify.ima.nodes import MeasuredNode, Measurements
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Status

PCR = 10
"""The PCR that IMA extends unless the kernel was built otherwise."""

CONSISTENT = "ima.self-consistent"

# One node that could not be judged must not hide another that is wrong.
_WORST_LAST = (Status.PASS, Status.WARN, Status.SKIP, Status.FAIL)


def check_consistent(measured: Measurements, ledger: Ledger) -> None:
    """Record `ima.self-consistent`."""
    ledger.record(CONSISTENT, worst_of([_judge(node, ledger) for node in measured.nodes], measured))


def worst_of(results: list[Result], measured: Measurements) -> Result:
    """Return one result for all nodes: the worst status, every detail; without nodes, why there are none."""
    if measured.problem is not None:
        return measured.problem
    worst = max((result.status for result in results), key=_WORST_LAST.index)
    return Result(worst, "; ".join(result.detail for result in results))


def _judge(node: MeasuredNode, ledger: Ledger) -> Result:
    if isinstance(node.log, Result):
        return node.log
    try:
        replay = ima.replay(node.log, max_size=node.max_size)
    except LimitError as error:
        return Result.skipped(f"{node.location}: {error}")
    except InputError as error:
        return Result.failed(f"{node.location}: {error}")
    values = _pcr_values(replay)
    ledger.find(
        CONSISTENT, node=node.location, entries=replay.entries, violations=replay.violations, pcr=values
    )
    told = (
        ", ".join(f"{bank} {pcrs[str(PCR)]}" for bank, pcrs in values.items() if str(PCR) in pcrs)
        or "not extended"
    )
    detail = f"{node.location}: {replay.entries} entries, {replay.violations} violations, PCR {PCR} {told}"
    if replay.mismatch_count:
        return _mismatched(node.location, detail, replay, ledger)
    if not replay.entries:
        return Result.warned(f"{detail}; a kernel with IMA measures at least its boot aggregate")
    return Result.passed(detail)


def _mismatched(node: str, detail: str, replay: ima.Replay, ledger: Ledger) -> Result:
    for mismatch in replay.mismatches:
        ledger.find(
            CONSISTENT, node=node, entry=mismatch.number, computed_template_hash=mismatch.computed.hex()
        )
    first = replay.mismatches[0].number
    wrong = (
        f"{replay.mismatch_count} template hashes are not those of their entries, the first at entry {first}"
    )
    return Result.failed(f"{detail}; {wrong}")


def _pcr_values(replay: ima.Replay) -> dict[str, dict[str, Any]]:
    return {
        bank: {str(index): value.hex() for index, value in sorted(values.items())}
        for bank, values in replay.pcrs.items()
    }
