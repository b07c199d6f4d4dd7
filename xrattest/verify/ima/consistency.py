"""`ima.self-consistent`: every template hash of the log recomputed, PCRs replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xrattest import ima
from xrattest.errors import InputError, LimitError
from xrattest.verify.ima.accounts import Account, Accounts
from xrattest.verify.ima.extents import covered, faults_of, stated_banks
from xrattest.verify.ima.nodes import MeasuredNode, Measurements, of_all
from xrattest.verify.ima.stated import Extent, extent_of
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

PCR = 10
"""The PCR that IMA extends unless the kernel was built otherwise."""

CONSISTENT = "ima.self-consistent"


def check_consistent(measured: Measurements, ledger: Ledger) -> Accounts:
    """Record `ima.self-consistent`; return what the nodes that pass account for."""
    accounts: dict[str, Account] = {}
    results = [_judge(node, ledger, accounts) for node in measured.nodes]
    ledger.record(CONSISTENT, of_all(results, measured))
    return accounts


def _judge(node: MeasuredNode, ledger: Ledger, accounts: dict[str, Account]) -> Result:
    if isinstance(node.log, Result):
        return node.log
    try:
        return _recompute(node, node.log, ledger, accounts)
    except LimitError as error:
        return Result.skipped(f"{node.location}: {error}")
    except InputError as error:
        return Result.failed(f"{node.location}: {error}")


def _recompute(node: MeasuredNode, log: Path, ledger: Ledger, accounts: dict[str, Account]) -> Result:
    """Raises `LimitError`, `InputError`, `OSError`."""
    extent = extent_of(node)
    banks = stated_banks(extent)
    unknown = [bank for bank in banks if bank not in ima.VARIANTS]
    if unknown:
        return Result.skipped(f"{node.location}: bank {unknown[0]} is not computed here")
    stated = None if extent.start is None else extent.start.pcrs
    start = None if stated is None else {bank: stated.get(bank, {}) for bank in banks}
    replay = ima.replay(log, banks, start=start, max_size=node.max_size)
    detail = _described(node, extent, replay, ledger)
    if replay.mismatch_count:
        return _mismatched(node.location, detail, replay, extent.before, ledger)
    faults = faults_of(node, extent, replay)
    for fault in faults:
        ledger.find(CONSISTENT, node=node.location, kind=fault.kind, **fault.members)
    if faults:
        return Result.failed("; ".join([detail, *(fault.text for fault in faults)]))
    accounts[node.location] = Account(
        node=node.location, before=extent.before, entries=extent.before + replay.entries, boot_id=extent.boot_id,
        start=stated, end=replay.pcrs, log=log, max_size=node.max_size,
    )  # fmt: skip
    if not replay.entries and extent.start is None:
        return Result.warned(f"{detail}; a kernel with IMA measures at least its boot aggregate")
    return Result.passed(detail)


def _described(node: MeasuredNode, extent: Extent, replay: ima.Replay, ledger: Ledger) -> str:
    values = _pcr_values(replay)
    ledger.find(
        CONSISTENT, node=node.location, entries=replay.entries, violations=replay.violations, pcr=values
    )
    told = (
        ", ".join(f"{bank} {pcrs[str(PCR)]}" for bank, pcrs in values.items() if str(PCR) in pcrs)
        or "not extended"
    )
    detail = f"{node.location}: {replay.entries} entries, {replay.violations} violations, PCR {PCR} {told}"
    return detail if extent.start is None else f"{detail}; {covered(extent, replay.entries)}"


def _mismatched(node: str, detail: str, replay: ima.Replay, before: int, ledger: Ledger) -> Result:
    for mismatch in replay.mismatches:
        ledger.find(
            CONSISTENT,
            node=node,
            entry=before + mismatch.number,
            computed_template_hash=mismatch.computed.hex(),
        )
    first = before + replay.mismatches[0].number
    wrong = (
        f"{replay.mismatch_count} template hashes are not those of their entries, the first at entry {first}"
    )
    return Result.failed(f"{detail}; {wrong}")


def _pcr_values(replay: ima.Replay) -> dict[str, dict[str, Any]]:
    return {
        bank: {str(index): value.hex() for index, value in sorted(values.items())}
        for bank, values in replay.pcrs.items()
    }
