"""The `Body` that a collector writes to: members streamed to the spool, problems kept apart and bounded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from xrattest.errors import CollectError
from xrattest.evidence import path_members
from xrattest.plugin.reasons import one_line

MOST_PROBLEMS = 1000
"""Problems that are listed; more are counted."""

LONGEST_PATH = 4096


class BodyWriter:
    """Writes one JSON object to a binary file, member by member.

    `member` and `stream` raise `CollectError` for a name given twice and for values that are no JSON (NaN, lone
    surrogates, objects of Python), and `OSError`.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._names: set[str] = set()
        self._streaming: str | None = None
        self.problems: list[dict[str, str]] = []
        """Rows of `problems[]`: `reason`, and `path` where there is one."""
        self.unlisted = 0
        """Problems beyond the bound."""

    @property
    def empty(self) -> bool:
        """Whether no member was written yet."""
        return not self._names

    def member(self, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Write one top-level member whole."""
        text = _encode(value, name)
        self._begin(name)
        self._file.write(text)

    @contextmanager
    def stream(self, name: str) -> Iterator[int]:
        """Yield a file descriptor; what the block writes there is the JSON text of the member `name`."""
        self._begin(name)
        self._streaming = name
        # The block writes past our buffer, so nothing may wait in it.
        self._file.flush()
        start = self._file.tell()
        yield self._file.fileno()
        self._streaming = None
        if self._file.seek(0, os.SEEK_END) == start:
            raise CollectError(f"member {name!r} was streamed without a value")

    def problem(self, reason: str, path: str | bytes | None = None) -> None:
        """Report what could not be read; the part becomes `Partial`."""
        if len(self.problems) >= MOST_PROBLEMS:
            self.unlisted += 1
            return
        row = {"reason": one_line(str(reason)) or "unknown"}
        if path is not None:
            row |= path_members("path", os.fsencode(path)[:LONGEST_PATH])
        self.problems.append(row)

    def finish(self) -> None:
        """Close the object and hand everything to the kernel."""
        self._file.write(b"}\n" if self._names else b"{}\n")
        self._file.flush()

    def _begin(self, name: str) -> None:
        if self._streaming is not None:
            raise CollectError(f"member {name!r} begins while {self._streaming!r} is streamed")
        if type(name) is not str or not name:
            raise CollectError(f"member name {name!r} is no text")
        key = _encode(name, name)
        if name in self._names:
            raise CollectError(f"member {name!r} is written twice")
        self._file.write((b"," if self._names else b"{") + key + b":")
        self._names.add(name)


def _encode(value: Any, name: object) -> bytes:  # noqa: ANN401 - any JSON value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise CollectError(
            f"member {name!r} holds text that is not Unicode; carry raw bytes with xrattest.evidence.text_members"
        ) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise CollectError(f"member {name!r} is no JSON value: {one_line(str(error))}") from None
