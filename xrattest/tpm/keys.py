"""Attestation keys: which key may sign a quote, and what is known of it.

A TPM refuses to sign anything that begins with TPM_GENERATED with a *restricted* key unless it made it itself. So a signed
TPMS_ATTEST proves something only under a key that is restricted, signs, and cannot leave its TPM; under any other key its
holder writes what he likes. A public area says which kind a key is; a PEM file does not. Neither proves that the key is
in a genuine TPM: that is decided when the key is enrolled (TPM2_ActivateCredential against the endorsement key).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from xrattest.errors import InputError, LimitError, QuoteError, TpmFormatError
from xrattest.tpm.structures import DECRYPT, FIXED_TPM, MAX_INPUT, RESTRICTED, SIGN, PublicArea, parse_public

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}
"""Curves of attestation keys by the name that public areas give."""
MIN_RSA_BITS = 2048
"""Shortest RSA key that is believed."""

_PEM = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class AttestationKey:
    """A public key that quotes are verified with."""

    key: PublicKey
    area: PublicArea | None
    """What the TPM says of the key; None where it came as PEM or DER, which say nothing."""

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hex digits."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def is_known_restricted(self) -> bool:
        """True when a public area says that only its TPM signs with it, and only what the TPM made."""
        return self.area is not None

    def __str__(self) -> str:
        kind = (
            f"RSA-{self.key.key_size}"
            if isinstance(self.key, rsa.RSAPublicKey)
            else f"EC {self.key.curve.name}"
        )
        return f"{kind} {self.fingerprint[:16]}"


def load_key(data: bytes) -> AttestationKey:
    """Return the key in `data`: a PEM or DER public key, TPM2B_PUBLIC (`tpm2_createak -u`) or TPMT_PUBLIC.

    Raises `InputError` when it is none of them or too large, `QuoteError` with code `key-unfit` for a public area that is not
    restricted, sign and fixedTPM, and `key-weak` for a short RSA key or a curve other than P-256, P-384, P-521.
    """
    if len(data) > MAX_INPUT:
        raise LimitError("a public key, in bytes", MAX_INPUT)
    if _PEM in data[:4096]:
        return AttestationKey(_accepted(_load(data, pem=True)), None)
    # DER begins with a SEQUENCE; no public area does, whose first bytes are a small size or TPM_ALG_RSA or TPM_ALG_ECC.
    if data[:1] == b"\x30":
        return AttestationKey(_accepted(_load(data, pem=False)), None)
    try:
        area = parse_public(data)
    except TpmFormatError as error:
        raise InputError(f"neither a PEM or DER public key nor a TPM's public area: {error}") from error
    _require_restricted(area)
    return AttestationKey(_accepted(_key_of(area)), area)


def _load(data: bytes, *, pem: bool) -> object:
    try:
        return load_pem_public_key(data) if pem else load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"no {'PEM' if pem else 'DER'} public key: {error}") from error


def _accepted(key: object) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise QuoteError("key-weak", f"an RSA key of {key.key_size} bits; {MIN_RSA_BITS} are the least")
        return key
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, tuple(CURVES.values())):
            raise QuoteError("key-weak", f"a key on {key.curve.name}; {', '.join(CURVES)} are accepted")
        return key
    raise InputError("a TPM signs quotes with RSA or ECC keys; this is another kind")


def _require_restricted(area: PublicArea) -> None:
    wanted = {"restricted": RESTRICTED, "sign": SIGN, "fixedTPM": FIXED_TPM}
    missing = [name for name, bit in wanted.items() if not area.has(bit)]
    if missing or area.has(DECRYPT):
        told = [f"is not {name}" for name in missing] + (["decrypts"] if area.has(DECRYPT) else [])
        raise QuoteError(
            "key-unfit",
            f"the attestation key {' and '.join(told)} (attributes {area.attributes:#x}): whoever uses it can sign a quote that no"
            " TPM made",
        )


def _key_of(area: PublicArea) -> object:
    numbers = [int.from_bytes(number, "big") for number in area.numbers]
    try:
        if area.exponent is not None:
            return rsa.RSAPublicNumbers(area.exponent, numbers[0]).public_key()
        curve = CURVES.get(area.curve or "")
        if curve is None:
            raise QuoteError("key-weak", f"a key on {area.curve}; {', '.join(CURVES)} are accepted")
        return ec.EllipticCurvePublicNumbers(numbers[0], numbers[1], curve()).public_key()
    except ValueError as error:
        raise InputError(f"the public area holds no key: {error}") from error
