# Types of the native module xrattest._core.rpm; `make lint` holds them against the module.
from os import PathLike
from typing import TypedDict, final, type_check_only

__all__ = ["Database", "read_package_file"]

@type_check_only
class PackageRow(TypedDict):
    name: bytes
    epoch: int | None
    version: bytes
    release: bytes
    architecture: bytes
    source: bool
    header_sha256: str | None
    header_digest: str
    gpg_key_id: str
    size: int
    files: int
    digest_algorithm: int
    digest_strength: str
    fingerprint: str
    fingerprint_strict: str
    reason: str | None
    unattested: list[tuple[bytes, str]]

@final
class Database:
    def __new__(cls, path: str | PathLike[str]) -> Database: ...
    def next_batch(self, limit: int) -> list[PackageRow]: ...

def read_package_file(path: str | PathLike[str]) -> PackageRow: ...
