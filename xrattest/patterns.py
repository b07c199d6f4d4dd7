"""Globs and regular expressions over bytes, matched in time linear in the bytes.

Patterns come from whoever verifies, the bytes they are held against from whoever is verified. Python's `re` backtracks, so a
path chosen for a pattern could keep a verifier busy without end; here look-around and back-references are refused instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from xrattest._core import patterns as _native  # noqa: TID251 - this module is the typed face


class Patterns:
    """A set of patterns, each of which must match the whole of what it is held against.

    In globs `*` and `?` stop at a slash and `**` does not. Regular expressions have the syntax of Rust's `regex` over bytes:
    `.` is any byte, classes are ASCII. Raises `ValueError` with the pattern that cannot be used, or when there are more than
    10,000 or they compile to more than 32 MiB.
    """

    def __init__(self, globs: Sequence[str] = (), regexes: Sequence[str] = ()) -> None:
        self._texts = (*globs, *regexes)
        self._set = _native.Patterns(globs, regexes) if self._texts else None

    def first(self, text: bytes) -> str | None:
        """Return the first pattern that matches the whole of `text`, None when none does."""
        number = None if self._set is None else self._set.first_match(text)
        return None if number is None else self._texts[number]

    def __bool__(self) -> bool:
        return self._set is not None
