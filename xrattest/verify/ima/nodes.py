"""The IMA logs inside a dossier, one per node, each rebuilt as the kernel's list in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from xrattest import ima, strictjson
from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError, LimitError
from xrattest.verify.verdict import Result, worst_of

SELECTOR = "system-integrity-snapshot"
CONTAINER = "system-ima"
FORMS = ("ima-event-log", "ima-event-log-compact")
NODES_LIMIT = 1000
"""Most nodes of one dossier."""
LOCATION_LIMIT = 1000
"""Longest node location, in bytes of its JSON text."""
LEAF_LIMIT = 1 << 20
"""Largest member of a node but its log that is parsed, in bytes of its JSON text."""


class MeasurementsError(InputError):
    """A `system-ima` that breaks its format; the text says where."""


@dataclass(frozen=True, slots=True)
class SignedText:
    """The signed text in its file, read by byte range."""

    path: Path
    max_size: int

    def listed(self, container: strictjson.Member) -> list[strictjson.Member]:
        """List the members of a container. Raises `JsonFormatError`, `OSError`."""
        return strictjson.members(self.path, start=container.start, end=container.end, max_size=self.max_size)

    def members(self, member: strictjson.Member, what: str) -> dict[str, strictjson.Member]:
        """Return the members of an object by name. Raises `MeasurementsError` when it is none."""
        if member.kind != "object":
            raise MeasurementsError(f"{what} is no object")
        return {str(listed.key): listed for listed in self.listed(member)}


@dataclass(frozen=True, slots=True)
class MeasuredNode:
    """One node's log."""

    location: str
    """Such as `node0_RP0_CPU0`."""
    log: Path | Result
    """The kernel's binary list; a skip (over a limit) or a fail (damaged) where it could not be rebuilt."""
    members: Mapping[str, strictjson.Member]
    """The node's members by name, as ranges of `text`."""
    text: SignedText
    max_size: int
    """Largest list, in bytes."""
    first_event: int | None = None
    """Number that its first entry says; None for a list without entries, or none."""

    def load(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value of a small member, None when there is none. Raises `LimitError`, `OSError`."""
        member = self.members.get(name)
        return member and strictjson.load_member(self.text.path, member, max_size=LEAF_LIMIT)


@dataclass(frozen=True, slots=True)
class Measurements:
    """Every node's log, or why there is none."""

    nodes: tuple[MeasuredNode, ...]
    problem: Result | None = None
    """Set when there is no node: a skip (nothing collected) or a fail (damaged)."""

    @classmethod
    def absent(cls, problem: Result) -> Self:
        """Return measurements without a node."""
        return cls((), problem)


def measurements_of(dossier: Dossier, spool: Path, max_size: int) -> Measurements:
    """Rebuild the list of every node in `spool`. Raises `OSError`."""
    snapshot = dossier.selectors.get(SELECTOR)
    if snapshot is None:
        return Measurements.absent(Result.skipped(f"the dossier has no {SELECTOR}"))
    container = snapshot.members.get(CONTAINER)
    if container is None:
        reason = f": {snapshot.reason}" if snapshot.reason else ""
        return Measurements.absent(
            Result.skipped(f"{SELECTOR} is {snapshot.code} and holds no {CONTAINER}{reason}")
        )
    text = SignedText(dossier.path, max_size)
    try:
        nodes = tuple(
            _node(text, location, members, spool / str(number))
            for number, (location, members) in enumerate(_nodes(text, container))
        )
    except LimitError as error:
        return Measurements.absent(Result.skipped(str(error)))
    except InputError as error:
        return Measurements.absent(Result.failed(str(error)))
    if not nodes:
        return Measurements.absent(Result.failed(f"{CONTAINER} holds no node"))
    return Measurements(nodes)


def _nodes(
    text: SignedText, container: strictjson.Member
) -> Iterator[tuple[str, Mapping[str, strictjson.Member]]]:
    """Yield each node's location and members. Raises `InputError`."""
    for member in _items(text, text.members(container, CONTAINER).get("node-data")):
        members = text.members(member, f"node-data[{member.key}]")
        yield _location(text, member, members.get("node-location")), members


def _items(text: SignedText, array: strictjson.Member | None) -> list[strictjson.Member]:
    if array is None or array.kind != "array":
        raise MeasurementsError(f"{CONTAINER} has no list node-data")
    items = text.listed(array)
    if len(items) > NODES_LIMIT:
        raise LimitError("the number of nodes", NODES_LIMIT)
    return items


def _location(text: SignedText, node: strictjson.Member, location: strictjson.Member | None) -> str:
    if location is None or location.kind != "string" or location.end - location.start > LOCATION_LIMIT:
        raise MeasurementsError(
            f"node-data[{node.key}] has no node-location of at most {LOCATION_LIMIT} bytes"
        )
    return str(strictjson.load_member(text.path, location, max_size=LOCATION_LIMIT))


def _node(
    text: SignedText, location: str, members: Mapping[str, strictjson.Member], rebuilt: Path
) -> MeasuredNode:
    forms = [members[form] for form in FORMS if form in members]
    if len(forms) != 1 or forms[0].kind != "array":
        raise MeasurementsError(f"{location}: not one list of {' or '.join(FORMS)}")
    log: Path | Result = rebuilt
    first_event = None
    try:
        with rebuilt.open("xb") as out:
            first_event = ima.rebuild(
                text.path, forms[0].start, forms[0].end, out, max_size=text.max_size
            ).first_event
    except LimitError as error:
        log = Result.skipped(f"{location}: {error}")
    except InputError as error:
        log = Result.failed(f"{location}: {error}")
    return MeasuredNode(location, log, members, text, text.max_size, first_event)


def of_all(results: Sequence[Result], measured: Measurements) -> Result:
    """Return one result for all nodes: the worst, with every detail; without nodes, why there are none."""
    return measured.problem if measured.problem is not None else worst_of(results)
