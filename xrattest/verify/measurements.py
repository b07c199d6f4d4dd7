"""The IMA log inside a dossier: rebuilt as the kernel's list, every template hash recomputed, PCRs replayed.

Two questions that are never merged. *Self-consistent*: the log is what it says, entry by entry; root on the device can
write another that is. *Matches a quote*: a TPM vouches for it; no quote is part of an envelope yet.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xrattest import ima, strictjson
from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError, LimitError
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Status

SELECTOR = "system-integrity-snapshot"
CONTAINER = "system-ima"
FORMS = ("ima-event-log", "ima-event-log-compact")
PCR = 10
"""The PCR that IMA extends unless the kernel was built otherwise."""
NODES_LIMIT = 1000
"""Most nodes of one dossier."""
LOCATION_LIMIT = 1000
"""Longest node location, in bytes of its JSON text."""

# One node that could not be judged must not hide another that is wrong.
_WORST_LAST = (Status.PASS, Status.WARN, Status.SKIP, Status.FAIL)

CONSISTENT, QUOTED = "ima.self-consistent", "ima.matches-quote"


def check_measurements(dossier: Dossier | None, max_size: int, ledger: Ledger) -> None:
    """Record `ima.self-consistent` and `ima.matches-quote`."""
    ledger.record(
        QUOTED, Result.skipped("no quote was given: nothing says that the log is the one the TPM saw")
    )
    try:
        ledger.record(CONSISTENT, _judge(dossier, max_size, ledger))
    except LimitError as error:
        ledger.record(CONSISTENT, Result.skipped(str(error)))
    except InputError as error:
        ledger.record(CONSISTENT, Result.failed(str(error)))


class MeasurementsError(InputError):
    """A `system-ima` that breaks its format; the text says where."""


@dataclass(frozen=True, slots=True)
class _Text:
    """The signed text in its file, read by byte range."""

    path: Path
    max_size: int

    def listed(self, container: strictjson.Member) -> list[strictjson.Member]:
        return strictjson.members(self.path, start=container.start, end=container.end, max_size=self.max_size)


def _judge(dossier: Dossier | None, max_size: int, ledger: Ledger) -> Result:
    if dossier is None:
        return Result.skipped("there is no dossier to hold an IMA log")
    snapshot = dossier.selectors.get(SELECTOR)
    if snapshot is None:
        return Result.skipped(f"the dossier has no {SELECTOR}")
    container = snapshot.members.get(CONTAINER)
    if container is None:
        reason = f": {snapshot.reason}" if snapshot.reason else ""
        return Result.skipped(f"{SELECTOR} is {snapshot.code} and holds no {CONTAINER}{reason}")
    text = _Text(dossier.path, max_size)
    results = [_judge_node(text, node, members, ledger) for node, members in _nodes(text, container)]
    if not results:
        return Result.failed(f"{CONTAINER} holds no node")
    worst = max((result.status for result in results), key=_WORST_LAST.index)
    return Result(worst, "; ".join(result.detail for result in results))


def _nodes(
    text: _Text, container: strictjson.Member
) -> Iterator[tuple[str, Mapping[str, strictjson.Member]]]:
    """Yield each node's location and members. Raises `InputError`."""
    for member in _items(text, _members(text, container, CONTAINER).get("node-data")):
        members = _members(text, member, f"node-data[{member.key}]")
        yield _location(text, member, members.get("node-location")), members


def _location(text: _Text, node: strictjson.Member, location: strictjson.Member | None) -> str:
    if location is None or location.kind != "string" or location.end - location.start > LOCATION_LIMIT:
        raise MeasurementsError(
            f"node-data[{node.key}] has no node-location of at most {LOCATION_LIMIT} bytes"
        )
    return str(strictjson.load_member(text.path, location, max_size=LOCATION_LIMIT))


def _items(text: _Text, array: strictjson.Member | None) -> list[strictjson.Member]:
    if array is None or array.kind != "array":
        raise MeasurementsError(f"{CONTAINER} has no list node-data")
    items = text.listed(array)
    if len(items) > NODES_LIMIT:
        raise LimitError("the number of nodes", NODES_LIMIT)
    return items


def _members(text: _Text, member: strictjson.Member, what: str) -> dict[str, strictjson.Member]:
    if member.kind != "object":
        raise MeasurementsError(f"{what} is no object")
    return {str(listed.key): listed for listed in text.listed(member)}


def _judge_node(text: _Text, node: str, members: Mapping[str, strictjson.Member], ledger: Ledger) -> Result:
    forms = [members[form] for form in FORMS if form in members]
    if len(forms) != 1 or forms[0].kind != "array":
        raise MeasurementsError(f"{node}: not one list of {' or '.join(FORMS)}")
    try:
        replay = _replay(text, forms[0])
    except LimitError as error:
        return Result.skipped(f"{node}: {error}")
    except InputError as error:
        raise MeasurementsError(f"{node}: {error}") from error
    values = _pcr_values(replay)
    ledger.find(CONSISTENT, node=node, entries=replay.entries, violations=replay.violations, pcr=values)
    told = (
        ", ".join(f"{bank} {pcrs[str(PCR)]}" for bank, pcrs in values.items() if str(PCR) in pcrs)
        or "not extended"
    )
    detail = f"{node}: {replay.entries} entries, {replay.violations} violations, PCR {PCR} {told}"
    if replay.mismatch_count:
        return _mismatched(node, detail, replay, ledger)
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


def _replay(text: _Text, log: strictjson.Member) -> ima.Replay:
    with tempfile.TemporaryDirectory(dir=text.path.parent) as spool:
        rebuilt = Path(spool) / "list"
        with rebuilt.open("xb") as out:
            ima.rebuild(text.path, log.start, log.end, out, max_size=text.max_size)
        return ima.replay(rebuilt, max_size=text.max_size)


def _pcr_values(replay: ima.Replay) -> dict[str, dict[str, Any]]:
    return {
        bank: {str(index): value.hex() for index, value in sorted(values.items())}
        for bank, values in replay.pcrs.items()
    }
