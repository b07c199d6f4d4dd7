"""Build and fingerprint trees of files that stand for a host."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link to `target`."""

    target: str


Content = str | bytes | Symlink | None
"""Text, bytes, a link, or None for a directory."""


def build_tree(top: Path, files: Mapping[str | bytes, Content]) -> Path:
    """Make `files` (paths relative to `top`; bytes for names that are no UTF-8) with their parents; return `top`."""
    for name, content in files.items():
        path = top / os.fsdecode(name).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        elif isinstance(content, Symlink):
            path.symlink_to(content.target)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return top


def tree_state(top: Path) -> dict[str, tuple[object, ...]]:
    """Return what a collector must leave as it is: names, modes, owners, sizes, times of change, contents, links."""
    return {os.path.relpath(path, top): _state(path) for path in [top, *sorted(top.rglob("*"))]}


def _state(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    content = None
    if path.is_symlink():
        content = str(path.readlink())
    elif path.is_file():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return (
        status.st_mode,
        status.st_uid,
        status.st_gid,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        content,
    )
