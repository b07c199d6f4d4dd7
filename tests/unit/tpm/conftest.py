"""A TPM's signer in software: it signs whatever a test wants signed, as no TPM would."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).parents[2] / "vectors" / "tpm"
IDS = {
    "sha1": 0x0004,
    "sha256": 0x000B,
    "sha384": 0x000C,
    "sha512": 0x000D,
    "rsassa": 0x14,
    "rsapss": 0x16,
    "ecdsa": 0x18,
}
HASHES = {
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def sized(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


@dataclass
class Quote:
    """A TPMS_ATTEST to be."""

    extra_data: bytes = b"\x15\x80"
    values: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """What is selected, with its values."""
    hash: str = "sha256"
    reset_count: int = 3
    safe: int = 1

    def encode(self) -> bytes:
        banks = b"".join(
            struct.pack(">HB", IDS[bank], 3) + sum(1 << index for index in pcrs).to_bytes(3, "little")
            for bank, pcrs in self.values.items()
        )
        digest = hashlib.new(
            self.hash, b"".join(pcrs[index] for pcrs in self.values.values() for index in sorted(pcrs))
        )
        return (
            bytes.fromhex("ff5443478018") + sized(b"\x00\x0b" + bytes(32)) + sized(self.extra_data)
            + struct.pack(">QIIBQ", 86241, self.reset_count, 0, self.safe, 7)
            + struct.pack(">I", len(self.values)) + banks + sized(digest.digest())
        )  # fmt: skip


class Signer:
    """A key pair that signs like a TPM."""

    def __init__(self, key, scheme: str, hash_name: str = "sha256", salt=padding.PSS.MAX_LENGTH) -> None:
        self.private, self.scheme, self.hash, self.salt = key, scheme, hash_name, salt

    def sign(self, message: bytes) -> bytes:
        algorithm = HASHES[self.hash]
        if self.scheme == "ecdsa":
            r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(algorithm)))
            numbers = [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (r, s)]
        else:
            pad = (
                padding.PKCS1v15()
                if self.scheme == "rsassa"
                else padding.PSS(padding.MGF1(algorithm), self.salt)
            )
            numbers = [self.private.sign(message, pad, algorithm)]
        return struct.pack(">HH", IDS[self.scheme], IDS[self.hash]) + b"".join(map(sized, numbers))

    @property
    def pem(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def area(self, attributes: int = 0x00050072, scheme: tuple[str, str] | None = None) -> bytes:
        """Return its TPM2B_PUBLIC."""
        bound = struct.pack(">HH", IDS[scheme[0]], IDS[scheme[1]]) if scheme else b"\x00\x10"
        numbers = self.private.public_key().public_numbers()
        if self.scheme == "ecdsa":
            size = (self.private.curve.key_size + 7) // 8
            curve = {256: 3, 384: 4, 521: 5}[self.private.curve.key_size]
            x, y = (sized(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
            kind, rest = 0x0023, bound + struct.pack(">HH", curve, 0x0010) + x + y
        else:
            bits = self.private.key_size
            kind, rest = (
                0x0001,
                bound + struct.pack(">HI", bits, 0) + sized(numbers.n.to_bytes(bits // 8, "big")),
            )
        return sized(struct.pack(">HHI", kind, 0x000B, attributes) + sized(b"") + b"\x00\x10" + rest)


@pytest.fixture(scope="session")
def rsa_private():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ec_private():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def rsa_signer(rsa_private) -> Signer:
    return Signer(rsa_private, "rsassa")


@pytest.fixture
def quote() -> Quote:
    return Quote(values={"sha1": {10: b"\x01" * 20}, "sha256": {0: b"\x02" * 32, 10: b"\x03" * 32}})


@pytest.fixture
def make_signer() -> type[Signer]:
    return Signer
