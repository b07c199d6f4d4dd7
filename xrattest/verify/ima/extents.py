"""Whether a list begins and ends where it says, with the PCR values that it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xrattest import ima
from xrattest.verify.ima.nodes import MeasuredNode
from xrattest.verify.ima.stated import Extent, StatedPoint

_USUAL_BANKS = ("sha1", "sha256")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    kind: str
    text: str
    members: Mapping[str, object]


def stated_banks(extent: Extent) -> list[str]:
    """Return the banks to replay: those of the points, else the usual ones."""
    points = [point for point in (extent.start, extent.end) if point is not None]
    return list(dict.fromkeys(bank for point in points for bank in point.pcrs)) or list(_USUAL_BANKS)


def covered(extent: Extent, entries: int) -> str:
    """Say what an incremental list covers, and what it leaves open."""
    boot = f"boot id {extent.boot_id}" if extent.boot_id else "a boot that is not named"
    if not entries:
        return f"covers no event after {extent.before - 1} of {boot}; proves nothing of those before"
    return f"covers events {extent.before} to {extent.before + entries - 1} of {boot}; proves a suffix only"


def faults_of(node: MeasuredNode, extent: Extent, replay: ima.Replay) -> list[Fault]:
    """Compare the points that a node states with its list."""
    faults = []
    if node.first_event is not None and node.first_event != extent.before:
        faults.append(_begins_elsewhere(node.first_event, extent))
    if extent.end is not None:
        faults += _of_end(extent.end, extent, replay)
    elif extent.start is not None:
        faults.append(Fault("missing-end", "it has an ima-start and no ima-end", {}))
    return faults


def _begins_elsewhere(first: int, extent: Extent) -> Fault:
    members = {"entry": first, "expected": extent.before, "got": first}
    if extent.start is None:
        return Fault("missing-start", f"the list begins with event {first} and has no ima-start", members)
    text = f"the first event is {first}, and ima-start is after event {extent.before - 1}"
    return Fault("renumbered", text, members)


def _of_end(end: StatedPoint, extent: Extent, replay: ima.Replay) -> list[Fault]:
    faults = []
    entries = extent.before + replay.entries
    if end.entries != entries:
        text = f"ima-end is after event {end.entries - 1}, and the last event is {entries - 1}"
        faults.append(Fault("renumbered", text, {"expected": entries - 1, "got": end.entries - 1}))
    if extent.start is not None and end.boot_id != extent.start.boot_id:
        text = f"ima-start is of boot {extent.start.boot_id}, ima-end of boot {end.boot_id}"
        faults.append(Fault("splice", text, {"expected": extent.start.boot_id, "got": end.boot_id}))
    computed = {bank: dict(values) for bank, values in replay.pcrs.items()}
    if {bank: dict(values) for bank, values in end.pcrs.items()} != computed:
        faults += _other_values(end, replay)
    return faults


def _other_values(end: StatedPoint, replay: ima.Replay) -> list[Fault]:
    faults = []
    for bank, values in replay.pcrs.items():
        said = end.pcrs.get(bank, {})
        for pcr in sorted({*values, *said}):
            expected, got = (value.hex() if value else None for value in (values.get(pcr), said.get(pcr)))
            if expected != got:
                members = {"bank": bank, "pcr": pcr, "expected": expected, "got": got}
                faults.append(
                    Fault(
                        "end-differs",
                        f"ima-end has another value of {bank} PCR {pcr} than the list leads to",
                        members,
                    )
                )
    return faults
