"""Options of commands that read a measurement list, and the list that they name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from xrattest import ima as lists
from xrattest.cli.options import max_size_option
from xrattest.errors import Unavailable

log_option = click.option(
    "--log",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="A binary list, plain, gzip or zstd; - is standard input. [default: the running kernel's]",
)
size_option: Callable[[Callable[..., Any]], Callable[..., Any]] = max_size_option(
    lists.DEFAULT_MAX_SIZE, "a list"
)


@contextmanager
def open_list(path: Path | None) -> Iterator[IO[bytes]]:
    """Open the named input, or the running kernel's list. Raises `OSError`, `Unavailable`."""
    if path is not None and str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = (path or Path(lists.LIVE_LIST)).open("rb")
    except FileNotFoundError as error:
        if path is not None:
            raise
        raise Unavailable(f"{_why_absent()}; or name a saved list with --log") from error
    except PermissionError as error:
        if path is not None:
            raise
        raise Unavailable(
            f"no permission to read {lists.LIVE_LIST}; run as root, or name a saved list with --log"
        ) from error
    with file:
        yield file


def _why_absent() -> str:
    filesystems = Path("/proc/filesystems")
    known = filesystems.read_text(encoding="ascii") if filesystems.exists() else ""
    return lists.why_absent(lambda path: Path(path).exists(), known)
