"""Options of commands that read an event log, and the log that they name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from xrattest import bootlog
from xrattest.cli.options import max_size_option
from xrattest.errors import Unavailable

log_option = click.option(
    "--log",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="An event log, plain, gzip or zstd; - is standard input. [default: the running kernel's]",
)
size_option: Callable[[Callable[..., Any]], Callable[..., Any]] = max_size_option(
    bootlog.DEFAULT_MAX_SIZE, "a log"
)


@contextmanager
def open_log(path: Path | None) -> Iterator[IO[bytes]]:
    """Open the named log, or the running kernel's. Raises `OSError`, `Unavailable`."""
    if path is not None and str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = (path or Path(bootlog.LIVE_LOG)).open("rb")
    except FileNotFoundError as error:
        if path is not None:
            raise
        why = bootlog.why_absent(lambda name: Path(name).exists())
        raise Unavailable(f"no event log: {why}; or name a saved log with --log") from error
    except PermissionError as error:
        if path is not None:
            raise
        raise Unavailable(
            f"no permission to read {bootlog.LIVE_LOG}; run as root, or name a saved log with --log"
        ) from error
    with file:
        yield file
