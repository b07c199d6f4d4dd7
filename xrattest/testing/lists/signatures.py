"""Signed files for generated lists: IMA signatures of version 2 by one P-256 key, and by nobody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from xrattest.testing.lists.noise import Noise

SignatureKind = Literal["none", "noise", "p256"]

_TYPE_DIGSIG = 3
_SHA256 = 4  # in the kernel's enum hash_algo
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Signed:
    """A file's digest (SHA-256) and the `security.ima` that signs it; empty where the file has none."""

    digest: bytes
    signature: bytes


def header(key_id: bytes, signature: bytes) -> bytes:
    """Return `signature` behind the kernel's `struct signature_v2_hdr`."""
    return bytes([_TYPE_DIGSIG, 2, _SHA256]) + key_id + len(signature).to_bytes(2, "big") + signature


def signing_key(seed: int) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key of a seed: for tests, known to everybody."""
    secret = int.from_bytes(hashlib.sha512(b"xrattest list key %d" % seed).digest(), "big")
    return ec.derive_private_key(secret % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def certificate(seed: int) -> bytes:
    """Return the certificate (DER, self-signed) of `signing_key(seed)`; the last four bytes of its key identifier are the key id."""
    key, name = signing_key(seed), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "generated list")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1 + seed,
        not_valid_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_valid_after=datetime(2120, 1, 1, tzinfo=UTC),
    ).add_extension(identifier, critical=False)
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def pool(kind: SignatureKind, size: int, seed: int) -> list[Signed]:
    """Return `size` signed files; `noise` is no signature, but as long as one of RSA-2048."""
    noise = Noise(seed + (1 << 32))
    if kind == "none":
        return []
    if kind == "noise":
        return [Signed(noise.take(32), header(noise.take(4), noise.take(256))) for _ in range(size)]
    key = signing_key(seed)
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest[-4:]
    algorithm = ec.ECDSA(Prehashed(hashes.SHA256()), deterministic_signing=True)
    digests = [noise.take(32) for _ in range(size)]
    return [Signed(digest, header(key_id, key.sign(digest, algorithm))) for digest in digests]
