"""Strict JSON (RFC 8259 with the rules of I-JSON, RFC 7493 §2): bounded reading, streaming writing.

Refused everywhere: member names that repeat (at any depth), lone surrogates, invalid UTF-8, NaN and infinities, data after
the end, numbers of more than 100 characters or three exponent digits, names over 1024 bytes, nesting over `max_depth`, text
over `max_size`. What is large is never held: `members` finds byte ranges in a file, strings are unescaped into files.

Every reader raises `JsonFormatError` (with the byte offset in the file), `LimitError` and `OSError`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import UnsupportedOperation
from pathlib import Path
from typing import IO, Any

from xrattest._core import json as _native  # noqa: TID251 - this module is the typed face
from xrattest.errors import JsonFormatError, LimitError

MAX_SIZE = 512 << 20
"""Bytes of JSON text that are read unless the caller says otherwise."""

MAX_DEPTH = 64
"""Containers inside containers."""

MAX_MEMBERS = 1_000_000
"""Items that `members` lists, and names of open objects that any reader remembers."""

_COPY_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object or an item of an array; its value is the file's bytes `start` to `end`."""

    key: str | int
    """Name, or 0-based number in an array."""
    start: int
    end: int
    kind: str
    """`object`, `array`, `string`, `number`, `boolean` or `null`."""


@dataclass(frozen=True, slots=True)
class EnvelopeParts:
    """What `split_envelope` found."""

    start: int
    """Offset of the envelope's `{`; text before it was left out."""
    payload_size: int | None
    """Bytes of the unescaped `cli-output` in the spool; None when no member of that name is a string."""
    signature: bytes | None
    """JSON text of `signature-envelop`, at most 2 MiB; None when no member of that name is an object."""
    has_output: bool
    has_signature: bool
    problems: tuple[str, ...]
    """What breaks the envelope's format although the text is JSON, each with a byte offset."""


