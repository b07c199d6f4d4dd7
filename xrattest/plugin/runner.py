"""Run collectors, each in a process of its own under limits, and turn whatever comes of it into `CollectedPart`s."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from xrattest import strictjson
from xrattest.dossier.parts import CollectedPart, Spools, path_of
from xrattest.errors import InputError
from xrattest.evidence import Node, ResultCode
from xrattest.plugin.host import RefusedCollector, RegisteredCollector
from xrattest.plugin.launch import launch
from xrattest.plugin.messages import Report, Request, Status
from xrattest.plugin.processes import Limits
from xrattest.plugin.reasons import one_line, reason_of

REPORT_LIMIT = 32 << 20
BODY_DEPTH = 60
"""Nesting of a body; the dossier adds its own levels under the reader's 64."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all collectors of one run share."""

    root: Path = Path("/")
    node: Node = field(default_factory=Node)
    state_dir: Path | None = None
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Task:
    """A collector to run, with its options; `refusal` set means that it does not run, and why."""

    entry: RegisteredCollector | RefusedCollector
    options: Mapping[str, Any] = field(default_factory=dict)
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Told before a collector runs (`part` None) and after."""

    number: int
    """Counts from 1."""
    total: int
    collector: str
    part: CollectedPart | None


def run_collectors(
    tasks: Sequence[Task],
    surroundings: Surroundings,
    spools: Spools,
    progress: Callable[[Progress], None] = lambda _: None,
) -> list[CollectedPart]:
    """Run the tasks one after another. A fault of a collector is its part's result; raises `OSError` for faults of ours."""
    parts = []
    for number, task in enumerate(tasks, 1):
        name = task.entry.collector.name
        progress(Progress(number, len(tasks), name, None))
        parts.append(run_collector(task, surroundings, spools))
        progress(Progress(number, len(tasks), name, parts[-1]))
    return parts


def run_collector(task: Task, surroundings: Surroundings, spools: Spools) -> CollectedPart:
    """Run one collector in its own process. Raises as `run_collectors`.

    The kernel ends that process with the *thread* that started it (prctl(2), PR_SET_PDEATHSIG): this one, which waits.
    """
    start = surroundings.clock()
    refusal = task.entry.reason if isinstance(task.entry, RefusedCollector) else task.refusal
    body: IO[bytes] | None = None
    members: tuple[strictjson.Member, ...] = ()
    if refusal is not None:
        report = _failure(refusal)
    else:
        body = spools.file()
        report = _collect(task, surroundings, spools, body)
        report, members = _check_body(report, body, surroundings.limits)
    usable = body is not None and report.code in {ResultCode.SUCCESS, ResultCode.PARTIAL}
    if body is not None and not usable:
        body.truncate(0)
    plugin, collector = task.entry.plugin, task.entry.collector
    return CollectedPart(
        selector=collector.selector, part=collector.part, plugin=plugin.name, version=plugin.version, model=collector.model,
        code=report.code, start=start, end=surroundings.clock(), reason=report.reason, problems=_problems(report),
        body=path_of(body) if body is not None and usable else None, members=members,
    )  # fmt: skip


def _collect(task: Task, surroundings: Surroundings, spools: Spools, body: IO[bytes]) -> Report:
    request_file, report_file, status_file = spools.file(), spools.file(), spools.file()
    limits = surroundings.limits
    request = Request(
        parent=os.getpid(), plugin=task.entry.plugin.name, distribution=task.entry.plugin.distribution,
        collector=task.entry.collector.name, root=str(surroundings.root.absolute()), node=surroundings.node.name,
        options=dict(task.options), state_dir=str(surroundings.state_dir) if surroundings.state_dir else None,
        timeout=limits.timeout, memory=limits.memory, output=limits.output,
    )  # fmt: skip
    request_file.write(request.model_dump_json().encode())
    request_file.flush()
    last_words = launch(
        [file.fileno() for file in (request_file, report_file, status_file, body)], limits.timeout
    )
    return _judge(_read(report_file), _read_status(status_file), last_words, limits)


def _judge(report_text: bytes, status: Status | None, last_words: str, limits: Limits) -> Report:
    remark = f" (its last words: {last_words})" if last_words else ""
    if status is None:
        return _failure(f"its process was ended from outside{remark}")
    if status.ended != "exited":
        endings = {
            "timeout": f"timed out after {limits.timeout:g} s",
            "cancelled": f"was told to end by signal {_signal_name(status.code)}",
            "killed": f"killed by signal {_signal_name(status.code)}{remark}",
        }
        return _failure(endings[status.ended])
    if not report_text:
        return _failure(f"its process ended with status {status.code} and without a report{remark}")
    try:
        return Report.model_validate_json(report_text)
    except (ValidationError, RecursionError):
        return _failure("its process left a report that cannot be read")


def _signal_name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)


def _check_body(
    report: Report, body: IO[bytes], limits: Limits
) -> tuple[Report, tuple[strictjson.Member, ...]]:
    """Validate the body as JSON: one that is none is that part's failure, whatever its report says."""
    size = os.fstat(body.fileno()).st_size
    if report.code is ResultCode.FAILURE and size >= limits.output:
        # Native writers and libraries wrap the error of a full spool in their own words.
        return _failure(f"wrote more than the output limit of {limits.output_text}"), ()
    if report.code not in {ResultCode.SUCCESS, ResultCode.PARTIAL}:
        return _with_reason(report), ()
    try:
        if os.pread(body.fileno(), 1, 0) != b"{":
            return _failure("its body is no JSON object"), ()
        members = strictjson.members(path_of(body), max_size=limits.output, max_depth=BODY_DEPTH)
    except InputError as error:
        return _failure(f"its body is no valid JSON: {reason_of(error)}"), ()
    if not members:
        return _failure("its body has no member"), ()
    return report, tuple(members)


def _with_reason(report: Report) -> Report:
    reason = one_line(report.reason or "") or "gave no reason"
    return Report(code=report.code, reason=reason)


def _problems(report: Report) -> tuple[dict[str, str], ...]:
    if report.code is not ResultCode.PARTIAL:
        return ()
    more = [{"reason": f"{report.unlisted} more problems are not listed"}] if report.unlisted else []
    return (*report.problems, *more)


def _failure(reason: str) -> Report:
    return Report(code=ResultCode.FAILURE, reason=reason)


def _read(file: IO[bytes]) -> bytes:
    return os.pread(file.fileno(), REPORT_LIMIT, 0)


def _read_status(file: IO[bytes]) -> Status | None:
    try:
        return Status.model_validate_json(_read(file))
    except ValidationError:
        return None
