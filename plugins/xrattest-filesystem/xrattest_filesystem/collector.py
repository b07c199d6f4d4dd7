"""Take a full snapshot of the configured roots as the body of the selector."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import ClassVar

from pydantic import BaseModel

from xrattest.errors import CollectError, Unavailable
from xrattest.evidence import Model
from xrattest.inventory import SnapshotSummary, write_snapshot
from xrattest.plugin import Body, Context
from xrattest_filesystem.options import Options


class FilesystemCollector:
    """Walks the roots, reads attributes of every file and digests of every regular one."""

    name: ClassVar[str] = "filesystem"
    selector: ClassVar[str] = "filesystem-inventory"
    part: ClassVar[str] = "snapshot"
    evidence_type: ClassVar[str] = "urn:xrattest:evidence:filesystem-inventory:1"
    model: ClassVar[Model] = Model("Cisco-IOS-XR-filesysinv-show-oper", "2019-04-05")
    options: ClassVar[type[BaseModel]] = Options

    def collect(self, context: Context, body: Body) -> None:
        """Write `node[]` with one full snapshot. Raises `Unavailable` when none of the roots exists."""
        options = context.options
        if not isinstance(options, Options):
            raise CollectError(f"options of {type(options).__name__} instead of {Options.__name__}")
        rules = options.rules()
        if not any(_is_there(context, path) for path in rules.roots):
            raise Unavailable(
                f"none of the roots exists under {context.root.path}: {', '.join(rules.roots)}; "
                "name others in the configuration, plugin.filesystem.roots"
            )
        with body.stream("node") as descriptor:
            name = json.dumps(context.node.name, ensure_ascii=False)
            _write(descriptor, f'[{{"node-name":{name},"snapshot":['.encode())
            summary = write_snapshot(context.root, rules, descriptor, time=context.clock())
            _write(descriptor, b"]}]")
        for reason, path in _problems(summary, configured=options.names_roots):
            body.problem(reason, path)


def _is_there(context: Context, path: str) -> bool:
    try:
        context.root.stat(path, follow=False)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _write(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]


def _problems(summary: SnapshotSummary, *, configured: bool) -> Iterable[tuple[str, str | None]]:
    """What makes the evidence partial; roots that are absent or excluded count only where an operator named them."""
    yield from summary.shortfalls()
    if configured:
        for path, state in summary.roots.items():
            if state in {"absent", "excluded"}:
                yield f"configured root is {state}", path
