"""Reads the measurement list and writes it as `system-ima`, so that a verifier can rebuild it byte for byte."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from xrattest import ima
from xrattest.errors import CollectError, ImaFormatError, LimitError, Unavailable
from xrattest.evidence import Model
from xrattest.hostroot import HostRoot
from xrattest.plugin import Body, Context


class ImaOptions(BaseModel):
    """Options of the collector; all have defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    log: Path | None = None
    """A list to read instead of the kernel's, binary, plain, gzip or zstd; looked up below the root that is attested."""
    display: Literal["full", "compact"] = "full"
    """`full`: one object per entry. `compact`: protobuf blocks in base64."""
    max_size: int = Field(default=ima.DEFAULT_MAX_SIZE, gt=0)
    """Largest list in bytes, decompressed."""


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
        with _open_list(context.root, options.log) as log:
            head = _head(context, body)
            try:
                with body.stream("system-ima") as out:
                    summary = _write(log, out, head, context, options)
            except (ImaFormatError, LimitError) as error:
                raise CollectError(str(error)) from error
        if summary.entries == 0:
            body.problem(
                "the measurement list is empty; even a kernel without a policy measures its boot aggregate"
            )


def _write(
    log: BinaryIO, out: int, head: dict[str, str | int], context: Context, options: ImaOptions
) -> ima.Summary:
    """Write the container's JSON text around the event log, which is streamed."""
    log_name = "ima-event-log" if options.display == "full" else "ima-event-log-compact"
    opening = json.dumps(head)[:-1] + f', "{log_name}": '
    _write_all(out, b'{"node-data": [' + opening.encode())
    if options.display == "full":
        summary = ima.write_events(log, out, max_size=options.max_size)
    else:
        summary = ima.write_blocks(log, out, "xr", collected_at=context.clock(), max_size=options.max_size)
    _write_all(out, b"}]}")
    return summary


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


def _head(context: Context, body: Body) -> dict[str, str | int]:
    """Return the leaves before the event log: node location, seconds up, and time of boot as asctime writes it, in UTC.

    Both times are of the host that is attested, also for a saved list; where it does not tell them they are left out.
    """
    head: dict[str, str | int] = {"node-location": context.node.location}
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
