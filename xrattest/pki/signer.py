"""The signer that an envelope asks for: a trustpoint's leaf key with its chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from xrattest.config.model import Settings
from xrattest.errors import PkiError
from xrattest.pki.enroll_self import HASHES, passphrase_of, settings_of
from xrattest.pki.keys import KeyKind, PrivateKey, as_public_key, kind_of, spki_der
from xrattest.pki.keystore import KeyStore
from xrattest.pki.trustpoint import TrustpointStore

_CURVE_HASH: dict[KeyKind, hashes.HashAlgorithm] = {
    KeyKind.ECDSA_P256: hashes.SHA256(),
    KeyKind.ECDSA_P384: hashes.SHA384(),
    KeyKind.ECDSA_P521: hashes.SHA512(),
}


def _now() -> datetime:
    return datetime.now(UTC)


class TrustpointSigner:
    """Satisfies `xrattest.envelope.protocols.Signer`."""

    def __init__(self, key: PrivateKey, chain: tuple[bytes, ...], message_digest: str = "sha256") -> None:
        """Take a key, the DER chain that ends in its certificate, and the hash of RSA signatures.

        Raises `PkiError` when the certificate is for another key.
        """
        self._key = key
        self._chain = chain
        leaf = x509.load_der_x509_certificate(chain[-1])
        if spki_der(as_public_key(leaf.public_key())) != spki_der(key.public_key()):
            raise PkiError("the leaf certificate is for another key")
        self._serial_number = leaf.serial_number
        self._algorithm, self._hash = _algorithm(kind_of(key), message_digest)

    @classmethod
    def open(
        cls,
        state_dir: Path,
        settings: Settings,
        name: str,
        passphrase: bytes | None = None,
        *,
        clock: Callable[[], datetime] = _now,
    ) -> TrustpointSigner:
        """Return the signer of an enrolled trustpoint; without `passphrase` the configured one is used.

        Raises `PkiError` (not enrolled, expired, key absent or replaced since, passphrase wrong), `ConfigError`, `OSError`.
        """
        configured = settings_of(settings, name)
        trustpoint = TrustpointStore(state_dir).get(name)
        enroll = f"`xrattest pki trustpoint enroll {name}` issues one"
        if trustpoint.leaf is None:
            raise PkiError(f"trustpoint {name} has no leaf certificate: {enroll}")
        if not trustpoint.leaf.not_valid_before_utc <= clock() <= trustpoint.leaf.not_valid_after_utc:
            raise PkiError(f"the leaf certificate of {name} is valid from {trustpoint.leaf.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ} "
                           f"to {trustpoint.leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}, not now: {enroll}")  # fmt: skip
        store, pair = KeyStore(state_dir), configured.keypair
        if not store.exists(pair.type, pair.label):
            raise PkiError(f"trustpoint {name} has no {pair.type} key {pair.label}: {enroll}, and the key")
        if passphrase is None and store.info(pair.type, pair.label).protected:
            passphrase = passphrase_of(configured)
        key = store.load(pair.type, pair.label, passphrase)
        try:
            return cls(key, trustpoint.chain, configured.message_digest)
        except PkiError as error:
            raise PkiError(f"trustpoint {name}: {error} than {pair.label} is now: {enroll}") from error

    @property
    def algorithm(self) -> str:
        """The envelope's `digest-algorithm`: RSA by `message-digest`, ECDSA by curve, DSA-SHA256, ED25519."""
        return self._algorithm

    @property
    def serial_number(self) -> int:
        """Serial number of the leaf certificate."""
        return self._serial_number

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER certificates, root first, leaf last."""
        return self._chain

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign a message by its digest: RSA PKCS#1 v1.5, ECDSA and DSA in DER. Raises `PkiError`."""
        if self._hash is None or len(digest) != self._hash.digest_size:
            raise PkiError(f"{self._algorithm} does not sign a digest of {len(digest)} bytes")
        prehashed = Prehashed(self._hash)
        match self._key:
            case rsa.RSAPrivateKey():
                return self._key.sign(digest, padding.PKCS1v15(), prehashed)
            case ec.EllipticCurvePrivateKey():
                return self._key.sign(digest, ec.ECDSA(prehashed))
            case dsa.DSAPrivateKey():
                return self._key.sign(digest, prehashed)
        raise PkiError(f"{self._algorithm} does not sign digests")

    def sign_message(self, message: bytes | memoryview) -> bytes:
        """Sign a whole message with Ed25519 (RFC 8032, pure). Raises `PkiError` for other keys."""
        if not isinstance(self._key, ed25519.Ed25519PrivateKey):
            raise PkiError(f"{self._algorithm} signs a digest, not a message")
        return self._key.sign(message)


def _algorithm(kind: KeyKind, message_digest: str) -> tuple[str, hashes.HashAlgorithm | None]:
    if kind is KeyKind.ED25519:
        return "ED25519", None
    if kind is KeyKind.RSA:
        return f"RSA-{message_digest.upper()}", HASHES[message_digest]
    if kind is KeyKind.DSA:
        return "DSA-SHA256", hashes.SHA256()
    algorithm = _CURVE_HASH[kind]
    return f"ECDSA-{algorithm.name.upper()}", algorithm
