"""Makes what the tests judge: keys, certificates, values of security.ima, and entries that hold them."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DIGEST = hashlib.sha256(b"a program").digest()
HASHES = {"sha1": (2, hashes.SHA1()), "sha256": (4, hashes.SHA256()), "sha384": (5, hashes.SHA384()),
          "sha512": (6, hashes.SHA512()), "sha3-256": (20, hashes.SHA3_256())}  # fmt: skip


def certificate(
    key=EC_KEY, name="signer", *, key_id: bytes | None = b"", serial=7, years=(2020, 2120), signer=EC_KEY
) -> bytes:
    """A certificate in DER; `key_id` is its subject key identifier: the SHA-1 of the key by default, None for none."""
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin, end = (datetime(year, 1, 1, tzinfo=UTC) for year in years)
    built = x509.CertificateBuilder(names, names, key.public_key(), serial, begin, end)
    if key_id is not None:
        own = (
            x509.SubjectKeyIdentifier(key_id)
            if key_id
            else x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        )
        built = built.add_extension(own, critical=False)
    return built.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def key_id(key=EC_KEY) -> bytes:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest[-4:]


def raw(key, digest: bytes, algorithm="sha256") -> bytes:
    """The key's signature over a digest."""
    prehashed = utils.Prehashed(HASHES[algorithm][1])
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(digest, padding.PKCS1v15(), prehashed)
    return key.sign(digest, ec.ECDSA(prehashed))


def value(
    key=EC_KEY, digest: bytes = DIGEST, *, kind=3, version=2, algorithm="sha256", own_id: bytes | None = None
) -> bytes:
    """The content of security.ima: a signature by `key` over `digest`, itself or in struct ima_file_id."""
    number = HASHES[algorithm][0]
    if version == 3:
        digest = hashlib.new(algorithm.replace("3-", "3_"), bytes((kind, number)) + digest).digest()
    signature = raw(key, digest, algorithm)
    header = struct.pack(">BBB4sH", kind, version, number, own_id or key_id(key), len(signature))
    return header + signature


@dataclass
class Entry:
    """What the checker reads of an entry."""

    number: int = 0
    template: str = "ima-sig"
    algorithm: str | None = "sha256"
    digest_type: str | None = None
    digest: bytes | None = DIGEST
    name: bytes | None = b"/bin/program"
    signature: bytes | None = None
    fields: dict[str, bytes] = field(default_factory=dict)
    is_violation: bool = False


def lp(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def listed(path: bytes, signature: bytes, digest: bytes = DIGEST) -> bytes:
    """One ima-sig entry as a little-endian kernel writes it."""
    data = lp(b"sha256:\0" + digest) + lp(path + b"\0") + lp(signature)
    return struct.pack("<I", 10) + hashlib.sha1(data).digest() + lp(b"ima-sig") + lp(data)
