# Types of the native module xrattest._core.hash; `make lint` holds them against the module.
__all__ = ["BUFFER", "digest_bytes", "digest_descriptor", "digest_file"]

BUFFER: int

def digest_bytes(data: bytes, sha256: bool, blake3: bool) -> tuple[int, bytes | None, bytes | None]: ...
def digest_descriptor(
    descriptor: int, name: bytes, sha256: bool, blake3: bool, buffer: int
) -> tuple[int, bytes | None, bytes | None]: ...
def digest_file(
    path: bytes, sha256: bool, blake3: bool, retries: int
) -> tuple[int, bytes | None, bytes | None]: ...
