"""`python -m xrattest.plugin.worker REQUEST REPORT STATUS BODY`: run one collector in a process of its own.

Two processes: the *supervisor* runs no code of a plugin; it forks the *collecting* process, waits for it, and ends
everything that descends from it, daemons in sessions of their own included. When whoever asked ends first, the kernel tells
the supervisor; when the supervisor is killed, the kernel kills the collecting process.

The arguments are numbers of open file descriptors, all of them regular files: the request (JSON, read), the report (JSON,
written by the collecting process), the status (JSON, written by the supervisor) and the spool of the body.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from xrattest.errors import PluginError
from xrattest.evidence import Node, ResultCode
from xrattest.hostroot import HostRoot
from xrattest.plugin.bodywriter import BodyWriter
from xrattest.plugin.checks import check_collector
from xrattest.plugin.collecting import collect_and_report
from xrattest.plugin.collector import Collector, Context
from xrattest.plugin.discovery import PluginProblem, choose, find_candidates, load
from xrattest.plugin.messages import Report, Request, Status
from xrattest.plugin.processes import (
    adopt_orphans,
    apply_limits,
    end_descendants,
    signal_at_death_of,
    use_headroom,
)
from xrattest.plugin.reasons import reason_of

WAITED = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def main(arguments: list[str]) -> int:
    """Supervise one collection; see the module's text for the arguments."""
    request_fd, report_fd, status_fd, body_fd = (int(argument) for argument in arguments)
    request = Request.model_validate_json(_read(request_fd))
    # Blocked before the fork, so that a child that ends at once is still waited for; the kernel keeps the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)
    adopt_orphans()
    if not signal_at_death_of(request.parent, signal.SIGTERM):
        return 1
    supervisor = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(request_fd)
        os.close(status_fd)
        _collecting_process(request, supervisor, report_fd, body_fd)
    os.close(report_fd)
    os.close(body_fd)
    status = supervise(child, request.timeout)
    end_descendants()
    os.write(status_fd, status.model_dump_json().encode())
    return 0


def supervise(child: int, timeout: float) -> Status:
    """Wait for `child` until it ends, `timeout` seconds pass or this process is told to end."""
    deadline = time.monotonic() + timeout
    while True:
        ended, wait_status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(wait_status)
            return Status(ended="exited", code=code) if code >= 0 else Status(ended="killed", code=-code)
        left = deadline - time.monotonic()
        if left <= 0:
            return Status(ended="timeout")
        received = signal.sigtimedwait(WAITED, left)
        if received is not None and received.si_signo != signal.SIGCHLD:
            return Status(ended="cancelled", code=received.si_signo)


def _collecting_process(request: Request, supervisor: int, report_fd: int, body_fd: int) -> NoReturn:
    # Left by os._exit alone: threads and exit handlers of a plugin must not hold up a report that is complete.
    try:
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED)
        if signal_at_death_of(supervisor, signal.SIGKILL):
            _send(report_fd, _collect(request, body_fd))
    except BaseException as error:  # noqa: BLE001 - nothing above this frame may run in the forked process
        with suppress(Exception):
            _send(report_fd, Report(code=ResultCode.FAILURE, reason=reason_of(error)))
    os._exit(0)


def _collect(request: Request, body_fd: int) -> Report:
    limits = request.limits
    try:
        apply_limits(limits)
        collector = _find(request)
        context = Context(
            root=HostRoot(request.root),
            node=Node(request.node),
            options=collector.options.model_validate(request.options),
            clock=lambda: datetime.now(UTC),
            state_dir=Path(request.state_dir) if request.state_dir else None,
        )
    except BaseException as error:  # noqa: BLE001 - a plugin's import may raise anything
        return Report(code=ResultCode.FAILURE, reason=reason_of(error))
    body = BodyWriter(os.fdopen(body_fd, "wb", closefd=False))
    return collect_and_report(collector, context, body, limits, on_memory=use_headroom)


def _find(request: Request) -> Collector:
    """Load the requested plugin alone and return its collector. Raises `PluginError`, and whatever the plugin raises."""
    candidates = [found for found in find_candidates([]) if found.distribution == request.distribution]
    problems: list[PluginProblem] = []
    chosen = choose(candidates, [request.plugin], (), problems)
    plugin = load(chosen[0], problems) if chosen else None
    if plugin is None:
        raise PluginError("; ".join(str(problem) for problem in problems))
    for item in plugin.registration.call("xrattest_register_collectors"):
        if check_collector(item) is None and item.name == request.collector:
            collector: Collector = item
            return collector
    raise PluginError(
        f"plugin {request.plugin!r} does not offer collector {request.collector!r} in its own process"
    )


def _read(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(0)
        return file.read()


def _send(descriptor: int, report: Report) -> None:
    text = report.model_dump_json().encode()
    while text:
        text = text[os.write(descriptor, text) :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
