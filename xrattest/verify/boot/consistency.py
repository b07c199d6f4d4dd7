"""`boot.self-consistent`: the log is whole, and what its events say is what was extended, where a log can show that."""

from __future__ import annotations

from collections import Counter

from xrattest import bootlog
from xrattest.errors import BootLogTruncatedError
from xrattest.verify.boot.logs import BootLogs, BootNode
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, worst_of

CONSISTENT = "boot.self-consistent"


def check_logs(logs: BootLogs, ledger: Ledger) -> None:
    """Record `boot.self-consistent`."""
    ledger.record(CONSISTENT, logs.problem or worst_of([_judge(node, ledger) for node in logs.nodes]))


def _judge(node: BootNode, ledger: Ledger) -> Result:
    if isinstance(node.log, Result):
        return node.log
    counts = Counter(event.digest_verified for event in node.log.events)
    detail = (
        f"{node.location}: {len(node.log.events)} events; the digests of {counts[True]} are those of their data, "
        f"{counts[None]} are of what is not in the log"
    )
    wrong = [event for event in node.log.events if event.digest_verified is False]
    for event in wrong:
        _find_event(ledger, node, event)
    if node.log.defect is not None:
        kind = "truncated" if isinstance(node.log.defect, BootLogTruncatedError) else "damaged"
        ledger.find(
            CONSISTENT,
            node=node.location,
            kind=kind,
            event=node.log.defect.index,
            offset=node.log.defect.offset,
        )
        return Result.failed(f"{detail}; {node.log.defect}")
    if wrong:
        return Result.failed(
            f"{detail}; {len(wrong)} events say something else than was extended, the first is event {wrong[0].number}"
        )
    doubts = _doubts(node, ledger)
    return Result.warned("; ".join([detail, *doubts])) if doubts else Result.passed(detail)


def _find_event(ledger: Ledger, node: BootNode, event: bootlog.Event) -> None:
    ledger.find(
        CONSISTENT,
        node=node.location,
        kind="digest-mismatch",
        event=event.number,
        pcr=event.pcr,
        type=event.type_name or f"{event.type:#010x}",
        description=event.description[:200],
        got={digest.label: digest.value.hex() for digest in event.digests},
    )


def _doubts(node: BootNode, ledger: Ledger) -> list[str]:
    """Say what makes the log's PCRs worth less than they seem, and keep them as a record."""
    replay = node.replay
    assert replay is not None
    values = {
        bank: {str(index): value.hex() for index, value in pcrs.items()} for bank, pcrs in replay.pcrs.items()
    }
    ledger.find(CONSISTENT, node=node.location, kind="replayed", events=replay.events, pcr=values)
    doubts = [f"event {number}: {what}" for number, what in replay.oddities]
    doubts += [f"{count} events have no digest for bank {bank}" for bank, count in replay.missing.items()]
    doubts += [f"the bank of algorithm {number:#06x} cannot be replayed" for number in replay.unreplayed]
    if not replay.events:
        doubts.append("firmware that measures logs at least its own version")
    return doubts
