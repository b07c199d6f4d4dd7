"""Compare the verification of signatures in a measurement list with evmctl, in CPU seconds; fails when the ratio is missed.

The list has 100,000 `ima-sig` entries: nine in ten carry one of 4,096 P-256 signatures, as a host that runs the same signed
programs again and again gives them. Both sides are whole processes, start-up included, user and system seconds by `wait4`;
runs alternate, and the median of the pairs' ratios is judged.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import struct
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hashing import cpu_of, paired

from xrattest import ima

ENTRIES = 100_000
POOL = 4_096
UNSIGNED_IN_TEN = 1
BOUND = 0.2


def main() -> int:
    """Make the list, measure, print the table; return 1 when the ratio was missed, 2 when evmctl is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument(
        "--directory", type=Path, help="where the list is made [default: the temporary directory]"
    )
    options = parser.parse_args()
    if shutil.which("evmctl") is None:
        sys.stderr.write("not installed: evmctl (apt-get install ima-evm-utils)\n")
        return 2
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        place = Path(directory)
        ours, peer = commands(place, options.entries)
        ratio = paired(
            f"{options.entries:,} ima-sig / evmctl",
            options.pairs,
            lambda: cpu_of(ours),
            lambda: cpu_of(peer),
            BOUND,
        )
    sys.stdout.write(f"{'':<46} {'ours':>8} {'peer':>8} {'':<5} {'ratio':>6}\n{ratio}\n")
    return 0 if ratio.kept else 1


def commands(place: Path, entries: int) -> tuple[list[str], list[str]]:
    """Write key, list and PCRs into `place`, and return our command line and evmctl's."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate, log, pcrs = place / "key.der", place / "list", place / "pcrs"
    certificate.write_bytes(self_signed(key).public_bytes(Encoding.DER))
    with log.open("wb") as out:
        out.writelines(listed(key, entries))
    (value,) = ima.replay(log, ["sha1"]).pcrs["sha1"].values()
    # Without the PCRs evmctl asks the TPM of this machine.
    lines = [
        f"PCR-{index:02d}: {(value if index == 10 else bytes(20)).hex(' ').upper()}\n" for index in range(24)
    ]
    pcrs.write_text("".join(lines), encoding="ascii")
    ours = [
        sys.executable,
        "-m",
        "xrattest",
        "ima",
        "verify-signatures",
        "--key",
        str(certificate),
        "--log",
        str(log),
    ]
    peer = [
        "evmctl",
        "ima_measurement",
        "--verify-sig",
        "-k",
        str(certificate),
        "--pcrs",
        f"sha1,{pcrs}",
        str(log),
    ]
    return ours, peer


def self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return a certificate whose key identifier is the SHA-1 of the key, by which evmctl finds it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def listed(key: ec.EllipticCurvePrivateKey, entries: int):  # noqa: ANN201 - an iterator of bytes
    """Yield the entries; which of the pool each has is random, and the same in every run."""
    chosen = random.Random(4096)  # noqa: S311 - a repeatable order, not a secret
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest[-4:]
    pool = [signed(key, key_id, number) for number in range(POOL)]
    for number in range(entries):
        digest, signature = chosen.choice(pool)
        if chosen.randrange(10) < UNSIGNED_IN_TEN:
            signature = b""
        name = f"/usr/lib/bench/program-{number}\0".encode()
        data = field(b"sha256:\0" + digest) + field(name) + field(signature)
        yield struct.pack("<I", 10) + hashlib.sha1(data).digest() + field(b"ima-sig") + field(data)  # noqa: S324 - the list's


def signed(key: ec.EllipticCurvePrivateKey, key_id: bytes, number: int) -> tuple[bytes, bytes]:
    """Return a digest, and a `security.ima` of version 2 over it."""
    digest = hashlib.sha256(number.to_bytes(4, "big")).digest()
    signature = key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    return digest, b"\x03\x02\x04" + key_id + len(signature).to_bytes(2, "big") + signature


def field(content: bytes) -> bytes:
    """Return `content` behind its length, as template data has it."""
    return struct.pack("<I", len(content)) + content


if __name__ == "__main__":
    sys.exit(main())
