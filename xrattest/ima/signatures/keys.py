"""Public keys that may have signed files, found by the four bytes that a signature carries of its key's identifier."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from xrattest.errors import InputError

MAX_CERTIFICATE = 64 << 10
"""Largest certificate, in bytes of DER; IMA's have one or two thousand."""

MAX_KEYS = 10_000
"""Most keys of one keyring."""

KEY_ID_SIZE = 4

_PARSE_ERRORS = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
                 x509.UnsupportedGeneralNameType)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A public key, and what its certificate says of it."""

    id: bytes
    """Last 4 bytes of the subject key identifier; of the SHA-1 of the public key where the certificate has none."""
    public_key: CertificatePublicKeyTypes | None
    """None where `cryptography` has no such algorithm."""
    subject: str
    """RFC 4514; empty for a bare public key."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    """None for a bare public key. The kernel ignores both times, and so does verification; `is_expired` reports."""
    issuer: bytes = b""
    """Content of the issuer's name, DER without its tag and length; empty for a bare public key."""
    serial: int = 0
    subject_key_id: bytes = b""
    """Whole subject key identifier; empty where the certificate has none."""
    origin: str = "given"
    """Where the key comes from, for people."""

    def is_expired(self, at: datetime) -> bool:
        """Tell whether the certificate is not valid at `at`; a bare key never expires."""
        return (
            self.not_before is not None
            and self.not_after is not None
            and not self.not_before <= at <= self.not_after
        )


class Keyring:
    """Keys by their short identifier; several may share one."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Start with `keys`. Raises `InputError` for too many."""
        self._by_id: dict[bytes, list[Key]] = {}
        self._by_serial: dict[int, list[Key]] = {}
        self._by_whole_id: dict[bytes, list[Key]] = {}
        self._count = 0
        for key in keys:
            self.add(key)

    def add(self, key: Key) -> None:
        """Add a key. Raises `InputError` when there are `MAX_KEYS` already."""
        if self._count >= MAX_KEYS:
            raise InputError(f"a keyring has at most {MAX_KEYS} keys")
        self._count += 1
        self._by_id.setdefault(key.id, []).append(key)
        if key.issuer:
            self._by_serial.setdefault(key.serial, []).append(key)
        if key.subject_key_id:
            self._by_whole_id.setdefault(key.subject_key_id, []).append(key)

    def find(self, key_id: bytes) -> list[Key]:
        """Return the keys with this identifier of 4 bytes, in the order in which they came."""
        return self._by_id.get(key_id, [])

    def find_signer(self, issuer: bytes, serial: int) -> list[Key]:
        """Return the keys whose certificate has this issuer (content of the name, DER) and serial number."""
        return [key for key in self._by_serial.get(serial, []) if key.issuer == issuer]

    def find_whole(self, subject_key_id: bytes) -> list[Key]:
        """Return the keys whose certificate has this subject key identifier."""
        return self._by_whole_id.get(subject_key_id, [])

    def __iter__(self) -> Iterator[Key]:
        for keys in self._by_id.values():
            yield from keys

    def __len__(self) -> int:
        return self._count


def certificate_key(der: bytes, origin: str = "given") -> Key:
    """Return the key of an X.509 certificate. Raises `InputError` when it is damaged, too large, or has no identifier."""
    if len(der) > MAX_CERTIFICATE:
        raise InputError(f"a certificate has at most {MAX_CERTIFICATE} bytes, not {len(der)}")
    try:
        with warnings.catch_warnings():
            # Oddities such as a serial number of zero: the kernel takes such certificates too.
            warnings.simplefilter("ignore")
            return _certificate_key(x509.load_der_x509_certificate(der), origin)
    except _PARSE_ERRORS as error:
        raise InputError(f"a certificate cannot be read: {error}") from error


def _certificate_key(certificate: x509.Certificate, origin: str) -> Key:
    identifier, public_key = _subject_key_id(certificate), _public_key(certificate)
    whole = identifier or (_sha1_id(public_key) if public_key is not None else b"")
    subject = certificate.subject.rfc4514_string()
    if len(whole) < KEY_ID_SIZE:
        raise InputError(f"the certificate of {subject} has no key identifier of {KEY_ID_SIZE} bytes or more")
    return Key(
        id=whole[-KEY_ID_SIZE:],
        public_key=public_key,
        subject=subject,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        issuer=bytes(asn1.decode_der(asn1.TLV, certificate.issuer.public_bytes()).data),
        serial=certificate.serial_number,
        subject_key_id=identifier,
        origin=origin,
    )


def bare_key(pem: bytes) -> Key:
    """Return the key of a PEM public key, known by the SHA-1 of it as `evmctl` does. Raises `InputError`."""
    try:
        public_key = load_pem_public_key(pem)
        if not isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise InputError("a bare public key must be an RSA or an elliptic curve key")
        return Key(_sha1_id(public_key)[-KEY_ID_SIZE:], public_key, "", origin="a bare public key")
    except _PARSE_ERRORS as error:
        raise InputError(f"a public key cannot be read: {error}") from error


def _subject_key_id(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return b""


def _public_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        # SM2 or GOST, say: what it signed is reported as unsupported, not passed over.
        return None


def _sha1_id(public_key: CertificatePublicKeyTypes) -> bytes:
    """Return the SHA-1 of the subjectPublicKey bits (RFC 5280 section 4.2.1.2, method 1)."""
    return x509.SubjectKeyIdentifier.from_public_key(public_key).digest
