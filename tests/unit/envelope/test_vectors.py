"""The envelopes in tests/vectors are what `seal` writes today, and open."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import pytest

from xrattest.envelope import open_envelope, signature_is_genuine

VECTORS = Path(__file__).parents[2] / "vectors" / "envelope"


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("envelope_vectors", VECTORS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generator_gives_the_files(generator, tmp_path):
    generator.generate(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in VECTORS.iterdir() if path.suffix in {".json", ".txt"}}
    assert made == kept


def test_every_vector_opens(generator, signers, spool):
    for name, (text, key, algorithm, nonce, certificates) in generator.ENVELOPES.items():
        signer = signers.signer_from_pem(VECTORS / "keys" / f"{key}.pem", algorithm)
        opened = open_envelope(VECTORS / f"{name}.json", spool)
        assert opened.payload.read_bytes() == (VECTORS / f"{text}.txt").read_bytes()
        assert (opened.nonce, opened.digest_algorithm) == (nonce, algorithm)
        assert len(opened.certificates) == (2 if certificates else 0)
        assert signature_is_genuine(opened, signer.certificates[-1].public_key())


def test_one_signature_by_hand(signers, spool):
    # RSAVP1 (RFC 8017 §5.2.2) with Python's integers: the signature opens to the PKCS#1 v1.5 block of the digest.
    opened = open_envelope(VECTORS / "rsa-sha256.json", spool)
    numbers = (
        signers.signer_from_pem(VECTORS / "keys" / "rsa.pem", "RSA-SHA256").key.public_key().public_numbers()
    )
    block = pow(int.from_bytes(opened.signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    signed = b"\x15\x80" + b"\x00\x00\x00\x01" + b"Cisco IOS XR Software, Version 7.3.1\n"
    digest_info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(signed).digest()
    assert block == b"\x00\x01" + b"\xff" * (256 - 3 - len(digest_info)) + b"\x00" + digest_info
