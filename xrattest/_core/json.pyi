# Types of the native module xrattest._core.json; `make lint` holds them against the module.
from collections.abc import Sequence
from os import PathLike

__all__ = [
    "check_text",
    "digest_with_prefix",
    "escape_file",
    "members",
    "split_envelope",
    "unescape_member",
    "validate",
]

def validate(text: bytes, max_size: int, max_depth: int) -> None: ...
def members(
    path: str | PathLike[str],
    pointer: Sequence[str | int],
    start: int,
    end: int | None,
    max_size: int,
    max_depth: int,
    max_members: int,
) -> list[tuple[str | int, int, int, str]]: ...
def split_envelope(
    path: str | PathLike[str], spool: str | PathLike[str], max_size: int
) -> tuple[int, int | None, bytes | None, bool, bool, list[str]]: ...
def unescape_member(
    path: str | PathLike[str], start: int, end: int, spool: str | PathLike[str], max_size: int
) -> int: ...
def escape_file(source: str | PathLike[str], target: int) -> int: ...
def check_text(path: str | PathLike[str]) -> int: ...
def digest_with_prefix(prefix: bytes, path: str | PathLike[str], algorithm: str) -> bytes: ...
