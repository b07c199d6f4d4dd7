"""The configuration file and its commits, consistent at every instant.

Order of a commit: validate whole · pending record · rename of the file · pending record becomes the finished one. A crash
between any two leaves the old file or the new one; the next writer finishes the pending record when the file is the new one
and drops it when it is not. Reading never writes: until then a reader sees a commit whose file is in place as finished.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xrattest.config import document
from xrattest.config.commits import FIRST_ID, Commit, CommitDirectory
from xrattest.config.document import Sections
from xrattest.config.locations import Locations
from xrattest.config.model import Settings
from xrattest.durable import atomic_file, exclusive_lock
from xrattest.errors import ConfigError

_HAND_EDIT = "edited by hand, adopted as it was found"


def _now() -> datetime:
    return datetime.now(UTC)


class ConfigStore:
    """One TOML file and the directory of its commits. `sections` are the models of plugins that are loaded."""

    def __init__(
        self,
        path: Path,
        history_dir: Path,
        *,
        sections: Sections | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.path = path
        self.sections: Sections = sections or {}
        self._commits = CommitDirectory(history_dir)
        self._clock = clock

    @classmethod
    def at(cls, locations: Locations, *, sections: Sections | None = None) -> ConfigStore:
        """Return the store of a run's configuration file."""
        return cls(locations.config_file, locations.history_dir, sections=sections)

    def text(self) -> str:
        """Return the file's text, empty when there is no file. Raises `ConfigError`."""
        try:
            raw = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}") from error
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.path}: not UTF-8 at byte {error.start}") from error

    def load(self) -> Settings:
        """Return the configuration, defaults where nothing is written; never writes. Raises `ConfigError`."""
        try:
            return document.validate(self.text(), self.sections)
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {str(error).removeprefix('configuration: ')}") from error

    def set(self, key: str, value: Any, *, user: str, **remarks: str | None) -> Commit:  # noqa: ANN401 - any TOML value
        """Commit `key` (a dotted path) as `value`; remarks are label, comment and client. Raises `ConfigError`."""
        return self.commit(lambda text: document.set_key(text, key, value), user=user, **remarks)

    def delete(self, key: str, *, user: str, **remarks: str | None) -> Commit:
        """Commit the removal of `key`, so that its default holds again. Raises `ConfigError`."""
        return self.commit(lambda text: document.delete_key(text, key), user=user, **remarks)

    def rollback(self, commit_id: str, *, user: str, **remarks: str | None) -> Commit:
        """Make a new commit with the text of an older one; a hand edit that is invalid is set aside, not lost.

        Raises `ConfigError` when there is no such commit or its text is no longer valid.
        """
        remarks.setdefault("comment", f"rollback to {commit_id}")
        with self._writer(set_aside=True) as head:
            return self._commit(head, self.find(commit_id).text, user=user, **remarks)

    def commit(self, edit: Callable[[str], str], *, user: str, **remarks: str | None) -> Commit:
        """Apply `edit` to the text, validate the result whole, and commit it. Raises `ConfigError`."""
        with self._writer() as head:
            return self._commit(head, edit(self.text()), user=user, **remarks)

    def history(self) -> list[Commit]:
        """Return the commits, oldest first, one whose record is not finished but whose file is in place included."""
        commits = [self._commits.read(commit_id) for commit_id in self._commits.ids()]
        pending = self._commits.pending()
        if (
            pending is not None
            and pending.text == self.text()
            and pending.id not in {commit.id for commit in commits}
        ):
            commits.append(pending)
        return commits

    def hand_edited(self) -> bool:
        """Tell whether the file differs from its last commit: the next writer adopts it as a commit of its own."""
        commits = self.history()
        return self.text() != (commits[-1].text if commits else "")

    def find(self, commit_id: str) -> Commit:
        """Return a commit by id. Raises `ConfigError`."""
        for commit in reversed(self.history()):
            if commit.id == commit_id:
                return commit
        return self._commits.read(commit_id)

    def diff(self, older: str, newer: str | None = None) -> str:
        """Return the unified diff from commit `older` to commit `newer`, or to the file as it is. Raises `ConfigError`."""
        after = self.text() if newer is None else self.find(newer).text
        return _diff(self.find(older).text, after, older, newer or "current")

    @contextmanager
    def _writer(self, *, set_aside: bool = False) -> Iterator[Commit | None]:
        """Hold the writers' lock, mend what a crash left, adopt a hand edit; yields the last commit."""
        try:
            self._commits.create()
            with exclusive_lock(self._commits.path / ".lock"):
                self._recover()
                yield self._adopt(set_aside=set_aside)
        except OSError as error:
            raise ConfigError(
                f"{error.filename or self.path}: {error.strerror}: nothing was committed"
            ) from error

    def _recover(self) -> None:
        pending = self._commits.pending()
        if pending is None:
            return
        if pending.text == self.text():
            self._commits.finish(pending)
        else:
            self._commits.drop()

    def _adopt(self, *, set_aside: bool) -> Commit | None:
        ids = self._commits.ids()
        head = self._commits.read(ids[-1]) if ids else None
        text = self.text()
        if text == (head.text if head else ""):
            return head
        try:
            document.validate(text, self.sections)
        except ConfigError as error:
            if not set_aside:
                raise ConfigError(
                    f"{self.path} was edited by hand and is not valid: {error}: mend or roll it back"
                ) from error
            self._set_aside(text)
            return head
        adopted = self._record(head, text, user=_owner(self.path), comment=_HAND_EDIT, client="file")
        self._commits.begin(adopted)
        self._commits.finish(adopted)
        return adopted

    def _set_aside(self, text: str) -> None:
        place = self._commits.path / f"invalid-{self._clock():%Y%m%dT%H%M%S.%fZ}.toml"
        with atomic_file(place, mode=0o600) as file:
            file.write(text.encode())

    def _commit(self, head: Commit | None, text: str, *, user: str, **remarks: str | None) -> Commit:
        document.validate(text, self.sections)
        if text == self.text():
            raise ConfigError("nothing to commit: the configuration already is so")
        commit = self._record(head, text, user=user, **remarks)
        self._commits.begin(commit)
        with atomic_file(self.path, mode=0o600) as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text.encode())
        self._commits.finish(commit)
        return commit

    def _record(  # noqa: PLR0913 - a commit has that many facts
        self,
        head: Commit | None,
        text: str,
        *,
        user: str,
        label: str | None = None,
        comment: str | None = None,
        client: str | None = "cli",
    ) -> Commit:
        commit_id = str(int(head.id) + 1 if head else FIRST_ID)
        time = self._clock().astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        difference = _diff(head.text if head else "", text, head.id if head else "empty", commit_id)
        return Commit(commit_id, time, user, client or "cli", label, comment, text, difference)


def _owner(path: Path) -> str:
    try:
        return f"uid {path.stat().st_uid} (owner of the file)"
    except OSError:
        return "unknown"


def _diff(before: str, after: str, old_name: str, new_name: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"commit {old_name}", f"commit {new_name}", lineterm=""
    )
    return "".join(f"{line}\n" for line in lines)
