# Types of the native module xrattest._core.ima; `make lint` holds them against the module.
import os
from collections.abc import Sequence
from typing import Final, TypeAlias, final

__all__ = [
    "BLOCK_TARGET",
    "DEFAULT_MAX_SIZE",
    "EntryReader",
    "compact",
    "describe",
    "expand",
    "join",
    "rebuild",
    "replay",
    "write_blocks",
    "write_events",
]

_Source: TypeAlias = bytes | int | str | os.PathLike[str]
_Summary: TypeAlias = tuple[int, int, int]
_Entry: TypeAlias = tuple[
    int, int, int, bytes, str, str | None, bytes | None, bytes | None, bytes | None, bytes
]
_Replay: TypeAlias = tuple[
    int,
    int,
    list[tuple[str, int]],
    list[tuple[str, list[tuple[int, bytes]]]],
    list[tuple[int, int, bytes]],
    int,
]

_Reading: TypeAlias = tuple[int, int, int, int, int, tuple[int, int] | None]
_Description: TypeAlias = tuple[
    bool,
    str,
    int,
    int,
    int,
    list[tuple[str, int]],
    list[tuple[int, int, str | None, bytes]],
    int,
    _Reading | None,
]

DEFAULT_MAX_SIZE: Final[int]
BLOCK_TARGET: Final[int]

@final
class EntryReader:
    def __new__(cls, source: _Source, max_size: int) -> EntryReader: ...
    def next_batch(self, count: int) -> list[_Entry]: ...

def describe(source: _Source, max_size: int) -> _Description: ...
def join(
    sources: Sequence[tuple[str, _Source]], out: int, max_size: int
) -> tuple[int, int, list[tuple[int, int, _Reading | None]]]: ...
def replay(source: _Source, banks: Sequence[str], max_size: int) -> _Replay: ...
def compact(
    source: _Source,
    out: int,
    profile: str,
    collected_at: tuple[int, int] | None,
    block_target: int,
    max_size: int,
) -> _Summary: ...
def write_blocks(
    source: _Source,
    out: int,
    profile: str,
    collected_at: tuple[int, int] | None,
    block_target: int,
    max_size: int,
) -> _Summary: ...
def expand(source: _Source, out: int, max_size: int) -> _Summary: ...
def write_events(source: _Source, out: int, lines: bool, max_size: int) -> _Summary: ...
def rebuild(path: str | os.PathLike[str], start: int, end: int, out: int, max_size: int) -> _Summary: ...
