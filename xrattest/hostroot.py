"""The host that is attested, as a directory: paths are opened inside it and never lead out of it.

For the running host that directory is `/`; for an image or a mounted disk it is where that is mounted, and an absolute
link inside it means what it would mean after a boot from it. Resolution is the kernel's (`openat2(2)`,
`RESOLVE_IN_ROOT`), or component by component where the kernel or a sandbox has none.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

from xrattest._core.hostroot import Root  # noqa: TID251 - this is the face
from xrattest.errors import HostRootError, LimitError

_CHUNK = 1 << 16


class HostRoot:
    """A root directory whose files can be read, whatever links, fifos and devices it holds.

    Paths are `str` (surrogate escapes stand for raw bytes) or `bytes`, with or without a leading slash. Absent files and
    missing permission are the usual `OSError`; a path that cannot be opened inside the root (a magic link of procfs, a
    loop of links, a fifo or device where a file is read) is `HostRootError`.
    """

    def __init__(self, path: str | Path = "/", *, per_component: bool = False) -> None:
        self.path = Path(path).absolute()
        self.is_live = _is_same_directory(self.path)
        self._per_component = per_component
        self.native = Root(os.fsencode(self.path), per_component=per_component)
        """The native root, for the other faces of xrattest only."""

    def __repr__(self) -> str:
        return f"HostRoot({str(self.path)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickle, (str(self.path), self._per_component)

    def open(self, path: str | bytes, *, follow: bool = True, any_kind: bool = False) -> BinaryIO:
        """Open `path` for reading, without waiting and, where permitted, without moving its access time.

        `follow` says whether a link as the last component is followed; `any_kind` allows more than regular files. Raises
        `OSError`, `HostRootError`.
        """
        return os.fdopen(self.native.open(os.fsencode(path), follow=follow, any_kind=any_kind), "rb")

    def read_bytes(self, path: str | bytes, *, limit: int) -> bytes:
        """Return the content of a regular file of at most `limit` bytes. Raises `LimitError` beyond, `OSError`, `HostRootError`."""
        content = bytearray()
        descriptor = self.native.open(os.fsencode(path))
        try:
            while part := os.read(descriptor, min(_CHUNK, limit + 1 - len(content))):
                content += part
                if len(content) > limit:
                    raise LimitError(f"size of {os.fsdecode(path)} in bytes", limit)
        finally:
            os.close(descriptor)
        return bytes(content)

    def read_text(self, path: str | bytes, *, limit: int = 1 << 20) -> str:
        """Return the content as text; bytes that are not UTF-8 become surrogate escapes. Raises as `read_bytes`."""
        return self.read_bytes(path, limit=limit).decode("utf-8", "surrogateescape")

    def exists(self, path: str | bytes) -> bool:
        """Tell whether `path` leads to something; a link into nothing does not. Raises `OSError` where that cannot be seen."""
        try:
            os.close(self.native.open_path(os.fsencode(path)))
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR}:
                return False
            raise
        return True

    def stat(self, path: str | bytes, *, follow: bool = True) -> os.stat_result:
        """Return the attributes of what `path` names. Raises `OSError`, `HostRootError`."""
        descriptor = self.native.open_path(os.fsencode(path), follow=follow)
        try:
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def listdir(self, path: str | bytes) -> list[bytes]:
        """Return the names in a directory in the order of their bytes. Raises `OSError`, `HostRootError`."""
        descriptor = self.native.open_directory(os.fsencode(path))
        try:
            return sorted(os.fsencode(name) for name in os.listdir(descriptor))  # noqa: PTH208 - a descriptor, not a path
        finally:
            os.close(descriptor)

    def local_path(self, path: str | bytes) -> Path:
        """Return where a file lies on this system, for readers that take a path; its links are resolved inside the root.

        On the running host that is the path itself. Between this call and the reader's open a writer of the tree could
        still put a link in place: prefer `open`. Raises `OSError` when absent, `HostRootError`.
        """
        if self.is_live:
            return Path("/") / os.fsdecode(path)
        inside = Path(os.fsdecode(self.native.resolve(os.fsencode(path))))
        if inside.is_absolute() or ".." in inside.parts:
            raise HostRootError(f"{os.fsdecode(path)}: leads out of {self.path}")
        return self.path / inside


def _is_same_directory(path: Path) -> bool:
    return os.path.samestat(path.stat(), Path("/").stat())


def _unpickle(path: str, per_component: bool) -> HostRoot:
    return HostRoot(path, per_component=per_component)