def loads(data: bytes | str, *, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a small document into Python objects; large ones are for `members`."""
    try:
        text = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError as error:
        raise JsonFormatError(len(error.object[: error.start].encode()), "lone surrogate") from error
    _native.validate(text, max_size, max_depth)
    return json.loads(text)


def members(  # noqa: PLR0913 - one keyword per bound
    path: Path,
    *,
    pointer: tuple[str | int, ...] = (),
    start: int = 0,
    end: int | None = None,
    max_size: int = MAX_SIZE,
    max_depth: int = MAX_DEPTH,
    max_members: int = MAX_MEMBERS,
) -> list[Member]:
    """List the container at `pointer` of the JSON text in bytes `start` to `end` of a file (None: to its end).

    One pass, which validates the whole text and not only the container. An empty pointer is the outermost value. A pointer
    to nothing, or to a value that is no container, is a `JsonFormatError` at the innermost container that was reached.
    """
    rows = _native.members(path, list(pointer), start, end, max_size, max_depth, max_members)
    return [Member(*row) for row in rows]


def load_member(path: Path, member: Member, *, max_size: int, max_depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON value
    """Parse the value of one member of the text in `path`; offsets in errors count from the value's first byte."""
    if member.end - member.start > max_size:
        raise LimitError(f"JSON member {member.key!r} of {member.end - member.start} bytes", max_size)
    with path.open("rb") as file:
        file.seek(member.start)
        return loads(file.read(member.end - member.start), max_size=max_size, max_depth=max_depth)


def split_envelope(path: Path, spool: Path, *, max_size: int = MAX_SIZE) -> EnvelopeParts:
    """Take a signed envelope apart: the unescaped `cli-output` goes to `spool`, a new file of mode 0600.

    Text before the first `{` (in the first 64 KiB) is left out. What is no JSON object raises `JsonFormatError`; an object that
    breaks the envelope's format has `problems`. On an error a spool may be left behind.
    """
    start, size, signature, has_output, has_signature, problems = _native.split_envelope(
        path, spool, max_size
    )
    return EnvelopeParts(start, size, signature, has_output, has_signature, tuple(problems))


def unescape_member(path: Path, member: Member, spool: Path, *, max_size: int = MAX_SIZE) -> int:
    """Unescape a string member of the text in `path` into `spool`, a new file of mode 0600; returns its bytes."""
    return _native.unescape_member(path, member.start, member.end, spool, max_size)


def check_text(path: Path) -> int:
    """Check that a file is UTF-8 without U+0000, and return its bytes; `JsonFormatError` gives the offset."""
    return _native.check_text(path)


def digest_with_prefix(prefix: bytes, path: Path, algorithm: str) -> bytes:
    """Digest `prefix` and then the bytes of a file; `algorithm` is `sha256`, `sha384` or `sha512`. Raises `OSError`."""
    return _native.digest_with_prefix(prefix, path, algorithm)


def escape_file(src_path: Path, dst_fd: int) -> int:
    """Write a UTF-8 file to a descriptor as the body of a JSON string (no quotes); returns the bytes written.

    U+0000 and invalid UTF-8 are a `JsonFormatError` with their offset in `src_path`; what came before is written by then, so
    whoever cannot take that back calls `check_text` first.
    """
    return _native.escape_file(src_path, dst_fd)


class JsonWriter:
    """Writes one JSON text piece by piece, compact and in UTF-8.

    Misuse raises `ValueError`: a value without its key, a key twice in one object, a second outermost value, NaN, a lone
    surrogate. `flush` before anyone else writes to the file's descriptor; the writer itself does where it hands it on.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        # Per open container: the names so far of an object, None for an array.
        self._open: list[set[str] | None] = []
        self._empty = True
        self._after_key = False

    @contextmanager
    def object(self) -> Iterator[None]:
        """Write an object; the block writes its members."""
        with self._container(b"{", set(), b"}"):
            yield

    @contextmanager
    def array(self) -> Iterator[None]:
        """Write an array; the block writes its items."""
        with self._container(b"[", None, b"]"):
            yield

    def key(self, name: str) -> None:
        """Write a member's name; its value comes next."""
        names = self._open[-1] if self._open else None
        if names is None or self._after_key:
            raise ValueError(f"no object takes a member {name!r} here")
        if name in names:
            raise ValueError(f"second member {name!r} in one object")
        encoded = _encode(name)
        names.add(name)
        self._file.write((b"" if self._empty else b",") + encoded + b":")
        self._after_key = True

    def value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Write a whole value: an item, a member's value after `key`, or the outermost one."""
        self.raw(_encode(value))

    def member(self, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Write a whole member."""
        encoded = _encode(value)
        self.key(name)
        self.raw(encoded)

    def raw(self, text: bytes) -> None:
        """Write a value that is JSON text already; it is not checked."""
        self._before_value()
        self._file.write(text)
        self._empty = False

    def copy_from(self, path: Path, start: int = 0, end: int | None = None) -> None:
        """Write a value that is the JSON text in bytes `start` to `end` of a file; it is not checked. Raises `OSError`."""
        self._before_value()
        with path.open("rb") as source:
            source.seek(start)
            left = (os.fstat(source.fileno()).st_size if end is None else end) - start
            while left > 0:
                chunk = source.read(min(left, _COPY_CHUNK))
                if not chunk:
                    raise OSError(f"{path}: ends {left} bytes before byte {start + left}")
                self._file.write(chunk)
                left -= len(chunk)
        self._empty = False

    def text_from(self, path: Path) -> None:
        """Write a string that is the UTF-8 text of a file. Raises `JsonFormatError` as `escape_file` does, `OSError`."""
        self._before_value()
        self._file.write(b'"')
        try:
            descriptor = self._file.fileno()
        except UnsupportedOperation:
            self._text_through_a_temporary_file(path)
        else:
            self._file.flush()
            escape_file(path, descriptor)
        self._file.write(b'"')
        self._empty = False

    def _text_through_a_temporary_file(self, path: Path) -> None:
        with tempfile.TemporaryFile() as escaped:
            escape_file(path, escaped.fileno())
            escaped.seek(0)
            while chunk := escaped.read(_COPY_CHUNK):
                self._file.write(chunk)

    @contextmanager
    def _container(self, opening: bytes, names: set[str] | None, closing: bytes) -> Iterator[None]:
        self._before_value()
        self._file.write(opening)
        self._open.append(names)
        depth = len(self._open)
        self._empty = True
        yield
        if len(self._open) != depth or self._after_key:
            raise ValueError("a container or a member inside this one is not finished")
        self._open.pop()
        self._file.write(closing)
        self._empty = False

    def _before_value(self) -> None:
        if self._after_key:
            self._after_key = False
            return
        if self._open and self._open[-1] is not None:
            raise ValueError("a member needs a key before its value")
        if not self._open and not self._empty:
            raise ValueError("a JSON text has one outermost value")
        if not self._empty:
            self._file.write(b",")


def _encode(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
