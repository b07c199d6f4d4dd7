"""Hash algorithms as the kernel numbers and names them (include/uapi/linux/hash_info.h, crypto/hash_info.c)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes


@dataclass(frozen=True, slots=True)
class HashAlgorithm:
    """One hash algorithm of the kernel."""

    number: int
    """Its place in `enum hash_algo`, which signatures carry."""
    name: str
    """Its name in measurement lists."""
    size: int
    """Bytes of a digest."""
    prehashed: hashes.HashAlgorithm | None = None
    """What tells `cryptography` that a digest is one of this algorithm; None where it has no such algorithm."""

    def digest(self, data: bytes) -> bytes | None:
        """Return the digest of `data`; None where this Python has no such algorithm."""
        if self.prehashed is None:
            return None
        # Old algorithms are asked for because a file was signed with them long ago, not to protect anything new.
        return hashlib.new(self.name.replace("sha3-", "sha3_"), data, usedforsecurity=False).digest()


_ROWS = (
    HashAlgorithm(0, "md4", 16),
    HashAlgorithm(1, "md5", 16, hashes.MD5()),  # noqa: S303 - signatures of long ago
    HashAlgorithm(2, "sha1", 20, hashes.SHA1()),  # noqa: S303 - signatures of long ago
    HashAlgorithm(3, "rmd160", 20),
    HashAlgorithm(4, "sha256", 32, hashes.SHA256()),
    HashAlgorithm(5, "sha384", 48, hashes.SHA384()),
    HashAlgorithm(6, "sha512", 64, hashes.SHA512()),
    HashAlgorithm(7, "sha224", 28, hashes.SHA224()),
    HashAlgorithm(8, "rmd128", 16),
    HashAlgorithm(9, "rmd256", 32),
    HashAlgorithm(10, "rmd320", 40),
    HashAlgorithm(11, "wp256", 32),
    HashAlgorithm(12, "wp384", 48),
    HashAlgorithm(13, "wp512", 64),
    HashAlgorithm(14, "tgr128", 16),
    HashAlgorithm(15, "tgr160", 20),
    HashAlgorithm(16, "tgr192", 24),
    HashAlgorithm(17, "sm3", 32),
    HashAlgorithm(18, "streebog256", 32),
    HashAlgorithm(19, "streebog512", 64),
    HashAlgorithm(20, "sha3-256", 32, hashes.SHA3_256()),
    HashAlgorithm(21, "sha3-384", 48, hashes.SHA3_384()),
    HashAlgorithm(22, "sha3-512", 64, hashes.SHA3_512()),
)

BY_NUMBER = {row.number: row for row in _ROWS}
"""`enum hash_algo` -> algorithm."""

BY_NAME = {row.name: row for row in _ROWS} | {"sm3-256": _ROWS[17]}
"""Name -> algorithm; SM3 has two, the longer one in kernels before 5.18."""

SM3 = BY_NAME["sm3"]
STREEBOG = (BY_NAME["streebog256"], BY_NAME["streebog512"])
