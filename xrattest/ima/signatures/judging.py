"""Judge one signature of a measurement entry, from nothing but what the entry holds and a keyring.

Sources: `asymmetric_verify` and `asymmetric_verify_v3` (security/integrity/digsig_asymmetric.c), `xattr_verify`
(security/integrity/ima/ima_appraise.c).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures.algorithms import BY_NAME, HashAlgorithm
from xrattest.ima.signatures.keys import Key, Keyring
from xrattest.ima.signatures.outcomes import Judgement, Kind, Result
from xrattest.ima.signatures.proofs import (
    UnsupportedSignatureError,
    vouches_for_digest,
    vouches_for_message,
)
from xrattest.ima.signatures.values import (
    DigestValue,
    ForeignValue,
    SignatureValue,
    ValueType,
    parse_value,
)

VERITY = "verity"
"""Type of a digest that is fs-verity's, in the field d-ngv2."""

UNSIGNED = Judgement(Kind.NONE, Result.UNSIGNED)
NO_INODE = "the entry has no fields for the attributes, owner and mode that it covers"


class Measured(NamedTuple):
    """The digest of an entry, as its template shows it."""

    algorithm: str | None
    """Kernel's name; None where the template names none."""
    type: str | None
    """"ima" or "verity"; None where the template does not say."""
    digest: bytes | None


class RefusedError(Exception):
    """A check that did not end well: `result`, and the reason for people."""

    def __init__(self, result: Result, reason: str) -> None:
        self.result, self.reason = result, reason
        super().__init__(reason)


def judge_file_signature(keyring: Keyring, measured: Measured, value: bytes) -> Judgement:
    """Judge `value`, the content of `security.ima`, against the digest of the entry that it stands in.

    A portable EVM signature, which the kernel shows in field `sig` where `security.ima` holds only a digest, is not checkable.
    """
    signed = read_value(value)
    if isinstance(signed, Judgement):
        return signed
    kind = Kind.IMA_V2 if signed.version == 2 else Kind.IMA_V3
    if signed.type is ValueType.EVM_PORTABLE:
        kind = Kind.EVM_PORTABLE
    return judged(kind, signed.key_id.hex(), lambda: _check_file_signature(keyring, measured, signed))


def read_value(value: bytes) -> SignatureValue | Judgement:
    """Parse `value`; anything but a signature of version 2 or 3 is judged at once."""
    if not value:
        return UNSIGNED
    try:
        parsed = parse_value(value)
    except ImaSignatureError as error:
        return Judgement(Kind.UNKNOWN, Result.INVALID, None, str(error))
    if isinstance(parsed, DigestValue):
        return Judgement(
            Kind.HASH_ONLY, Result.UNSIGNED, None, f"a {parsed.algorithm.name} digest, signed by nobody"
        )
    if isinstance(parsed, ForeignValue):
        return Judgement(Kind.UNKNOWN, Result.UNSUPPORTED, None, parsed.reason)
    return parsed


def judged(kind: Kind, key_id: str | None, check: Callable[[], None]) -> Judgement:
    """Run `check`, which returns when all is well and raises what is not, and say how it ended."""
    try:
        check()
    except RefusedError as refused:
        return Judgement(kind, refused.result, key_id, refused.reason)
    except UnsupportedSignatureError as error:
        return Judgement(kind, Result.UNSUPPORTED, key_id, str(error))
    except ImaSignatureError as error:
        return Judgement(kind, Result.INVALID, key_id, str(error))
    return Judgement(kind, Result.VALID, key_id)


def check_digest(keyring: Keyring, signed: SignatureValue, digest: bytes) -> None:
    """Check a signature over `digest`, plain (version 2) or inside `struct ima_file_id` (version 3).

    Raises `RefusedError`, `UnsupportedSignatureError`.
    """
    keys, (algorithm, signature) = keyring.find(signed.key_id), (signed.algorithm, signed.signature)
    if not keys:
        raise RefusedError(Result.UNKNOWN_KEY, f"no given key has the identifier {signed.key_id.hex()}")
    if signed.version == 2:
        check_keys(keys, lambda key: vouches_for_digest(key, algorithm, digest, signature))
        return
    message = file_id(signed.type, algorithm, digest)
    check_keys(keys, lambda key: vouches_for_message(key, algorithm, message, signature))


def check_keys(keys: Sequence[Key], vouches: Callable[[Key], bool]) -> None:
    """Return when one of `keys`, all those that the signature may be of, vouches.

    Raises `RefusedError` when each of them says no, `UnsupportedSignatureError` when one cannot be asked.
    """
    unsupported: UnsupportedSignatureError | None = None
    for key in keys:
        try:
            if vouches(key):
                return
        except UnsupportedSignatureError as error:
            unsupported = error
    if unsupported is not None:
        raise unsupported
    raise RefusedError(Result.INVALID, "the signature is not the key's over what the entry holds")


def file_id(value_type: ValueType, algorithm: HashAlgorithm, digest: bytes) -> bytes:
    """Return `struct ima_file_id` (hash_type u8, hash_algorithm u8, hash): what a signature of version 3 is over."""
    return bytes((value_type, algorithm.number)) + digest


def _check_file_signature(keyring: Keyring, measured: Measured, signed: SignatureValue) -> None:
    if signed.type is ValueType.EVM_PORTABLE:
        raise RefusedError(Result.NOT_CHECKABLE, NO_INODE)
    if signed.type is ValueType.VERITY_SIGNATURE and signed.version == 2:
        raise RefusedError(Result.INVALID, "the kernel takes fs-verity signatures of version 3 only")
    check_digest(keyring, signed, _digest_signed(signed, measured))


def _digest_signed(signed: SignatureValue, measured: Measured) -> bytes:
    """Return the entry's digest when it is of the kind that was signed. Raises `RefusedError`."""
    algorithm, kind, digest = measured
    reason = ""
    if algorithm is None or digest is None:
        reason = "the entry names no digest with its algorithm"
    elif BY_NAME.get(algorithm) is not signed.algorithm:
        reason = f"it is over a {signed.algorithm.name} digest, and the entry has {algorithm}"
    elif len(digest) != signed.algorithm.size:
        reason = f"the entry's {algorithm} digest has {len(digest)} bytes"
    elif kind is not None and (signed.type is ValueType.VERITY_SIGNATURE) != (kind == VERITY):
        reason = f"it is not over a digest of type {kind}, which the entry has"
    if reason or digest is None:
        raise RefusedError(Result.NOT_CHECKABLE, reason)
    return digest
