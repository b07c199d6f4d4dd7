"""The record of a commit, and the directory that keeps them: one immutable file each, plus at most one pending."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xrattest.durable import atomic_file, sync_directory
from xrattest.errors import ConfigError

FIRST_ID = 1_000_000_001
_PENDING = "pending.json"
_RECORD = re.compile(r"([0-9]{10})\.json")
_TEXT_FIELDS = ("id", "time", "user", "client", "text")


def digest(text: str) -> str:
    """Return the SHA-256 of a configuration text, lower-case hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Commit:
    """One state of the configuration and who made it. `time` is RFC 3339 in UTC; `text` is the whole file."""

    id: str
    time: str
    user: str
    client: str
    label: str | None
    comment: str | None
    text: str
    diff: str
    """Unified diff against the commit before."""

    def summary(self) -> dict[str, Any]:
        """Return everything but text and diff, as JSON."""
        return {key: getattr(self, key) for key in ("id", "time", "user", "client", "label", "comment")}

    def to_json(self) -> dict[str, Any]:
        """Return the record as it is stored."""
        return {**self.summary(), "sha256": digest(self.text), "diff": self.diff, "text": self.text}

    @classmethod
    def from_json(cls, raw: bytes, place: Path) -> Commit:
        """Read a stored record. Raises `ConfigError` when it is damaged."""
        try:
            return cls(**_fields(json.loads(raw)))
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigError(f"{place}: damaged commit record: {error}") from error


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    if not all(isinstance(record[key], str) for key in (*_TEXT_FIELDS, "diff")):
        raise TypeError("a field has the wrong type")
    if record["sha256"] != digest(record["text"]):
        raise ValueError("its digest does not match its text")
    return {key: record[key] for key in (*_TEXT_FIELDS, "label", "comment", "diff")}


class CommitDirectory:
    """`<id>.json` per commit; `pending.json` from before the configuration file is replaced until after."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the directory, open to its owner alone. Raises `OSError`."""
        self.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700, exist_ok=True)
        self.path.chmod(0o700)

    def ids(self) -> list[str]:
        """Return the ids of finished commits, oldest first."""
        try:
            names = [entry.name for entry in self.path.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(match[1] for name in names if (match := _RECORD.fullmatch(name)))

    def read(self, commit_id: str) -> Commit:
        """Return one finished commit. Raises `ConfigError` when there is none or it is damaged."""
        place = self._record(commit_id)
        try:
            return Commit.from_json(place.read_bytes(), place)
        except FileNotFoundError as error:
            raise ConfigError(f"no commit {commit_id}: `xrattest config history` lists them") from error

    def pending(self) -> Commit | None:
        """Return the commit that a writer began and did not finish. Raises `ConfigError` when it is damaged."""
        place = self.path / _PENDING
        try:
            return Commit.from_json(place.read_bytes(), place)
        except FileNotFoundError:
            return None

    def begin(self, commit: Commit) -> None:
        """Write the pending record. Raises `OSError`."""
        with atomic_file(self.path / _PENDING, mode=0o600) as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(json.dumps(commit.to_json(), ensure_ascii=False, indent=1).encode() + b"\n")

    def finish(self, commit: Commit) -> None:
        """Turn the pending record into the finished one, in one rename. Raises `OSError`."""
        (self.path / _PENDING).rename(self._record(commit.id))
        sync_directory(self.path)

    def drop(self) -> None:
        """Remove the pending record. Raises `OSError`."""
        (self.path / _PENDING).unlink(missing_ok=True)
        sync_directory(self.path)

    def _record(self, commit_id: str) -> Path:
        if not re.fullmatch("[0-9]{10}", commit_id):
            raise ConfigError(f"{commit_id!r} is no commit id: ten digits, such as {FIRST_ID}")
        return self.path / f"{commit_id}.json"
