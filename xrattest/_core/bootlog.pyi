# Types of the native module xrattest._core.bootlog; `make lint` holds them against the module.
import os
from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypedDict, final, type_check_only

__all__ = ["DEFAULT_MAX_SIZE", "Log"]

_Source: TypeAlias = bytes | int | str | os.PathLike[str]

DEFAULT_MAX_SIZE: Final[int]

@type_check_only
class EventRow(TypedDict):
    number: int
    offset: int
    pcr: int
    type: int
    type_name: str | None
    digests: list[tuple[int, str | None, bytes]]
    data: bytes
    description: str
    decoded: dict[str, Any] | None
    digest_verified: bool | None
    digest_covers: str | None

@type_check_only
class ReplayRow(TypedDict):
    events: int
    banks: list[tuple[str, int, list[tuple[int, bytes]]]]
    unreplayed: list[int]
    locality: int | None
    oddities: list[tuple[int, str]]
    padding: int

@final
class Log:
    def __new__(cls, source: _Source, max_size: int) -> Log: ...
    def content(self) -> bytes: ...
    def format(self) -> tuple[bool, list[tuple[int, int]]]: ...
    def each_event(self, each: Callable[[EventRow], object]) -> int: ...
    def replay(self) -> ReplayRow: ...
