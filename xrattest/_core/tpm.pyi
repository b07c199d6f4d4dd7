# Types of the native module xrattest._core.tpm; `make lint` holds them against the module.
from typing import Final, TypedDict, type_check_only

__all__ = [
    "MAX_EXTRA_DATA",
    "MAX_INPUT",
    "parse_attest",
    "parse_pcr_file",
    "parse_public",
    "parse_signature",
]

@type_check_only
class AttestRow(TypedDict):
    signed: bytes
    qualified_signer: bytes
    extra_data: bytes
    clock: int
    reset_count: int
    restart_count: int
    safe: bool
    firmware_version: int
    selection: list[tuple[str, list[int]]]
    pcr_digest: bytes

@type_check_only
class PublicRow(TypedDict):
    name: bytes | None
    name_algorithm: str
    attributes: int
    auth_policy: bytes
    scheme: tuple[str, str | None] | None
    curve: str | None
    exponent: int | None
    numbers: list[bytes]

MAX_INPUT: Final[int]
MAX_EXTRA_DATA: Final[int]

def parse_attest(data: bytes) -> AttestRow: ...
def parse_signature(data: bytes) -> tuple[str, str, list[bytes]]: ...
def parse_public(data: bytes) -> PublicRow: ...
def parse_pcr_file(data: bytes) -> list[tuple[str, list[tuple[int, bytes]]]]: ...
