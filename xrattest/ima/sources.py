"""What measurement lists are read from and written to, and how it is handed to the native module."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TypeAlias

from xrattest._core import ima as _native  # noqa: TID251 - this is the face

Source: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes]
Output: TypeAlias = IO[bytes] | int

DEFAULT_MAX_SIZE: int = _native.DEFAULT_MAX_SIZE
"""Bytes of a list that are read unless the caller says otherwise."""


def native_source(source: Source) -> bytes | int | str | os.PathLike[str]:
    """Return what the native module takes for `source`."""
    if isinstance(source, bytes | str | os.PathLike):
        return source
    try:
        return source.fileno()
    except io.UnsupportedOperation:
        return source.read()


@contextmanager
def descriptor_of(out: Output) -> Iterator[int]:
    """Yield a descriptor for `out`; a file without one (a `BytesIO`) gets what was written when the block ends well."""
    if isinstance(out, int):
        yield out
        return
    try:
        descriptor = out.fileno()
    except io.UnsupportedOperation:
        import shutil  # noqa: PLC0415 - a file without a descriptor is rare, and these two take long to import
        import tempfile  # noqa: PLC0415

        with tempfile.TemporaryFile() as spool:
            yield spool.fileno()
            spool.seek(0)
            shutil.copyfileobj(spool, out)
        return
    out.flush()
    yield descriptor
