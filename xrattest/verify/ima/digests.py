"""Digests as policies write them (`sha256:<hex>`) and as entries of a list hold them, in one form that compares exactly.

A digest without its algorithm means nothing: a list may name an algorithm per file (it follows the hash algorithm of the
file's `security.ima`), and several algorithms give 32 bytes. So both sides become `algorithm:` and the raw bytes.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import StringConstraints

from xrattest.ima import Entry

DIGEST_PATTERN = r"^((ima|verity):)?[a-z0-9][a-z0-9_-]{0,30}:([0-9a-f]{2}){16,64}$"
DigestText: TypeAlias = Annotated[str, StringConstraints(pattern=DIGEST_PATTERN)]
"""A digest in a policy: `sha256:<hex>`, or `verity:sha256:<hex>` for a file's fs-verity digest."""

SIZES = {
    "md5": 16, "sha1": 20, "rmd160": 20, "sha224": 28, "sha256": 32, "sm3": 32, "sha3-256": 32, "streebog256": 32,
    "sha384": 48, "sha3-384": 48, "sha512": 64, "sha3-512": 64, "streebog512": 64,
}  # fmt: skip
"""Bytes of a digest by the kernel's name of its algorithm (`crypto/hash_info.c`); others are compared and not measured."""

WEAK = frozenset({"md4", "md5", "sha1", "rmd128", "tgr128"})
"""Algorithms for which two files of one digest have been made, or nearly."""

# The kernel's spelling changed over time.
_SPELLINGS = {"sm3-256": "sm3", "sm3_256": "sm3"}
# Both tables are asked once per entry.
_PREFIXES = {name: f"{_SPELLINGS.get(name, name)}:".encode() for name in (*SIZES, *_SPELLINGS)}
_WEAK_PREFIXES = tuple(f"{kind}{name}:".encode() for kind in ("", "verity:") for name in sorted(WEAK))


def pack(text: str) -> bytes:
    """Return the comparable form of a digest in a policy. Raises `ValueError` when its length is not its algorithm's."""
    kind, _, digits = text.rpartition(":")
    kind = kind.removeprefix("ima:")
    algorithm = kind.removeprefix("verity:")
    name = _SPELLINGS.get(algorithm, algorithm)
    if name != algorithm:
        kind = kind.removesuffix(algorithm) + name
    digest = bytes.fromhex(digits)
    if SIZES.get(name, len(digest)) != len(digest):
        raise ValueError(f"{text[:200]}: a {name} digest has {SIZES[name]} bytes, not {len(digest)}")
    return kind.encode() + b":" + digest


def unpack(packed: bytes) -> str:
    """Return the text of a comparable form."""
    prefix = b"verity:" if packed.startswith(b"verity:") else b""
    algorithm, _, digest = packed[len(prefix) :].partition(b":")
    return f"{(prefix + algorithm).decode('ascii', 'backslashreplace')}:{digest.hex()}"


def digest_of(entry: Entry) -> bytes | None:
    """Return the comparable form of an entry's digest; None when its template holds none.

    Template `ima` names no algorithm; its 20 bytes are SHA-1 (or MD5 padded with zeros, which then matches nothing).
    """
    digest = entry.digest
    if digest is None:
        return None
    algorithm = entry.algorithm
    if algorithm is None:
        return (b"sha1:" if len(digest) == 20 else b"?:") + digest
    prefix = _PREFIXES.get(algorithm) or algorithm.encode() + b":"
    return (b"verity:" + prefix if entry.digest_type == "verity" else prefix) + digest


def is_weak(packed: bytes) -> bool:
    """Tell whether a comparable form is of a weak algorithm."""
    return packed.startswith(_WEAK_PREFIXES)
