"""The signed text in its spool file, read by byte range, so that a dossier of any size costs little memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xrattest import strictjson

VALUE_LIMIT = 1 << 16
"""Longest small value, in bytes of its JSON text."""


@dataclass(frozen=True, slots=True)
class Text:
    """The signed text: the file it lies in, and the largest size, in bytes, that is read as JSON."""

    path: Path
    max_size: int

    def members(self, start: int = 0, end: int | None = None) -> dict[str, strictjson.Member]:
        """Return the members of the object at [start, end) by key. Raises `InputError`."""
        found = strictjson.members(self.path, start=start, end=end, max_size=self.max_size)
        return {str(member.key): member for member in found}

    def items(self, array: strictjson.Member) -> list[strictjson.Member]:
        """Return the items of `array`. Raises `InputError`."""
        return strictjson.members(self.path, start=array.start, end=array.end, max_size=self.max_size)

    def value(self, member: strictjson.Member, limit: int = VALUE_LIMIT) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value of `member`. Raises `LimitError` above `limit` bytes of text, `JsonFormatError`."""
        return strictjson.load_member(self.path, member, max_size=limit)
