"""`xrattest ima`: read, replay, compact and expand IMA measurement lists. It needs neither a plugin nor a host."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from xrattest import ima as lists
from xrattest.cli.options import max_size_option, output_file, output_option, this_app
from xrattest.errors import Unavailable
from xrattest.terminal import printable

if TYPE_CHECKING:
    from rich.table import Table

BANKS = ("sha1", "sha256", "sha384", "sha512")
_PAGE = 500

log_option = click.option(
    "--log",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="A binary list, plain, gzip or zstd; - is standard input. [default: the running kernel's]",
)
size_option: Callable[[Callable[..., Any]], Callable[..., Any]] = max_size_option(
    lists.DEFAULT_MAX_SIZE, "a list"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def ima() -> None:
    """Read, replay, compact and expand IMA measurement lists.

    \b
    Example:
      xrattest ima replay --log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines


@ima.command()
@log_option
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object per line, with the leaves of IMA-EVENT."
)
@size_option
def show(log: Path | None, as_json: bool, max_size: int) -> None:
    """Show the entries of a list.

    \b
    Example:
      xrattest ima show --json --log list.gz | head -1
    """  # noqa: D301 - click's \b keeps the example's lines
    with _open(log) as source:
        if as_json:
            lists.write_events(source, sys.stdout.buffer, layout="lines", max_size=max_size)
            return
        entries = lists.read(source, max_size=max_size)
        # Columns of one width, page after page: a list may have millions of rows.
        while page := list(islice(entries, _PAGE)):
            this_app().stdout.print(_table(page))


@ima.command()
@log_option
@click.option(
    "--bank",
    "banks",
    multiple=True,
    type=click.Choice(BANKS),
    help="PCR bank, repeatable. [default: sha1, sha256]",
)
@size_option
@click.pass_context
def replay(ctx: click.Context, log: Path | None, banks: tuple[str, ...], max_size: int) -> None:
    """Print the PCR values that a list leads to, and check every template hash on the way.

    Entries whose template hash is wrong are named on standard error, and the exit status is 1.

    \b
    Example:
      xrattest ima replay --bank sha256 --log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with _open(log) as source:
        result = lists.replay(source, list(dict.fromkeys(banks)) or BANKS[:2], max_size=max_size)
    for bank, pcrs in result.pcrs.items():
        for index, value in pcrs.items():
            click.echo(f"{bank}:{index}:{value.hex()}")
    if result.entries == 0:
        click.echo("xrattest: the list is empty: no PCR is extended", err=True)
    for mismatch in result.mismatches:
        click.echo(f"entry {mismatch.number} at byte {mismatch.offset}: the template hash of its data is {mismatch.computed.hex()}, "
                   "not what the list says", err=True)  # fmt: skip
    if not result.is_consistent:
        click.echo(
            f"xrattest: {result.mismatch_count} of {result.entries} template hashes are wrong", err=True
        )
        ctx.exit(1)


@ima.command()
@log_option
@click.option("--profile", type=click.Choice(["xr", "minimal"]), default="xr", show_default=True,
              help="xr: readable with protobuf alone; minimal: smallest.")  # fmt: skip
@output_option
@size_option
def compact(log: Path | None, profile: Any, output: Path | None, max_size: int) -> None:  # noqa: ANN401 - one of two words
    """Write a list as protobuf blocks, from which `expand` gives back every byte.

    \b
    Example:
      xrattest ima compact --profile minimal --log binary_runtime_measurements -o list.pb
    """  # noqa: D301 - click's \b keeps the example's lines
    with _open(log) as source, output_file(output) as out:
        lists.compact(source, out, profile, collected_at=datetime.now(UTC), max_size=max_size)


@ima.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@output_option
@size_option
def expand(file: Path, output: Path | None, max_size: int) -> None:
    """Write the kernel's binary list of compact blocks.

    \b
    Example:
      xrattest ima expand list.pb -o binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with _open(file) as source, output_file(output) as out:
        lists.expand(source, out, max_size=max_size)


@contextmanager
def _open(path: Path | None) -> Iterator[IO[bytes]]:
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


def _table(entries: list[lists.Entry]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False)
    for title in ("event", "pcr"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("template", "template hash", "digest", "name"):
        table.add_column(title, overflow="fold")
    for entry in entries:
        cells = (
            str(entry.number),
            str(entry.pcr),
            entry.template,
            _hash(entry),
            _digest(entry),
            _name(entry),
        )
        # Text, not str: a file name is never markup.
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _hash(entry: lists.Entry) -> str:
    return "violation" if entry.is_violation else entry.template_hash.hex()


def _digest(entry: lists.Entry) -> str:
    if entry.digest is None:
        return f"({len(entry.template_data)} bytes of template data)"
    return f"{entry.algorithm}:{entry.digest.hex()}" if entry.algorithm else entry.digest.hex()


def _name(entry: lists.Entry) -> str:
    """Return the name on one line, whatever control characters an attacker put into it."""
    return printable((entry.name or b"").decode("utf-8", "backslashreplace"))
