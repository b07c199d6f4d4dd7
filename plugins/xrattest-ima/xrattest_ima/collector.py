"""Reads the measurement list and writes it as `system-ima`, so that a verifier can rebuild it byte for byte."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

from pydantic import BaseModel

from xrattest import ima
from xrattest.errors import AsciiListWarning, CollectError, ImaFormatError, LimitError, Unavailable
from xrattest.evidence import Model
from xrattest.hostroot import HostRoot
from xrattest.plugin import Body, Context
from xrattest_ima.options import ImaOptions
from xrattest_ima.passes import Begun, asked_of, begin
from xrattest_ima.points import Boot, boot_of, point
from xrattest_ima.resume import Points


class ImaCollector:
    """Evidence of what the kernel measured since boot: `system-integrity-snapshot`, part `system-ima`."""

    name: ClassVar[str] = "ima"
    selector: ClassVar[str] = "system-integrity-snapshot"
    part: ClassVar[str] = "system-ima"
    evidence_type: ClassVar[str] = "urn:xrattest:evidence:ima:1"
    model: ClassVar[Model] = Model("Cisco-IOS-XR-remote-attestation-act", "2022-09-20")
    options: ClassVar[type[BaseModel]] = ImaOptions

    def collect(self, context: Context, body: Body) -> None:
        """Write `system-ima`. Raises `Unavailable` where there is no list and `CollectError` where it cannot be read."""
        options = cast("ImaOptions", context.options)
        asked = asked_of(options, context.node.name)
        with _open_list(context.root, options.log) as log:
            head = _head(context, body)
            boot = boot_of(context.root, options)
            points = _points(context, options, boot)
            try:
                begun = begin(log, options, asked, cast("str | None", head.get("start-time")), points)
                head |= _before(begun, boot)
                with _open_questions_told(body), body.stream("system-ima") as out:
                    end = _write(begun.follower, out, head, boot, context)
            except (ImaFormatError, LimitError) as error:
                raise CollectError(str(error)) from error
            if points is not None:
                points.keep(log, [position for position in (begun.start, end) if position is not None])
        if end.entries == 0:
            body.problem(
                "the measurement list is empty; even a kernel without a policy measures its boot aggregate"
            )


@contextmanager
def _open_questions_told(body: Body) -> Iterator[None]:
    """Report what the text of an ascii list leaves open as problems."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AsciiListWarning)
        yield
    for warning in caught:
        body.problem(str(warning.message))


def _points(context: Context, options: ImaOptions, boot: Boot) -> Points | None:
    """Return the points of earlier runs; None unless increments of the running kernel's own list are asked for."""
    wanted = options.incremental is not None and options.log is None and context.root.is_live
    if not wanted or boot.id is None or context.state_dir is None:
        return None
    return Points(context.state_dir, boot.id, options.banks)


def _before(begun: Begun, boot: Boot) -> dict[str, Any]:
    """Return the leaves that say where the event log begins, and why."""
    members = {
        "boot-id-reason": boot.reason,
        "whole-list-reason": begun.reason,
        "ima-start": None if begun.start is None else point(begun.start, boot),
    }
    return {name: value for name, value in members.items() if value is not None}


def _write(
    follower: ima.Follower, out: int, head: dict[str, Any], boot: Boot, context: Context
) -> ima.Position:
    """Write the container's JSON text around the event log, which is streamed; return where the log ends."""
    full = cast("ImaOptions", context.options).display == "full"
    log_name = "ima-event-log" if full else "ima-event-log-compact"
    opening = json.dumps(head)[:-1] + f', "{log_name}": '
    _write_all(out, b'{"node-data": [' + opening.encode())
    if full:
        follower.write_events(out)
    else:
        follower.write_blocks(out, "xr", collected_at=context.clock())
    end = follower.position()
    last = point(end, boot)
    closing = "" if last is None else f', "ima-end": {json.dumps(last)}'
    _write_all(out, closing.encode() + b"}]}")
    return end


def _write_all(out: int, content: bytes) -> None:
    with os.fdopen(out, "wb", closefd=False) as file:
        file.write(content)


@contextmanager
def _open_list(root: HostRoot, log: Path | None) -> Iterator[BinaryIO]:
    """Open the list that was asked for. Raises `Unavailable`, `CollectError`."""
    path = str(log) if log is not None else ima.LIVE_LIST
    try:
        file = root.open(path)
    except PermissionError as error:
        raise Unavailable(
            f"no permission to read {path}; run as root (the list is readable by root alone)"
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unavailable(f"{path}: no such file" if log is not None else _why_absent(root)) from error
    except OSError as error:
        raise CollectError(f"{path}: {error.strerror or error}") from error
    with file:
        yield file


def _why_absent(root: HostRoot) -> str:
    if not root.is_live:
        return f"{root.path} is not the running host, and only a running kernel has a measurement list; name a saved one in `log`"
    try:
        return f"no IMA measurement list: {ima.why_absent(root.exists, root.read_text('/proc/filesystems'))}"
    except OSError as error:
        return f"no IMA measurement list at {ima.LIVE_LIST}, and the reason cannot be seen: {error}"


def _head(context: Context, body: Body) -> dict[str, Any]:
    """Return the leaves before the event log: node location, seconds up, and time of boot as asctime writes it, in UTC.

    Both times are of the host that is attested, also for a saved list; where it does not tell them they are left out.
    """
    head: dict[str, Any] = {"node-location": context.node.location}
    try:
        up = int(float(context.root.read_text("/proc/uptime").split()[0]))
        boot = next(
            line for line in context.root.read_text("/proc/stat").splitlines() if line.startswith("btime ")
        )
        start = datetime.fromtimestamp(int(boot.split()[1]), UTC)
    except (OSError, ValueError, OverflowError, IndexError, StopIteration) as error:
        body.problem(
            f"the time of boot cannot be read from /proc/uptime and /proc/stat: {str(error) or 'no line btime'}"
        )
        return head
    return head | {"up-time": up, "start-time": start.ctime()}
