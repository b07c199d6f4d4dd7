"""SHA-256 (FIPS 180-4) and BLAKE3 of a file, a stream or bytes, both from one read.

Files are read and never mapped, the GIL is released meanwhile, and a file that changes while it is read is an error
instead of the digest of a mixture.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xrattest._core import hash as native  # noqa: TID251 - this is the face


@dataclass(frozen=True, slots=True)
class FileDigest:
    """How many bytes were read, and their digests of 32 bytes each; None for one that was not asked for."""

    size: int
    sha256: bytes | None
    blake3: bytes | None


class HasDescriptor(Protocol):
    """An open file, socket or pipe."""

    def fileno(self) -> int:
        """Return its descriptor."""


def digest_file(
    path: str | bytes | Path, *, sha256: bool = True, blake3: bool = True, retries: int = 1
) -> FileDigest:
    """Digest a regular file, links followed.

    Size, times, inode and device before and after the read must agree; else it is read again, `retries` times. Raises
    `ChangedWhileReadError` when it changed every time, `OSError` when it is no regular file or cannot be read.
    """
    return FileDigest(*native.digest_file(os.fsencode(path), sha256, blake3, retries))


def digest_stream(
    file: HasDescriptor | int, *, sha256: bool = True, blake3: bool = True, buffer: int = native.BUFFER
) -> FileDigest:
    """Digest an open file from its descriptor's position to its end, `buffer` bytes per read.

    What a Python file object has read ahead into its own buffer is not seen again: hand over one that was not read from.
    Raises `OSError` (`BlockingIOError` for a non-blocking pipe without data).
    """
    descriptor = file if isinstance(file, int) else file.fileno()
    name = f"descriptor {descriptor}".encode()
    return FileDigest(*native.digest_descriptor(descriptor, name, sha256, blake3, buffer))


def digest_bytes(data: bytes, *, sha256: bool = True, blake3: bool = True) -> FileDigest:
    """Digest bytes in memory."""
    return FileDigest(*native.digest_bytes(data, sha256, blake3))
