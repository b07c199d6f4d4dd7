"""Signers made with pyca/cryptography alone: what the envelope's tests sign with, and check its bytes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

KINDS = ("rsa", "rsa-sha384", "rsa-sha512", "p256", "p384", "p521", "dsa", "ed25519")
ALGORITHMS = {
    "rsa": "RSA-SHA256",
    "rsa-sha384": "RSA-SHA384",
    "rsa-sha512": "RSA-SHA512",
    "p256": "ECDSA-SHA256",
    "p384": "ECDSA-SHA384",
    "p521": "ECDSA-SHA512",
    "dsa": "DSA-SHA256",
    "ed25519": "ED25519",
}
HASHES = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512()}


@cache
def private_key(kind: str):
    """One key per kind and test run."""
    match kind:
        case "rsa" | "rsa-sha384" | "rsa-sha512":
            return rsa.generate_private_key(65537, 2048)
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "p521":
            return ec.generate_private_key(ec.SECP521R1())
        case "dsa":
            return dsa.generate_private_key(2048)
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
    raise AssertionError(kind)


def certificate(key, serial_number: int, common_name: str, issuer: str, issuer_key) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(
        named(issuer), named(common_name), key.public_key(), serial_number, first, last
    ).add_extension(x509.BasicConstraints(ca=key is issuer_key, path_length=None), critical=True)
    plain = isinstance(issuer_key, ed25519.Ed25519PrivateKey)
    return builder.sign(issuer_key, None if plain else hashes.SHA256())


@dataclass(frozen=True)
class LocalSigner:
    """Satisfies `xrattest.envelope.Signer`."""

    algorithm: str
    key: object
    certificates: tuple[x509.Certificate, ...]

    @property
    def serial_number(self) -> int:
        return self.certificates[-1].serial_number

    @property
    def chain(self) -> Sequence[bytes]:
        return [entry.public_bytes(Encoding.DER) for entry in self.certificates]

    def sign_digest(self, digest: bytes) -> bytes:
        prehashed = Prehashed(HASHES[self.algorithm.partition("-")[2]])
        match self.key:
            case rsa.RSAPrivateKey():
                return self.key.sign(digest, padding.PKCS1v15(), prehashed)
            case ec.EllipticCurvePrivateKey():
                return self.key.sign(digest, ec.ECDSA(prehashed))
        return self.key.sign(digest, prehashed)

    def sign_message(self, message: bytes | memoryview) -> bytes:
        return self.key.sign(message)

    def genuine(self, signature: bytes, signed: bytes) -> None:
        """Check a signature over whole signed bytes, the digest computed by the library: raises when it does not verify."""
        public, digest = self.key.public_key(), HASHES.get(self.algorithm.partition("-")[2])
        match public:
            case rsa.RSAPublicKey():
                public.verify(signature, signed, padding.PKCS1v15(), digest)
            case ec.EllipticCurvePublicKey():
                public.verify(signature, signed, ec.ECDSA(digest))
            case dsa.DSAPublicKey():
                public.verify(signature, signed, digest)
            case _:
                public.verify(signature, signed)


@cache
def signer(kind: str) -> LocalSigner:
    """A self-signed root and a leaf; the leaf signs."""
    return signer_of(private_key(kind), ALGORITHMS[kind])


def signer_of(key, algorithm: str) -> LocalSigner:
    root_key = private_key("ed25519") if isinstance(key, dsa.DSAPrivateKey) else key
    root = certificate(root_key, 4277, "root", "root", root_key)
    # The root is its own key's in the vectors; CA:TRUE follows from issuer and subject being one key.
    leaf = certificate(key, 4278, "router", "root", root_key)
    return LocalSigner(algorithm, key, (root, leaf))


def signer_from_pem(path: Path, algorithm: str) -> LocalSigner:
    return signer_of(load_pem_private_key(path.read_bytes(), None), algorithm)
