"""The event logs inside a dossier (`system-boot-integrity`), one per node, each rebuilt byte for byte and read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from xrattest import bootlog
from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError, LimitError
from xrattest.verify.verdict import Result

SELECTOR = "system-integrity-snapshot"
CONTAINER = "system-boot-integrity"
LOCATION_LIMIT = 1000
"""Longest node location, in characters."""
CONTAINER_LIMIT = 4 * bootlog.DEFAULT_MAX_SIZE
"""Largest container that is looked into, in bytes of its JSON text; a log is tens of kilobytes."""


@dataclass(frozen=True, slots=True)
class BootNode:
    """One node's log."""

    location: str
    log: bootlog.EventLog | Result
    """A fail or a skip where it could not be rebuilt or read."""
    replay: bootlog.Replay | None = None
    """None where there is no log, or where it breaks off."""


@dataclass(frozen=True, slots=True)
class BootLogs:
    """Every node's log, or why there is none."""

    nodes: tuple[BootNode, ...]
    problem: Result | None = None
    """Set when there is no node: a skip (nothing collected) or a fail (damaged)."""

    @classmethod
    def absent(cls, problem: Result) -> Self:
        """Return logs without a node."""
        return cls((), problem)

    def of(self, location: str) -> BootNode | None:
        """Return the node at `location`."""
        return next((node for node in self.nodes if node.location == location), None)


def boot_logs_of(dossier: Dossier | None) -> BootLogs:
    """Rebuild the event log of every node. Raises `OSError`."""
    if dossier is None:
        return BootLogs.absent(Result.skipped("there is no dossier to hold an event log"))
    snapshot = dossier.selectors.get(SELECTOR)
    if snapshot is None:
        return BootLogs.absent(Result.skipped(f"the dossier has no {SELECTOR}"))
    container = snapshot.members.get(CONTAINER)
    if container is None:
        return BootLogs.absent(Result.skipped(f"{SELECTOR} holds no {CONTAINER}"))
    try:
        nodes = _nodes(dossier.load(container, max_size=CONTAINER_LIMIT))
    except LimitError as error:
        return BootLogs.absent(Result.skipped(str(error)))
    return nodes


def _nodes(container: Any) -> BootLogs:  # noqa: ANN401 - any JSON value
    items = container.get("node-data") if isinstance(container, dict) else None
    if not isinstance(items, list) or not items:
        return BootLogs.absent(Result.failed(f"{CONTAINER} has no list node-data with a node in it"))
    nodes: dict[str, BootNode] = {}
    for number, item in enumerate(items):
        location = item.get("node-location") if isinstance(item, dict) else None
        if not isinstance(location, str) or len(location) > LOCATION_LIMIT:
            return BootLogs.absent(
                Result.failed(
                    f"{CONTAINER}: node-data[{number}] has no node-location of at most {LOCATION_LIMIT} characters"
                )
            )
        if location in nodes:
            return BootLogs.absent(Result.failed(f"{CONTAINER}: two logs of {location}"))
        nodes[location] = _node(location, item)
    return BootLogs(tuple(nodes.values()))


def _node(location: str, item: dict[str, Any]) -> BootNode:
    try:
        content = bootlog.rebuild(item)
        log = bootlog.EventLog.load(content)
        return BootNode(location, log, bootlog.replay(content) if log.defect is None else None)
    except LimitError as error:
        return BootNode(location, Result.skipped(f"{location}: {error}"))
    except InputError as error:
        return BootNode(location, Result.failed(f"{location}: {error}"))
