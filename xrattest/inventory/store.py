"""Snapshots kept under the state directory: one immutable compressed file each, and a catalogue.

A block is committed in this order: temporary file, fsync, rename, fsync of the directory, catalogue row. So a file without
a row is what a crash left behind; the next writer removes it and its number is used again.
"""

from __future__ import annotations

import gzip
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from xrattest.durable import atomic_file, exclusive_lock, sync_directory
from xrattest.errors import InputError
from xrattest.hostroot import HostRoot
from xrattest.inventory.rules import Rules
from xrattest.inventory.snapshot import NO_PARENT, Progress, SnapshotSummary, write_snapshot

_FILE = re.compile(r"\.?block-\d{8,}\.json\.gz(\..*\.tmp)?")
_LONGEST_ROW = 1 << 26
_SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshot (
    block INTEGER PRIMARY KEY, kind TEXT NOT NULL, time TEXT NOT NULL, file TEXT NOT NULL UNIQUE,
    row_count INTEGER NOT NULL, parent_digest BLOB NOT NULL, block_digest BLOB NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """A committed block."""

    block: int
    kind: str
    time: datetime
    path: Path
    rows: int
    parent_digest: bytes
    block_digest: bytes


class SnapshotStore:
    """The blocks in a directory, which is made on the first write and readable by its owner alone."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def take(
        self, root: HostRoot, rules: Rules, *, time: datetime, progress: Progress | None = None
    ) -> tuple[StoredSnapshot, SnapshotSummary]:
        """Take a full snapshot and commit it as the next block. Raises `OSError`, `InputError` for a damaged catalogue."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with exclusive_lock(self.directory / "lock"), self._catalogue(write=True) as catalogue:
            self._drop_orphans(catalogue)
            last = self._last(catalogue)
            block = last.block + 1 if last else 0
            parent = last.block_digest if last else NO_PARENT
            path = self.directory / f"block-{block:08d}.json.gz"
            with atomic_file(path, mode=0o600) as file:
                summary = write_snapshot(
                    root,
                    rules,
                    file.fileno(),
                    time=time,
                    block=block,
                    parent=parent,
                    gzip=True,
                    progress=progress,
                )
            stored = StoredSnapshot(block, "full", time, path, summary.rows, parent, summary.block_digest)
            self._commit(catalogue, stored)
        return stored, summary

    def snapshots(self) -> list[StoredSnapshot]:
        """Return the committed blocks in the order of their numbers."""
        if not (self.directory / "catalogue.sqlite").exists():
            return []
        with self._catalogue(write=False) as catalogue:
            return [self._stored(row) for row in catalogue.execute("SELECT * FROM snapshot ORDER BY block")]

    def find(self, block: int | None = None) -> StoredSnapshot:
        """Return a block, the last one for None. Raises `InputError` where there is none."""
        found = [stored for stored in self.snapshots() if block is None or stored.block == block]
        if not found:
            what = "no snapshot" if block is None else f"no snapshot with number {block}"
            raise InputError(f"{self.directory}: {what}; take one with `xrattest inventory snapshot`")
        return found[-1]

    @staticmethod
    @contextmanager
    def open(stored: StoredSnapshot) -> Iterator[BinaryIO]:
        """Yield the JSON text of a block. Raises `OSError`; reading a damaged file raises `InputError`."""
        try:
            with gzip.open(stored.path, "rb") as file:
                yield file  # type: ignore[misc] # GzipFile reads as a binary file does
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"{stored.path}: damaged: {error}") from error

    def rows(self, stored: StoredSnapshot) -> Iterator[bytes]:
        """Yield the JSON text of each row of a block, one in memory at a time. Raises `InputError` for a damaged file."""
        with self.open(stored) as file:
            self._line(file, stored)
            while (line := self._line(file, stored)) and not line.startswith(b"]"):
                yield line.rstrip(b"\n").removesuffix(b",")

    @staticmethod
    def _line(file: BinaryIO, stored: StoredSnapshot) -> bytes:
        line = file.readline(_LONGEST_ROW)
        if not line or len(line) == _LONGEST_ROW:
            raise InputError(f"{stored.path}: damaged: a row without an end")
        return line

    @contextmanager
    def _catalogue(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        path = self.directory / "catalogue.sqlite"
        mode = "rwc" if write else "ro"
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                if write:
                    connection.execute(_SCHEMA)
                    connection.commit()
                    sync_directory(self.directory)
                yield connection
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path}: {error}") from error

    def _stored(self, row: tuple[int, str, str, str, int, bytes, bytes]) -> StoredSnapshot:
        block, kind, time, file, rows, parent, digest = row
        return StoredSnapshot(
            block, kind, datetime.fromisoformat(time), self.directory / file, rows, parent, digest
        )

    def _last(self, catalogue: sqlite3.Connection) -> StoredSnapshot | None:
        row = catalogue.execute("SELECT * FROM snapshot ORDER BY block DESC LIMIT 1").fetchone()
        return self._stored(row) if row else None

    @staticmethod
    def _commit(catalogue: sqlite3.Connection, stored: StoredSnapshot) -> None:
        values = (
            stored.block, stored.kind, stored.time.isoformat(), stored.path.name, stored.rows, stored.parent_digest,
            stored.block_digest,
        )  # fmt: skip
        with catalogue:
            catalogue.execute("INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _drop_orphans(self, catalogue: sqlite3.Connection) -> None:
        known = {name for (name,) in catalogue.execute("SELECT file FROM snapshot")}
        for path in self.directory.iterdir():
            if _FILE.fullmatch(path.name) and path.name not in known:
                path.unlink()
