# Types of the native module xrattest._core.walk; `make lint` holds them against the module.
from collections.abc import Callable
from typing import final

from xrattest._core.hostroot import Root  # noqa: TID251 - a stub of the same module

__all__ = ["Rules", "Summary", "write_full"]

@final
class Rules:
    def __new__(
        cls,
        *,
        roots: list[bytes],
        excludes: list[bytes],
        max_file_size: int,
        sha256: bool,
        blake3: bool,
        one_file_system: bool,
        file_timeout: float,
    ) -> Rules: ...
    def digest(self) -> bytes: ...

@final
class Summary:
    @property
    def rows(self) -> int: ...
    @property
    def hashed_bytes(self) -> int: ...
    @property
    def missing(self) -> list[tuple[str, int]]: ...
    @property
    def xattrs_unread(self) -> int: ...
    @property
    def vanished(self) -> int: ...
    @property
    def block_digest(self) -> bytes: ...
    @property
    def roots(self) -> list[tuple[bytes, str]]: ...
    @property
    def problems(self) -> list[tuple[bytes, str]]: ...
    @property
    def problem_count(self) -> int: ...

def write_full(
    root: Root,
    rules: Rules,
    descriptor: int,
    *,
    head: bytes,
    parent: bytes,
    block: int,
    time: int,
    boot_id: bytes,
    threads: int,
    gzip: bool,
    progress: Callable[[int, int, bytes], object] | None = None,
) -> Summary: ...
