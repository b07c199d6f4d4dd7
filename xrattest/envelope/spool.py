"""Copies of what cannot be read twice (pipes, standard input) or may change meanwhile, for our eyes only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from xrattest.errors import LimitError

_CHUNK = 1 << 20


def copy_to_spool(source: IO[bytes], spool: Path, *, max_size: int, what: str) -> int:
    """Copy `source` to the new file `spool` (mode 0600); returns its bytes.

    Raises `LimitError`, which names `what`, for more than `max_size` bytes; `OSError`.
    """
    descriptor = os.open(spool, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    size = 0
    with os.fdopen(descriptor, "wb") as file:
        while chunk := source.read(min(_CHUNK, max_size + 1 - size)):
            size += len(chunk)
            if size > max_size:
                raise LimitError(f"{what}, in bytes,", max_size)
            file.write(chunk)
    return size
