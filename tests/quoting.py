"""Lists, dossiers and quotes of a device that does not exist: its TPM is in software and signs whatever it is told to."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrattest import ima

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
    clock: int = 86241

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
            + struct.pack(">QIIBQ", self.clock, self.reset_count, 0, self.safe, 7)
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


NODE = "node0_RP0_CPU0"


def lp(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def entry(
    path: str,
    content: bytes | None = None,
    *,
    pcr: int = 10,
    violation: bool = False,
    wrong_hash: bool = False,
) -> bytes:
    """One ima-ng entry of a little-endian kernel, for a file whose content is its path unless given."""
    digest = hashlib.sha256(path.encode() if content is None else content).digest()
    data = lp(b"sha256:\0" + digest) + lp(path.encode() + b"\0")
    recorded = bytes(20) if violation else hashlib.sha1(b"x" + data if wrong_hash else data).digest()
    return struct.pack("<I", pcr) + recorded + lp(b"ima-ng") + lp(data)


def replayed(entries: list[bytes], bank: str, pcr: int = 10) -> bytes:
    """A PCR by hashlib alone."""
    size = hashlib.new(bank).digest_size
    value = bytes(size)
    for one in entries:
        if struct.unpack("<I", one[:4])[0] != pcr:
            continue
        data = one[24 + 4 + len(b"ima-ng") + 4 :]
        extended = hashlib.new(bank, data).digest() if any(one[4:24]) else b"\xff" * size
        value = hashlib.new(bank, value + extended).digest()
    return value


def node_data(log: bytes, **more) -> dict:
    out = io.BytesIO()
    ima.write_events(log, out)
    return {"node-location": NODE, "ima-event-log": json.loads(out.getvalue()), **more}


def registers(message: bytes, signature: bytes, values: dict[str, dict[int, bytes]], **more) -> dict:
    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    return {
        "tpm-name": "tpm0",
        "node-location": NODE,
        "PCR": [
            {"index": index, "bank": bank, "value": text(value)}
            for bank, pcrs in values.items()
            for index, value in pcrs.items()
        ],
        "pcr-quote": text(message),
        "pcr-quote-signature": text(signature),
        **more,
    }


def dossier(nodes: list[dict], quotes: list | None, nonce: str | None = None) -> str:
    """Return a dossier of `system-ima` and, unless None, `platform-config-registers`."""
    snapshot = {"result-code": "Success", "model-name": "m", "model-revision": "1", "collectors": []}
    snapshot |= {"system-ima": {"node-data": nodes}}
    if quotes is not None:
        snapshot |= {"platform-config-registers": {"node-data": quotes}}
    head = {
        "collection-start-time": 1.0,
        "model-name": "urn:xrattest:dossier",
        "model-revision": "2026-11-23",
    }
    head |= {} if nonce is None else {"nonce": nonce}
    backed = {name: {"result-code": "Success", name: "x"} for name in ("license-udi", "version", "platform")}
    return json.dumps(head | backed | {"system-integrity-snapshot": snapshot, "collection-end-time": 2.0})
