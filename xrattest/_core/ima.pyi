# Types of the native module xrattest._core.ima; `make lint` holds them against the module.
import os
from collections.abc import Sequence
from typing import Final, TypeAlias, final

__all__ = [
    "BLOCK_TARGET",
    "DEFAULT_MAX_SIZE",
    "Entry",
    "EntryReader",
    "Filter",
    "Follower",
    "Replayed",
    "bank_hash",
    "boot_aggregates",
    "compact",
    "describe",
    "expand",
    "find_prefix",
    "join",
    "rebuild",
    "replay",
    "write_blocks",
    "write_events",
]

_Source: TypeAlias = bytes | int | str | os.PathLike[str]
_Summary: TypeAlias = tuple[int, int, int, int | None]
_State: TypeAlias = list[tuple[str, list[tuple[int, bytes]]]]
_Position: TypeAlias = tuple[int, int, int | None, str, bool, _State]
_Mismatch: TypeAlias = tuple[int, int, str, bytes | None, bytes, bytes]

_Reading: TypeAlias = tuple[int, int, int, int, int, tuple[int, int] | None]
_Description: TypeAlias = tuple[
    bool,
    str,
    int,
    int,
    int,
    list[tuple[str, int]],
    int,
    tuple[int, int, int, str | None, bytes] | None,
    _Reading | None,
]

DEFAULT_MAX_SIZE: Final[int]
BLOCK_TARGET: Final[int]

@final
class Entry:
    @property
    def number(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def pcr(self) -> int: ...
    @property
    def template_hash(self) -> bytes: ...
    @property
    def template(self) -> str: ...
    @property
    def algorithm(self) -> str | None: ...
    @property
    def digest(self) -> bytes | None: ...
    @property
    def digest_type(self) -> str | None: ...
    @property
    def digest_fits(self) -> bool | None: ...
    @property
    def name(self) -> bytes | None: ...
    @property
    def signature(self) -> bytes | None: ...
    @property
    def uid(self) -> int | None: ...
    @property
    def gid(self) -> int | None: ...
    @property
    def mode(self) -> int | None: ...
    @property
    def xattrs(self) -> list[tuple[bytes, bytes]] | None: ...
    @property
    def fields(self) -> dict[str, bytes]: ...
    @property
    def template_data(self) -> bytes: ...
    @property
    def is_violation(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class EntryReader:
    def __new__(cls, source: _Source, max_size: int) -> EntryReader: ...
    def __iter__(self) -> EntryReader: ...
    def __next__(self) -> Entry: ...

@final
class Filter:
    def __new__(
        cls,
        events: tuple[int, int] | None,
        violations: bool,
        templates: Sequence[str],
        pcrs: Sequence[int],
        paths: Sequence[str],
    ) -> Filter: ...
    def takes(self, number: int, pcr: int, template: str, is_violation: bool, name: bytes | None) -> bool: ...

_Compared: TypeAlias = tuple[str, int, bytes, bool, tuple[str, int, int | None] | None]

@final
class Replayed:
    @property
    def entries(self) -> int: ...
    @property
    def violations(self) -> int: ...
    @property
    def templates(self) -> list[tuple[str, int]]: ...
    @property
    def pcrs(self) -> _State: ...
    @property
    def mismatches(self) -> list[_Mismatch]: ...
    @property
    def mismatch_count(self) -> int: ...
    @property
    def more(self) -> bool: ...
    @property
    def truncated(self) -> tuple[int, int, str] | None: ...
    @property
    def compared(self) -> list[_Compared]: ...
    @property
    def algorithm(self) -> str: ...

def replay(
    source: _Source,
    banks: Sequence[str],
    start: _State | None,
    until: int | None,
    expected: _State,
    lenient: bool,
    max_size: int,
) -> Replayed: ...
def find_prefix(
    source: _Source,
    selections: Sequence[tuple[str, Sequence[int]]],
    digest: bytes,
    algorithm: str,
    known: _State,
    start: _State,
    max_size: int,
) -> tuple[int, int, int, _State] | None: ...
def boot_aggregates(source: _Source, max_size: int) -> list[tuple[int, int, int, str | None, bytes]]: ...
def bank_hash(bank: str, content: bytes) -> bytes: ...
def describe(source: _Source, max_size: int) -> _Description: ...
def join(
    sources: Sequence[tuple[str, _Source]], out: int, max_size: int
) -> tuple[int, int, list[tuple[int, int, _Reading | None]]]: ...

@final
class Follower:
    def __new__(
        cls, source: _Source, banks: Sequence[str], position: _Position | None, max_size: int
    ) -> Follower: ...
    def skip_to(self, entries: int) -> bool: ...
    def write_events(self, out: int) -> _Summary: ...
    def write_blocks(
        self, out: int, profile: str, collected_at: tuple[int, int] | None, block_target: int
    ) -> _Summary: ...
    def position(self) -> _Position: ...

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
def write_events(source: _Source, out: int, lines: bool, filter: Filter, max_size: int) -> _Summary: ...
def rebuild(path: str | os.PathLike[str], start: int, end: int, out: int, max_size: int) -> _Summary: ...
