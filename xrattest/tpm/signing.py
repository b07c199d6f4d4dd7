"""Whether a TPM's signature verifies under an attestation key (Part 1, annexes B and C)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from xrattest.errors import QuoteError
from xrattest.tpm.keys import AttestationKey
from xrattest.tpm.structures import Signature

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def check_signature(signature: Signature, message: bytes, key: AttestationKey) -> None:
    """Verify `signature` over `message`. Raises `QuoteError`.

    Codes: `scheme-mismatch` for a scheme or hash that is not the key's kind or not the one that its public area binds it to,
    `bad-signature`.
    """
    _require_scheme(signature, key)
    hash_algorithm = _HASHES[signature.hash]()
    public = key.key
    if isinstance(public, rsa.RSAPublicKey):
        genuine = _rsa(signature, message, public, hash_algorithm)
    else:
        genuine = _ecdsa(signature, message, public, hash_algorithm)
    if not genuine:
        raise QuoteError(
            "bad-signature", f"the quote's signature does not verify under the attestation key {key}"
        )


def _require_scheme(signature: Signature, key: AttestationKey) -> None:
    for_rsa = signature.scheme != "ecdsa"
    if for_rsa is not isinstance(key.key, rsa.RSAPublicKey):
        raise QuoteError("scheme-mismatch", f"the signature is {signature.scheme}, the attestation key {key}")
    bound = None if key.area is None else key.area.scheme
    if bound is not None and bound != (signature.scheme, signature.hash):
        raise QuoteError(
            "scheme-mismatch",
            f"the signature is {signature.scheme} with {signature.hash}, the attestation key signs {bound[0]} with {bound[1]} only",
        )


def _rsa(
    signature: Signature, message: bytes, key: rsa.RSAPublicKey, hash_algorithm: hashes.HashAlgorithm
) -> bool:
    if signature.scheme == "rsassa":
        return _verifies(key, signature.numbers[0], message, padding.PKCS1v15(), hash_algorithm)
    # Written as numbers: for OpenSSL PSS.MAX_LENGTH means any length when it verifies.
    # A TPM takes the longest salt that fits; one that follows FIPS 186 takes the length of the digest (Part 1, annex B.7).
    return any(
        _verifies(
            key,
            signature.numbers[0],
            message,
            padding.PSS(padding.MGF1(hash_algorithm), salt),
            hash_algorithm,
        )
        for salt in (padding.calculate_max_pss_salt_length(key, hash_algorithm), hash_algorithm.digest_size)
    )


def _verifies(
    key: rsa.RSAPublicKey,
    value: bytes,
    message: bytes,
    pad: padding.AsymmetricPadding,
    hash_algorithm: hashes.HashAlgorithm,
) -> bool:
    try:
        key.verify(value, message, pad, hash_algorithm)
    except InvalidSignature:
        return False
    return True


def _ecdsa(
    signature: Signature, message: bytes, key: ec.EllipticCurvePublicKey, hash_algorithm: hashes.HashAlgorithm
) -> bool:
    r, s = (int.from_bytes(number, "big") for number in signature.numbers)
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hash_algorithm))
    except InvalidSignature:
        return False
    return True
