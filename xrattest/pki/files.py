"""Private files and directories: modes that no umask widens or narrows, and overwriting what must go."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Self

from xrattest.durable import atomic_file, sync_directory
from xrattest.errors import PkiError


def private_directory(base: Path, *parts: str) -> Path:
    """Make `base/parts…`, each part 0700 whatever the umask, and return it. Raises `OSError`."""
    if not base.is_dir():
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        base.chmod(0o700)
    directory = base
    for part in parts:
        directory /= part
        directory.mkdir(mode=0o700, exist_ok=True)
        if stat.S_IMODE(directory.stat().st_mode) != 0o700:
            directory.chmod(0o700)
    return directory


def replace_private(path: Path, content: bytes) -> None:
    """Write a 0600 file atomically, in place of what is there. Raises `OSError`."""
    with atomic_file(path, mode=0o600) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)


def write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a 0600 file atomically. Raises `FileExistsError` unless `replace`, `OSError`.

    A replaced file's old content is overwritten once the new one is in place.
    """
    if replace:
        with _opened_for_overwrite(path) as old:
            replace_private(path, content)
            old.overwrite()
        return
    # A hard link fails where a rename would replace: the one way to be both whole and first.
    whole = path.with_name(f".{path.name}.{os.urandom(6).hex()}.new")
    replace_private(whole, content)
    try:
        os.link(whole, path)
    finally:
        whole.unlink()
    sync_directory(path.parent)


def read_private(path: Path, *, limit: int) -> bytes:
    """Read a file that only its owner may read. Raises `PkiError` (others may read it, over the limit), `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PkiError(f"{path}: not a regular file")
        if status.st_mode & 0o077:
            raise PkiError(f"{path}: open to others (mode {stat.S_IMODE(status.st_mode):04o}), so the key may be known: "
                           "make a new key, or chmod 600 it")  # fmt: skip
        content = file.read(limit + 1)
    if len(content) > limit:
        raise PkiError(f"{path}: longer than {limit} bytes")
    return content


def destroy(path: Path) -> None:
    """Overwrite a file, then remove it. Raises `OSError`.

    The overwriting reaches the blocks that a plain file system rewrites in place; journals, snapshots, copy-on-write file
    systems and flash storage may keep the old ones.
    """
    with _opened_for_overwrite(path) as old:
        old.overwrite()
    path.unlink()
    sync_directory(path.parent)


class _Overwritable:
    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def overwrite(self) -> None:
        """Write random bytes over the whole content and force them to the disk."""
        if self._descriptor is None:
            return
        size = os.fstat(self._descriptor).st_size
        offset = 0
        while offset < size:
            offset += os.pwrite(self._descriptor, os.urandom(min(65536, size - offset)), offset)
        os.fsync(self._descriptor)


def _opened_for_overwrite(path: Path) -> _Overwritable:
    try:
        return _Overwritable(os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
    except FileNotFoundError:
        return _Overwritable(None)
