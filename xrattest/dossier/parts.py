"""A part of a selector as it was collected: its result, and its body in a spool file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from xrattest.evidence import Model, ResultCode
from xrattest.strictjson import Member


@dataclass(frozen=True, slots=True)
class CollectedPart:
    """What one collector contributed to a selector; made by `xrattest.plugin.runner`, merged by `selectors`."""

    selector: str
    part: str
    plugin: str
    """The plugin's name (its entry point)."""
    version: str
    """Version of the plugin's distribution."""
    model: Model
    code: ResultCode
    start: datetime
    end: datetime
    reason: str | None = None
    """Why there is no body; set when `code` is Unavailable or Failure, and only then."""
    problems: tuple[dict[str, str], ...] = ()
    """`reason`, and `path` where there is one; set when `code` is Partial."""
    body: Path | None = None
    """File that holds the body, one JSON object."""
    members: tuple[Member, ...] = ()
    """The body's top-level members, as byte ranges of `body`."""


class Spools:
    """Temporary files without a name: whatever ends this process, even SIGKILL, leaves none of them behind."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or spool_directory()
        self._files = ExitStack()

    def file(self) -> IO[bytes]:
        """Return a new empty file, open until `close`. Raises `OSError`."""
        return self._files.enter_context(tempfile.TemporaryFile(dir=self._directory, prefix="xrattest-"))

    def close(self) -> None:
        """Close, and so remove, every file."""
        self._files.close()


@contextmanager
def spools(directory: Path | None = None) -> Iterator[Spools]:
    """Yield `Spools` that are closed when the block ends."""
    made = Spools(directory)
    try:
        yield made
    finally:
        made.close()


def spool_directory() -> Path:
    """Return where spools lie: `TMPDIR`, else /var/tmp, since /tmp is memory on many hosts, else Python's choice."""
    chosen = os.environ.get("TMPDIR") or "/var/tmp"  # noqa: S108 - files there have no name and mode 0600
    return Path(chosen) if os.access(chosen, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def path_of(file: IO[bytes]) -> Path:
    """Return a path by which this process can open a file without a name again (proc(5), /proc/self/fd)."""
    return Path(f"/proc/self/fd/{file.fileno()}")
