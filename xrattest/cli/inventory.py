"""`xrattest inventory`: take filesystem snapshots and show them."""

from __future__ import annotations

import json
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xrattest.cli.options import output_file, output_option, root_option, this_app
from xrattest.terminal import printable

if TYPE_CHECKING:
    from xrattest.inventory import Rules, SnapshotStore, SnapshotSummary

_COLUMNS = "{mode:<10} {size:>12} {digest:<18} {name}\n"


@click.group()
def inventory() -> None:
    """Take and show filesystem inventory snapshots."""


@inventory.command()
@root_option
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="DIR",
    help="Cover this path below the root instead of the configured ones (repeatable).",
)
@output_option
def snapshot(root: Path, paths: tuple[str, ...], output: Path | None) -> int:
    """Take a full snapshot now: keep it under the state directory, or write it as JSON with -o.

    Exits 3 when something could not be read; what that was stands on standard error.

    \b
    Example:
      xrattest inventory snapshot
      xrattest inventory snapshot --root /mnt/image --path /etc -o snapshot.json
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.hostroot import HostRoot
    from xrattest.inventory import write_snapshot

    host, rules, now = HostRoot(root), _rules(paths), datetime.now(UTC)
    with _progress() as progress:
        if output is None:
            stored, summary = _store().take(host, rules, time=now, progress=progress)
            done = f"block {stored.block}: {stored.path}"
        else:
            with output_file(output) as file:
                summary = write_snapshot(host, rules, file.fileno(), time=now, progress=progress)
            done = "snapshot written"
    return _report(summary, done, absent=paths)


@inventory.command()
@click.argument("block", type=click.IntRange(min=0), required=False)
@click.option("--json", "as_json", is_flag=True, help="The snapshot itself, as JSON.")
def show(block: int | None, *, as_json: bool) -> None:
    """Show a kept snapshot, the last one unless BLOCK is given: mode, size, digest and path of every file.

    \b
    Example:
      xrattest inventory show
      xrattest inventory show 3 --json | jq '.files[].name'
    """  # noqa: D301 - click's \b keeps the example's lines
    store = _store()
    stored = store.find(block)
    if as_json:
        with store.open(stored) as file:
            while part := file.read(1 << 18):
                sys.stdout.buffer.write(part)
        sys.stdout.buffer.write(b"\n")
        return
    sys.stdout.write(
        f"block {stored.block}, {stored.kind}, {stored.time:%Y-%m-%d %H:%M:%S} UTC, {stored.rows} files, "
        f"digest {stored.block_digest.hex()}\n"
    )
    sys.stdout.write(_COLUMNS.format(mode="mode", size="size", digest="digest", name="path"))
    for row in store.rows(stored):
        sys.stdout.write(_line(json.loads(row)))


def _line(row: dict[str, Any]) -> str:
    digests = {digest["algorithm"]: digest["digest-value"] for digest in row.get("digest", ())}
    shown = digests.get("sha256") or digests.get("blake3")
    name, target = row["name"], row.get("link-target")
    return _COLUMNS.format(
        mode=stat.filemode(row["meta"]["mode"]),
        size=row["meta"]["size"],
        digest=f"{shown[:16]}…" if shown else row.get("digest-missing", ""),
        name=printable(name if target is None else f"{name} -> {target}"),
    )


def _store() -> SnapshotStore:
    from xrattest.inventory import SnapshotStore

    return SnapshotStore(this_app().locations.state_dir / "inventory")


def _rules(paths: tuple[str, ...]) -> Rules:
    """The rules that the collector uses, too, with the roots replaced by those named here."""
    from pydantic import ValidationError

    from xrattest.errors import ConfigError
    from xrattest.inventory import RulesOptions

    section = dict(this_app().settings.plugin.get("filesystem", {}))
    if paths:
        section["roots"] = list(paths)
    try:
        return RulesOptions.model_validate(section).rules()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"plugin.filesystem.{where}: {first['msg']}") from error


def _report(summary: SnapshotSummary, done: str, absent: tuple[str, ...]) -> int:
    shortfalls = summary.shortfalls()
    named = [path for path in summary.roots if path.rstrip("/") in {name.rstrip("/") for name in absent}]
    shortfalls += [
        ("root is " + summary.roots[path], path) for path in named if summary.roots[path] == "absent"
    ]
    sys.stderr.write(f"{done}: {summary.rows} files, block digest {summary.block_digest.hex()}\n")
    for reason, path in shortfalls:
        sys.stderr.write(printable(f"  {path}: {reason}" if path else f"  {reason}") + "\n")
    return 3 if shortfalls else 0


@contextmanager
def _progress() -> Iterator[Callable[[int, int, bytes], None] | None]:
    """Yield what draws progress, at most ten times a second, or None where nobody looks."""
    console = this_app().stderr
    if not console.is_terminal:
        yield None
        return
    with console.status("walking…") as status:
        last = 0.0

        def draw(rows: int, hashed: int, path: bytes) -> None:
            nonlocal last
            if time.monotonic() - last < 0.1:
                return
            last = time.monotonic()
            from rich.markup import escape

            name = escape(printable(path.decode("utf-8", "replace")))
            status.update(f"{rows:,} files, {hashed >> 20:,} MiB hashed  {name}")

        yield draw
