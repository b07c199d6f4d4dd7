"""The signer: algorithm by key, signatures that another library verifies, refusals."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from xrattest.config.model import KeyKind, Settings
from xrattest.errors import ConfigError, PkiError
from xrattest.pki.enroll_self import enroll
from xrattest.pki.keystore import KeyStore
from xrattest.pki.signer import TrustpointSigner
from xrattest.pki.trustpoint import Trustpoint, TrustpointStore

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SYSTEM = "system-trustpoint"
MESSAGE = b"evidence" * 1000
ALGORITHMS = {
    KeyKind.RSA: "RSA-SHA256",
    KeyKind.DSA: "DSA-SHA256",
    KeyKind.ECDSA_P256: "ECDSA-SHA256",
    KeyKind.ECDSA_P384: "ECDSA-SHA384",
    KeyKind.ECDSA_P521: "ECDSA-SHA512",
    KeyKind.ED25519: "ED25519",
}


def clock():
    return NOW


def check(signer, signature, message):
    public = x509.load_der_x509_certificate(signer.chain[-1]).public_key()
    family, _, digest = signer.algorithm.partition("-")
    algorithm = getattr(hashes, digest)() if digest else None
    arguments = {"RSA": (padding.PKCS1v15(), algorithm), "DSA": (algorithm,), "ED25519": ()}.get(family)
    public.verify(signature, message, *(arguments if arguments is not None else (ec.ECDSA(algorithm),)))


def sign(signer, message):
    if signer.algorithm == "ED25519":
        return signer.sign_message(memoryview(message))
    return signer.sign_digest(hashlib.new(signer.algorithm.partition("-")[2], message).digest())


def test_every_kind_signs_what_its_certificate_verifies(enrolled):
    kind, directory, settings, done = enrolled
    signer = TrustpointSigner.open(directory, settings, SYSTEM, clock=clock)
    assert signer.algorithm == ALGORITHMS[kind]
    assert signer.serial_number == done.trustpoint.leaf.serial_number
    assert signer.chain == done.trustpoint.chain
    signature = sign(signer, MESSAGE)
    check(signer, signature, MESSAGE)
    with pytest.raises(InvalidSignature):
        check(signer, signature, MESSAGE + b"x")


def test_the_wrong_way_to_sign_is_refused(enrolled):
    kind, directory, settings, _ = enrolled
    signer = TrustpointSigner.open(directory, settings, SYSTEM, clock=clock)
    if kind is KeyKind.ED25519:
        with pytest.raises(PkiError, match="does not sign a digest"):
            signer.sign_digest(b"\0" * 32)
    else:
        with pytest.raises(PkiError, match="not a message"):
            signer.sign_message(b"m")
        with pytest.raises(PkiError, match="of 7 bytes"):
            signer.sign_digest(b"\0" * 7)


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_rsa_follows_message_digest(tmp_path, settings_with, digest):
    settings = settings_with(KeyKind.RSA, **{"message-digest": digest})
    enroll(tmp_path, settings, SYSTEM, clock=clock)
    signer = TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock)
    assert signer.algorithm == f"RSA-{digest.upper()}"
    check(signer, sign(signer, MESSAGE), MESSAGE)


def test_ed25519_takes_a_mapped_file(tmp_path, settings_with):
    import mmap

    settings = settings_with()
    enroll(tmp_path, settings, SYSTEM, clock=clock)
    signer = TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock)
    (tmp_path / "spool").write_bytes(MESSAGE)
    with (
        (tmp_path / "spool").open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as view,
    ):
        check(signer, signer.sign_message(view), MESSAGE)


def test_a_passphrase_comes_from_the_settings_or_the_caller(tmp_path, settings_with, monkeypatch):
    monkeypatch.setenv("KEYPASS", "correct horse")
    settings = settings_with(passphrase="env:KEYPASS")
    enroll(tmp_path, settings, SYSTEM, clock=clock)
    assert TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock).algorithm == "ED25519"
    monkeypatch.delenv("KEYPASS")
    with pytest.raises(ConfigError, match="absent"):
        TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock)
    assert (
        TrustpointSigner.open(tmp_path, settings, SYSTEM, b"correct horse", clock=clock).algorithm
        == "ED25519"
    )
    with pytest.raises(PkiError, match="wrong passphrase"):
        TrustpointSigner.open(tmp_path, settings, SYSTEM, b"wrong horse", clock=clock)


def test_what_keeps_it_from_signing_is_said(tmp_path, settings_with):
    settings = settings_with()
    with pytest.raises(PkiError, match=r"not enrolled.*trustpoint enroll"):
        TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock)
    with pytest.raises(PkiError, match="no trustpoint lab"):
        TrustpointSigner.open(tmp_path, Settings(), "lab", clock=clock)
    done = enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint
    for when in (NOW - timedelta(seconds=1), NOW + timedelta(days=201)):
        with pytest.raises(PkiError, match=r"not now.*trustpoint enroll"):
            TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=lambda when=when: when)
    KeyStore(tmp_path).generate(KeyKind.ED25519, "system-enroll-key", replace=True)
    with pytest.raises(PkiError, match=r"another key.*trustpoint enroll"):
        TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock)
    TrustpointStore(tmp_path).save(Trustpoint(SYSTEM, done.root, None, done.last_serial))
    with pytest.raises(PkiError, match="no leaf"):
        TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock)
    KeyStore(tmp_path).zeroize(KeyKind.ED25519, "system-enroll-key")
    TrustpointStore(tmp_path).save(done)
    with pytest.raises(PkiError, match=r"no ed25519 key system-enroll-key.*trustpoint enroll"):
        TrustpointSigner.open(tmp_path, settings, SYSTEM, clock=clock)


def test_it_satisfies_what_the_envelope_asks_for(enrolled):
    from xrattest.envelope.protocols import Signer

    names = [name for name in vars(Signer) if not name.startswith("_")]
    assert names
    signer = TrustpointSigner.open(enrolled[1], enrolled[2], SYSTEM, clock=clock)
    assert all(hasattr(signer, name) for name in names)
