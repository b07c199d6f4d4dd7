"""Begin the one pass over a list: after the event that was asked for, or from the start, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from xrattest import ima
from xrattest.errors import CollectError
from xrattest_ima.options import ImaOptions, Start
from xrattest_ima.resume import Points


@dataclass(frozen=True, slots=True)
class Begun:
    """A pass that stands before the first event to be sent."""

    follower: ima.Follower
    start: ima.Position | None = None
    """The point after which events are sent; None: the whole list is."""
    reason: str | None = None
    """Why the whole list is sent although a part was asked for."""


def asked_of(options: ImaOptions, node: str) -> Start | None:
    """Return where to start on `node`. Raises `CollectError` for nodes that are not here."""
    if options.incremental is None:
        return None
    unknown = [name for name in options.incremental.names if name != node]
    if unknown:
        raise CollectError(f"incremental: there is no node {unknown[0]!r}; this is {node!r}")
    return options.incremental.of(node)


def begin(
    log: BinaryIO, options: ImaOptions, asked: Start | None, start_time: str | None, points: Points | None
) -> Begun:
    """Begin the pass over `log`, which stands at its start. Raises `ImaFormatError`, `LimitError`, `OSError`."""
    if asked is None:
        return Begun(_follow(log, options))
    if start_time is None:
        return Begun(_follow(log, options), reason="the time of boot is not known here")
    if asked.start_time.split() != start_time.split():
        reason = f"start_time is {asked.start_time!r}, and this boot began at {start_time!r}"
        return Begun(_follow(log, options), reason=reason)
    return _after(log, options, asked.number, points)


def _after(log: BinaryIO, options: ImaOptions, number: int, points: Points | None) -> Begun:
    position = None if points is None else points.stand(log, number + 1)
    try:
        follower = _follow(log, options, position)
    except ValueError:
        # What was kept names values that no PCR has.
        log.seek(0)
        follower = _follow(log, options)
    if follower.skip_to(number + 1):
        return Begun(follower, start=follower.position())
    found = follower.position().entries
    log.seek(0)
    reason = (
        f"there is no event {number}: the list has {found}, so it is of another boot or shorter than it was"
    )
    return Begun(_follow(log, options), reason=reason)


def _follow(log: BinaryIO, options: ImaOptions, position: ima.Position | None = None) -> ima.Follower:
    return ima.Follower(log, options.banks, position=position, max_size=options.max_size)
