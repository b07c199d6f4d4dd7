"""Take one snapshot and write it straight to a descriptor."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xrattest._core import walk as native  # noqa: TID251 - this is the face
from xrattest.errors import InputError
from xrattest.hostroot import HostRoot
from xrattest.inventory.rules import Rules

NO_PARENT = bytes(32)
"""Parent digest of a block that has none."""

Progress = Callable[[int, int, bytes], object]
"""Called with rows so far, bytes hashed so far and the last path."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """What a snapshot holds and what it lacks. Paths are text with surrogate escapes for bytes that are not UTF-8."""

    block: int
    rows: int
    hashed_bytes: int
    block_digest: bytes
    roots: dict[str, str]
    """Each configured root: `walked`, `absent`, `excluded` or `unreadable`."""
    missing: dict[str, int]
    """How many files have no digest, by reason; reasons without a file are left out."""
    xattrs_unread: int
    vanished: int
    """Names that were listed and gone a moment later."""
    problems: tuple[tuple[str, str], ...]
    """Path and reason of what could not be read, the first thousand."""
    problem_count: int

    def shortfalls(self) -> list[tuple[str, str | None]]:
        """Return every respect in which the snapshot is not whole, as reason and path (None where it is a count).

        What the rules themselves leave out (`too-big`, `special`, absent roots) is none.
        """
        found: list[tuple[str, str | None]] = [(reason, path) for path, reason in self.problems]
        untold = self.problem_count - len(self.problems)
        if untold:
            found.append((f"{untold} more files or directories could not be read", None))
        found += [
            (f"files without a digest ({reason}): {self.missing[reason]}", None)
            for reason in ("denied", "changed-while-read", "timeout")
            if reason in self.missing
        ]
        if self.xattrs_unread:
            found.append((f"files whose extended attributes could not be read: {self.xattrs_unread}", None))
        return found


def write_snapshot(  # noqa: PLR0913 - all but the first three have names and defaults
    root: HostRoot,
    rules: Rules,
    descriptor: int,
    *,
    time: datetime,
    block: int = 0,
    parent: bytes = NO_PARENT,
    gzip: bool = False,
    progress: Progress | None = None,
) -> SnapshotSummary:
    """Walk `root` by `rules` and write a full snapshot to `descriptor` as one JSON object.

    Its members are those of a snapshot in formats.md section 4: `snapshot-block-no`, `snap-time`, `snapshot-type`,
    `container`, `boot-id` (the running host only), `parent-digest`, `rules`, `rules-digest`, `files` (a row per line),
    `roots`, `vanished`, `block-digest`. `time` is timezone-aware; `parent` is the block digest of the block before. Memory
    grows with the largest directory, not with the rows. Raises `OSError` when writing fails or the root cannot be opened,
    and whatever `progress` raises.
    """
    if len(parent) != len(NO_PARENT):
        raise InputError(f"parent digest of {len(parent)} bytes instead of {len(NO_PARENT)}")
    boot = _boot_id(root)
    head = {
        "snapshot-block-no": block,
        "snap-time": time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "snapshot-type": "full",
        "container": "container-host",
        **({"boot-id": str(boot)} if boot else {}),
        "parent-digest": parent.hex(),
        "rules": rules.to_json(),
        "rules-digest": rules.digest.hex(),
    }
    summary = native.write_full(
        root.native,
        rules.native,
        descriptor,
        head=json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()[:-1],
        parent=parent,
        block=block,
        time=(time - _EPOCH) // timedelta(microseconds=1),
        boot_id=boot.bytes if boot else bytes(16),
        threads=rules.threads,
        gzip=gzip,
        progress=progress,
    )
    return SnapshotSummary(
        block=block,
        rows=summary.rows,
        hashed_bytes=summary.hashed_bytes,
        block_digest=summary.block_digest,
        roots={os.fsdecode(path): state for path, state in summary.roots},
        missing=dict(summary.missing),
        xattrs_unread=summary.xattrs_unread,
        vanished=summary.vanished,
        problems=tuple((os.fsdecode(path), reason) for path, reason in summary.problems),
        problem_count=summary.problem_count,
    )


def _boot_id(root: HostRoot) -> uuid.UUID | None:
    """Return the kernel's id of this boot (Documentation/admin-guide/sysctl/kernel.rst, random), for the live root only."""
    if not root.is_live:
        return None
    try:
        return uuid.UUID(root.read_text("/proc/sys/kernel/random/boot_id", limit=100).strip())
    except (OSError, ValueError):
        return None
