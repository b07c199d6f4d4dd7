"""The `digest-algorithm` names of an envelope, the keys that they stand for, and the checking of signatures.

Only `RSA-SHA256` is published; the other names follow its pattern and are ours (`sign` and `verify` of this program).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from xrattest.errors import EnvelopeError

Family = Literal["RSA", "ECDSA", "DSA", "Ed25519"]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm as the envelope names it."""

    name: str
    family: Family
    digest: str | None
    """`sha256`, `sha384` or `sha512`; None where the whole message is signed (Ed25519, RFC 8032 §5.1)."""
    curve: str | None = None
    """Name of the one curve that this algorithm is for, as SEC 2 spells it (ECDSA only)."""


ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("RSA-SHA256", "RSA", "sha256"),
        Algorithm("RSA-SHA384", "RSA", "sha384"),
        Algorithm("RSA-SHA512", "RSA", "sha512"),
        Algorithm("ECDSA-SHA256", "ECDSA", "sha256", "secp256r1"),
        Algorithm("ECDSA-SHA384", "ECDSA", "sha384", "secp384r1"),
        Algorithm("ECDSA-SHA512", "ECDSA", "sha512", "secp521r1"),
        Algorithm("DSA-SHA256", "DSA", "sha256"),
        Algorithm("ED25519", "Ed25519", None),
    )
}
"""Every algorithm of signature version 01, by name."""

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def algorithm_named(name: str) -> Algorithm:
    """Return the algorithm of that name. Raises `EnvelopeError`."""
    try:
        return ALGORITHMS[name]
    except KeyError:
        raise EnvelopeError(f"digest-algorithm {name[:64]!r} is none of {', '.join(ALGORITHMS)}") from None


def algorithms_of(public_key: object) -> tuple[Algorithm, ...]:
    """Return the algorithms that signatures of this key may name: none for a kind of key or a curve that is not ours."""
    match public_key:
        case rsa.RSAPublicKey():
            family, curve = "RSA", None
        case ec.EllipticCurvePublicKey():
            family, curve = "ECDSA", public_key.curve.name
        case dsa.DSAPublicKey():
            family, curve = "DSA", None
        case ed25519.Ed25519PublicKey():
            family, curve = "Ed25519", None
        case _:
            return ()
    return tuple(
        algorithm
        for algorithm in ALGORITHMS.values()
        if algorithm.family == family and algorithm.curve == curve
    )


def verify_signature(
    public_key: object, algorithm: Algorithm, signed: bytes | memoryview, signature: bytes
) -> bool:
    """Tell whether `signature` was made over `signed` by the private half of `public_key`.

    Args:
        public_key: a public key of `cryptography`.
        algorithm: the envelope's; it must be one of this key, so that an envelope cannot choose another scheme.
        signed: the digest of the signed bytes by `algorithm.digest`; the signed bytes themselves where that is None.
        signature: RSA: PKCS#1 v1.5 (RFC 8017 §8.2). ECDSA, DSA: DER (RFC 3279 §2.2.2). Ed25519: 64 bytes.

    Raises:
        EnvelopeError: the algorithm is not one of this key.
    """
    if algorithm not in algorithms_of(public_key):
        raise EnvelopeError(f"digest-algorithm {algorithm.name} is not one of {describe_key(public_key)}")
    try:
        match public_key:
            case rsa.RSAPublicKey():
                public_key.verify(signature, bytes(signed), padding.PKCS1v15(), _prehashed(algorithm))
            case ec.EllipticCurvePublicKey():
                public_key.verify(signature, bytes(signed), ec.ECDSA(_prehashed(algorithm)))
            case dsa.DSAPublicKey():
                public_key.verify(signature, bytes(signed), _prehashed(algorithm))
            case ed25519.Ed25519PublicKey():
                public_key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def describe_key(public_key: object) -> str:
    """Say what kind of key this is, such as `an RSA key of 2048 bits`."""
    match public_key:
        case rsa.RSAPublicKey():
            return f"an RSA key of {public_key.key_size} bits"
        case dsa.DSAPublicKey():
            return f"a DSA key of {public_key.key_size} bits"
        case ec.EllipticCurvePublicKey():
            return f"an ECDSA key on {public_key.curve.name}"
        case ed25519.Ed25519PublicKey():
            return "an Ed25519 key"
    return f"a key of kind {type(public_key).__name__}"


def _prehashed(algorithm: Algorithm) -> Prehashed:
    assert algorithm.digest is not None, "algorithms of keys that sign digests have one"
    return Prehashed(_HASHES[algorithm.digest])
