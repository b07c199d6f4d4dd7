# Types of the native module xrattest._core.patterns; `make lint` holds them against the module.
from collections.abc import Sequence
from typing import final

__all__ = ["Patterns"]

@final
class Patterns:
    def __new__(cls, globs: Sequence[str], regexes: Sequence[str]) -> Patterns: ...
    def first_match(self, text: bytes) -> int | None: ...
