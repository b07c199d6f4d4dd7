"""Run one collector in this process, as its child process would, and look at what it wrote."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xrattest import strictjson
from xrattest.dossier.parts import spools
from xrattest.evidence import Node, ResultCode
from xrattest.hostroot import HostRoot
from xrattest.plugin.bodywriter import BodyWriter
from xrattest.plugin.collecting import collect_and_report
from xrattest.plugin.collector import Collector, Context
from xrattest.plugin.processes import Limits

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""The time that the clock shows unless a test gives another one."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The outcome of one run, as it would enter the dossier."""

    code: ResultCode
    reason: str | None
    problems: list[dict[str, str]]
    body: dict[str, Any] | None
    """The body, parsed by the strict reader; None when the part is Unavailable or a Failure."""
    text: bytes
    """The body's JSON text."""


def collect_here(  # noqa: PLR0913 - keyword-only, and a test names the one or two that it means
    collector: Collector,
    root: HostRoot | Path | str,
    *,
    options: Mapping[str, Any] | None = None,
    node: Node | None = None,
    clock: Callable[[], datetime] = lambda: NOON,
    state_dir: Path | None = None,
) -> Collected:
    """Run `collector` on `root` without limits and without a process of its own, so that a debugger can follow.

    Raises `JsonFormatError` when the body is no strict JSON, and pydantic's `ValidationError` for wrong options.
    """
    context = Context(
        root=root if isinstance(root, HostRoot) else HostRoot(root),
        node=node or Node(),
        options=collector.options.model_validate(dict(options or {})),
        clock=clock,
        state_dir=state_dir,
    )
    with spools() as made:
        file = made.file()
        report = collect_and_report(collector, context, BodyWriter(file), Limits())
        text = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
    usable = report.code in {ResultCode.SUCCESS, ResultCode.PARTIAL}
    body = strictjson.loads(text) if usable else None
    return Collected(report.code, report.reason, report.problems, body, text if usable else b"")
