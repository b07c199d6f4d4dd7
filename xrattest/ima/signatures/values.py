"""What `security.ima` and `security.evm` hold, as a measurement list shows it (security/integrity/integrity.h).

```text
0x01 ‖ SHA-1 digest                                      IMA_XATTR_DIGEST
0x04 ‖ hash_algo u8 ‖ digest                             IMA_XATTR_DIGEST_NG
type ‖ version u8 ‖ hash_algo u8 ‖ keyid be32 ‖ sig_size be16 ‖ signature     (type 0x03, 0x05 or 0x06)
```
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures.algorithms import BY_NAME, BY_NUMBER, HashAlgorithm

_HEADER = struct.Struct(">BBBIH")
"""`struct signature_v2_hdr`: type, version, hash_algo, keyid, sig_size; 9 bytes."""


class ValueType(enum.IntEnum):
    """First byte (`enum evm_ima_xattr_type`)."""

    DIGEST = 0x01
    EVM_HMAC = 0x02
    IMA_SIGNATURE = 0x03
    DIGEST_NG = 0x04
    EVM_PORTABLE = 0x05
    VERITY_SIGNATURE = 0x06


SIGNATURE_TYPES = frozenset({ValueType.IMA_SIGNATURE, ValueType.EVM_PORTABLE, ValueType.VERITY_SIGNATURE})


@dataclass(frozen=True, slots=True)
class DigestValue:
    """A digest of the file: integrity, and no word from any signer."""

    algorithm: HashAlgorithm
    digest: bytes


@dataclass(frozen=True, slots=True)
class SignatureValue:
    """A signature of version 2 or 3."""

    type: ValueType
    version: int
    algorithm: HashAlgorithm
    key_id: bytes
    """4 bytes: the end of the signer's subject key identifier."""
    signature: bytes


@dataclass(frozen=True, slots=True)
class ForeignValue:
    """A value of a known type that cannot be judged; `reason` says what it is."""

    reason: str


def parse_value(value: bytes) -> DigestValue | SignatureValue | ForeignValue:
    """Parse the content of `security.ima` or `security.evm`.

    Raises `ImaSignatureError` with the offset in `value`: empty, of no known type, cut short, a size that is not that of the
    rest, an algorithm that the kernel does not have.
    """
    if not value:
        raise ImaSignatureError(0, "it is empty")
    first = value[0]
    if first == ValueType.DIGEST:
        return _digest(value, BY_NAME["sha1"], 1)
    if first == ValueType.DIGEST_NG:
        if len(value) < 2:
            raise ImaSignatureError(1, "it ends before its hash algorithm")
        return _digest(value, _algorithm(value[1], 1), 2)
    if first == ValueType.EVM_HMAC:
        return ForeignValue("an HMAC, which only the host that made it can check")
    if first not in SIGNATURE_TYPES:
        raise ImaSignatureError(0, f"no kernel writes the type 0x{first:02x}")
    return _signature(value)


def _digest(value: bytes, algorithm: HashAlgorithm, start: int) -> DigestValue:
    digest = value[start:]
    if len(digest) != algorithm.size:
        raise ImaSignatureError(
            start, f"a {algorithm.name} digest has {algorithm.size} bytes, not {len(digest)}"
        )
    return DigestValue(algorithm, digest)


def _algorithm(number: int, offset: int) -> HashAlgorithm:
    algorithm = BY_NUMBER.get(number)
    if algorithm is None:
        raise ImaSignatureError(offset, f"no hash algorithm has the number {number}")
    return algorithm


def _signature(value: bytes) -> SignatureValue | ForeignValue:
    if len(value) < 2:
        raise ImaSignatureError(1, "it ends before its version")
    version = value[1]
    if version == 1:
        return ForeignValue("a signature of version 1, which kernels since 3.7 no longer make")
    if version not in {2, 3}:
        raise ImaSignatureError(1, f"no signature has the version {version}")
    if len(value) <= _HEADER.size:
        raise ImaSignatureError(
            len(value), f"it ends before its signature, which begins at byte {_HEADER.size}"
        )
    first, version, number, key_id, size = _HEADER.unpack_from(value)
    signature = value[_HEADER.size :]
    if size != len(signature):
        raise ImaSignatureError(7, f"it says that the signature has {size} bytes, and has {len(signature)}")
    return SignatureValue(
        ValueType(first), version, _algorithm(number, 2), key_id.to_bytes(4, "big"), signature
    )
