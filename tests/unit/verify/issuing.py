"""Certificates and signatures made with pyca/cryptography alone, so that the verifier is not judged by its own PKI."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
START, END = NOW - timedelta(days=1), NOW + timedelta(days=365)

ALGORITHMS = {
    "rsa": "RSA-SHA256",
    "dsa": "DSA-SHA256",
    "p256": "ECDSA-SHA256",
    "p384": "ECDSA-SHA384",
    "p521": "ECDSA-SHA512",
    "ed25519": "ED25519",
}
HASHES = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512()}


@cache
def key(kind: str, label: str = ""):
    """One private key per kind and label and test run."""
    del label
    match kind:
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case "dsa":
            return dsa.generate_private_key(2048)
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "p521":
            return ec.generate_private_key(ec.SECP521R1())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
    raise AssertionError(kind)


def usage(**on: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


ROOT_USAGE = usage(digital_signature=True, key_cert_sign=True, crl_sign=True)
LEAF_USAGE = usage(digital_signature=True, data_encipherment=True, key_agreement=True)


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certify(subject_key, subject: str, serial: int, *, issuer_key=None, issuer: str | None = None, ca: bool = False,
            start: datetime = START, end: datetime = END, key_usage: x509.KeyUsage | None = None):  # fmt: skip
    signing_key = issuer_key or subject_key
    builder = (
        x509.CertificateBuilder(
            name(issuer or subject), name(subject), subject_key.public_key(), serial, start, end
        )
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(key_usage or (ROOT_USAGE if ca else LEAF_USAGE), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(subject_key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    ed = isinstance(signing_key, ed25519.Ed25519PrivateKey)
    return builder.sign(signing_key, None if ed else hashes.SHA256())


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


@dataclass(frozen=True)
class LocalSigner:
    """A signer for `xrattest.envelope.seal`; `certificates` root first, leaf last."""

    kind: str
    certificates: tuple[x509.Certificate, ...]
    private_key: object = field(repr=False)

    @property
    def algorithm(self) -> str:
        return ALGORITHMS[self.kind]

    @property
    def serial_number(self) -> int:
        return self.certificates[-1].serial_number

    @property
    def chain(self) -> list[bytes]:
        return [der(certificate) for certificate in self.certificates]

    def sign_digest(self, digest: bytes) -> bytes:
        hashed = Prehashed(HASHES[self.algorithm.partition("-")[2]])
        if self.kind == "rsa":
            return self.private_key.sign(digest, padding.PKCS1v15(), hashed)
        if self.kind == "dsa":
            return self.private_key.sign(digest, hashed)
        return self.private_key.sign(digest, ec.ECDSA(hashed))

    def sign_message(self, message: bytes | memoryview) -> bytes:
        return self.private_key.sign(bytes(message))


def signer(kind: str = "ed25519", *, root: str = "root", leaf: str = "edge1", serial: int = 4277, label: str = "",
           **leaf_options) -> LocalSigner:  # fmt: skip
    """A root and a leaf of one kind; the leaf takes the root's serial number + 1."""
    root_key, leaf_key = key(kind, f"root{label}"), key(kind, f"leaf{label}")
    root_certificate = certify(root_key, root, serial, ca=True)
    leaf_certificate = certify(leaf_key, leaf, serial + 1, issuer_key=root_key, issuer=root, **leaf_options)
    return LocalSigner(kind, (root_certificate, leaf_certificate), leaf_key)
