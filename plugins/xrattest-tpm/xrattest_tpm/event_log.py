"""Reads the firmware's event log and writes it as `system-boot-integrity`, so that a verifier can rebuild it byte for byte."""

from __future__ import annotations

from typing import ClassVar, cast

from pydantic import BaseModel

from xrattest import bootlog
from xrattest.errors import BootLogFormatError, CollectError, HostRootError, LimitError, Unavailable
from xrattest.evidence import Model
from xrattest.hostroot import HostRoot
from xrattest.plugin import Body, Context
from xrattest_tpm.host import up_time
from xrattest_tpm.options import BootOptions


class BootCollector:
    """Evidence of what the firmware and the boot loader measured: `system-integrity-snapshot`, part `system-boot-integrity`."""

    name: ClassVar[str] = "boot"
    selector: ClassVar[str] = "system-integrity-snapshot"
    part: ClassVar[str] = "system-boot-integrity"
    evidence_type: ClassVar[str] = "urn:xrattest:evidence:boot-log:1"
    model: ClassVar[Model] = Model("Cisco-IOS-XR-remote-attestation-act", "2022-09-20")
    options: ClassVar[type[BaseModel]] = BootOptions

    def collect(self, context: Context, body: Body) -> None:
        """Write `system-boot-integrity`. Raises `Unavailable` where there is no log, `CollectError` where none of it can be read."""
        log = _load(context.root, cast("BootOptions", context.options))
        if log.defect is not None:
            body.problem(f"{log.defect}; it is carried, undecoded from there on")
        elif not log.events:
            body.problem("the event log is empty; firmware that measures logs at least its own version")
        node = {"node-location": context.node.location} | up_time(context, body) | bootlog.log_members(log)
        body.member(self.part, {"node-data": [node]})


def _load(root: HostRoot, options: BootOptions) -> bootlog.EventLog:
    path = str(options.event_log or f"/sys/kernel/security/{options.device}/binary_bios_measurements")
    try:
        with root.open(path) as file:
            return bootlog.EventLog.load(file, max_size=options.max_size)
    except PermissionError as error:
        raise Unavailable(
            f"no permission to read {path}; run as root (the log is readable by root alone)"
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unavailable(
            f"{path}: no such file" if options.event_log else _why_absent(root, options.device)
        ) from error
    except (BootLogFormatError, LimitError, HostRootError) as error:
        raise CollectError(str(error)) from error
    except OSError as error:
        raise CollectError(f"{path}: {error.strerror or error}") from error


def _why_absent(root: HostRoot, device: str) -> str:
    if not root.is_live:
        return f"{root.path} is not the running host, and only a running kernel has an event log; name a saved one in `event_log`"
    try:
        return f"no event log of the firmware: {bootlog.why_absent(root.exists, device)}"
    except OSError as error:
        return f"no event log of the firmware, and the reason cannot be seen: {error}"
