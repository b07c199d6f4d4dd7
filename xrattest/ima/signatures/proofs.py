"""The public-key operation itself: does this key vouch for this digest? What cannot be computed is said, never passed over."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, padding, rsa, utils

from xrattest.errors import XrattestError
from xrattest.ima.signatures.algorithms import SM3, STREEBOG, HashAlgorithm
from xrattest.ima.signatures.keys import Key

_MLDSA = (mldsa.MLDSA44PublicKey, mldsa.MLDSA65PublicKey, mldsa.MLDSA87PublicKey)
_PKCS1 = padding.PKCS1v15()


class UnsupportedSignatureError(XrattestError):
    """A signature of a kind that cannot be verified here; the text names the kind."""


def vouches_for_digest(key: Key, algorithm: HashAlgorithm, digest: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is `key`'s over `digest`, of `algorithm` and of its size.

    RSA is PKCS#1 v1.5 (RFC 8017 section 8.2), ECDSA a DER pair of integers (RFC 3279 section 2.2.3), as in the kernel's
    `asymmetric_verify`. Raises `UnsupportedSignatureError` for other keys, and for hashes without a usable implementation.
    """
    prehashed = utils.Prehashed(_usable(algorithm))
    public_key = key.public_key
    try:
        if isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, digest, ec.ECDSA(prehashed))
        elif isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, digest, _PKCS1, prehashed)
        else:
            raise UnsupportedSignatureError(f"{_kind(key)} signatures over a digest cannot be verified")
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm as error:
        raise UnsupportedSignatureError(str(error)) from error
    return True


def vouches_for_message(key: Key, algorithm: HashAlgorithm, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is `key`'s over `message`: hashed with `algorithm` first, or whole for ML-DSA.

    The kernel lets ML-DSA (pure, FIPS 204, no context) sign `struct ima_file_id` itself. Raises as `vouches_for_digest`.
    """
    if not isinstance(key.public_key, _MLDSA):
        return vouches_for_digest(key, algorithm, digest_of(algorithm, message), signature)
    try:
        key.public_key.verify(signature, message)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm as error:
        raise UnsupportedSignatureError(str(error)) from error
    return True


def digest_of(algorithm: HashAlgorithm, message: bytes) -> bytes:
    """Return the digest of `message`. Raises `UnsupportedSignatureError` where there is no such algorithm."""
    digest = algorithm.digest(message)
    if digest is None:
        raise UnsupportedSignatureError(_no_hash(algorithm))
    return digest


def _usable(algorithm: HashAlgorithm) -> hashes.HashAlgorithm:
    if algorithm.prehashed is None:
        raise UnsupportedSignatureError(_no_hash(algorithm))
    return algorithm.prehashed


def _no_hash(algorithm: HashAlgorithm) -> str:
    # The kernel pairs these two hashes with a signature algorithm of their own, whatever the certificate says.
    if algorithm is SM3:
        return "SM2 signatures with SM3 cannot be verified"
    if algorithm in STREEBOG:
        return "GOST (EC-RDSA) signatures with Streebog cannot be verified"
    return f"signatures over {algorithm.name} digests cannot be verified"


def _kind(key: Key) -> str:
    return (
        "unknown"
        if key.public_key is None
        else type(key.public_key).__name__.removesuffix("PublicKey").strip("_")
    )
