"""Options of commands that read a measurement list, and the list that they name."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from xrattest import ima as lists
from xrattest.cli.options import max_size_option
from xrattest.errors import AsciiListWarning, Unavailable

log_option = click.option(
    "--log",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="A list, binary or ascii, plain, gzip or zstd; - is standard input. [default: the running kernel's]",
)
size_option: Callable[[Callable[..., Any]], Callable[..., Any]] = max_size_option(
    lists.DEFAULT_MAX_SIZE, "a list"
)


@contextmanager
def open_list(path: Path | None) -> Iterator[IO[bytes]]:
    """Open the named input, or the running kernel's list; afterwards tell what an ascii list left open.

    Raises `OSError`, `Unavailable`.
    """
    if path is not None and str(path) == "-":
        with ascii_lists_told():
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
    with file, ascii_lists_told():
        yield file


@contextmanager
def ascii_lists_told() -> Iterator[None]:
    """Write every `AsciiListWarning` of the block as a line on standard error; other warnings go their way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AsciiListWarning)
        try:
            yield
        finally:
            told = [one.message for one in caught if isinstance(one.message, AsciiListWarning)]
            rest = [one for one in caught if not isinstance(one.message, AsciiListWarning)]
    for one in rest:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    # A list that is read twice leaves the same open twice.
    for message in {str(one): one for one in told}.values():
        tell(message)


def tell(message: AsciiListWarning, where: str = "") -> None:
    """Write what an ascii list left open as one line on standard error."""
    click.echo(f"xrattest: {where}{message}", err=True)


def _why_absent() -> str:
    filesystems = Path("/proc/filesystems")
    known = filesystems.read_text(encoding="ascii") if filesystems.exists() else ""
    return lists.why_absent(lambda path: Path(path).exists(), known)
