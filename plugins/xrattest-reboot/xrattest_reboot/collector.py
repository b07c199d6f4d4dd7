"""The collector: wtmp through the `HostRoot`, and on the running host the kernel's own boot time and boot id."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from xrattest.errors import CollectError, HostRootError, LimitError, Unavailable
from xrattest.evidence import Model
from xrattest.hostroot import HostRoot
from xrattest.plugin import Body, Context
from xrattest_reboot.causes import Boot, History, history_of
from xrattest_reboot.wtmp import Damage, Record, read_records

PROC_STAT = "/proc/stat"
BOOT_ID = "/proc/sys/kernel/random/boot_id"
PROC_LIMIT = 4 << 20
"""Bytes of /proc/stat, which has a line per CPU and all interrupt counters."""

LAST_SECOND = 253402300799
"""The last second of the year 9999, after which there is no asctime."""


class Options(BaseModel):
    """Options of the collector."""

    model_config = ConfigDict(extra="forbid")

    wtmp: str = "/var/log/wtmp"
    """The login records to read."""
    max_size: int = Field(default=64 << 20, ge=1)
    """Bytes of wtmp that are read, the newest ones."""
    max_boots: int = Field(default=10_000, ge=1)
    """Boots that are listed, the newest ones."""


class RebootCollector:
    """Lists the boots of this host, oldest first, each with the cause that the record before it gives away."""

    name: ClassVar[str] = "reboot"
    selector: ClassVar[str] = "reboot-history"
    part: ClassVar[str] = "wtmp"
    evidence_type: ClassVar[str] = "urn:xrattest:evidence:reboot-history:1"
    model: ClassVar[Model] = Model("Cisco-IOS-XR-linux-os-reboot-history-oper", "2023-03-03")
    options: ClassVar[type[BaseModel]] = Options

    def collect(self, context: Context, body: Body) -> None:
        """Write `node`. Raises `Unavailable` when no boot is on record, `CollectError` when the record cannot be read."""
        options = context.options
        assert isinstance(options, Options)
        records, obstacles = _read_wtmp(context.root, options)
        history = history_of(records, options.wtmp)
        btime = _boot_time(context.root)
        if btime is not None:
            history = history.with_running(btime, PROC_STAT)
        if not history.boots:
            _nothing_known(context.root, options, obstacles)
        for obstacle in obstacles:
            body.problem(obstacle, options.wtmp)
        body.member("node", [_node(context, history, options, body)])


def _read_wtmp(root: HostRoot, options: Options) -> tuple[list[Record], list[str]]:
    """Return the boot and shutdown records, and what kept others from being read; an absent file is no obstacle."""
    records: list[Record] = []
    obstacles: list[str] = []
    try:
        with root.open(options.wtmp) as file:
            size = os.fstat(file.fileno()).st_size
            for item in read_records(file, size, options.max_size):
                if isinstance(item, Damage):
                    obstacles.append(f"byte {item.offset}: {item.reason}")
                else:
                    records.append(item)
    except FileNotFoundError:
        return [], []
    except OSError as error:
        obstacles.append(error.strerror or str(error))
    except HostRootError as error:
        obstacles.append(str(error))
    return records, obstacles


def _nothing_known(root: HostRoot, options: Options, obstacles: list[str]) -> None:
    if obstacles:
        raise CollectError(f"{options.wtmp}: {'; '.join(obstacles[:3])}")
    try:
        state = "holds no boot record" if root.exists(options.wtmp) else "does not exist"
    except OSError as error:
        state = f"cannot be seen ({error.strerror})"
    hint = "systemd-update-utmp.service or the init system writes one at each boot"
    raise Unavailable(f"no boot is on record: {options.wtmp} {state}; {hint}")


def _boot_time(root: HostRoot) -> int | None:
    """Return when the running kernel started (proc(5), btime); None for a tree of files, which runs nothing."""
    text = _proc_text(root, PROC_STAT)
    found = re.search(r"^btime ([0-9]{1,12})$", text, re.MULTILINE) if text else None
    return int(found[1]) if found else None


def _proc_text(root: HostRoot, path: str) -> str | None:
    if not root.is_live:
        return None
    try:
        return root.read_text(path, limit=PROC_LIMIT)
    except (OSError, HostRootError, LimitError):
        return None


def _node(context: Context, history: History, options: Options, body: Body) -> dict[str, Any]:
    listed = [boot for boot in history.boots if 0 <= boot.time <= LAST_SECOND]
    if len(listed) < len(history.boots):
        body.problem(
            f"{len(history.boots) - len(listed)} boot records have a time out of range", options.wtmp
        )
    if len(listed) > options.max_boots:
        body.problem(f"the oldest {len(listed) - options.max_boots} boots are not listed", options.wtmp)
    boot_id = (_proc_text(context.root, BOOT_ID) or "").strip()
    rows = [_row(number, boot, boot_id) for number, boot in enumerate(listed, 1)][-options.max_boots :]
    last = (
        {"last-reboot": {key: rows[-1][key] for key in ("no", "time", "cause-code", "reason")}}
        if rows
        else {}
    )
    return {"node-name": context.node.name, **last, "reboot-history": rows}


def _row(number: int, boot: Boot, boot_id: str) -> dict[str, Any]:
    time = datetime.fromtimestamp(boot.time, UTC)
    row: dict[str, Any] = {
        "no": number,
        "time": time.ctime(),
        "cause-code": boot.cause.code,
        "reason": boot.cause.reason,
        "source": list(boot.sources),
        "time-utc": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if boot.current and boot_id:
        row["boot-id"] = boot_id
    return row
