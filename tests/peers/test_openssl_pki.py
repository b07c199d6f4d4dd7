"""OpenSSL's command as judge of what enrollment makes and the signer signs."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrattest.config.model import KeyKind, Settings
from xrattest.pki.display import serial
from xrattest.pki.enroll_self import enroll
from xrattest.pki.names import printed
from xrattest.pki.signer import TrustpointSigner

pytestmark = pytest.mark.peer
SYSTEM = "system-trustpoint"


@pytest.fixture(scope="module", params=list(KeyKind))
def made(request, tmp_path_factory, require_peer):
    """(openssl, directory with root.pem and leaf.pem, signer) for each kind of key."""
    openssl, directory = require_peer("openssl", package="openssl"), tmp_path_factory.mktemp("peer")
    table = {
        "keypair": {"type": request.param},
        "ca-keypair": {"type": request.param},
        "subject-name": "CN=lab1,C=US,O=x y",
    }
    settings = Settings.model_validate(
        {"hostname": "lab1", "domain": "example.com", "trustpoints": {SYSTEM: table}}
    )
    trustpoint = enroll(directory, settings, SYSTEM).trustpoint
    for name in ("root", "leaf"):
        (directory / f"{name}.pem").write_bytes(getattr(trustpoint, name).public_bytes(Encoding.PEM))
    return openssl, directory, TrustpointSigner.open(directory, settings, SYSTEM)


def run(*command, expect=0):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stderr
    return done.stdout


def test_the_chain_verifies(made):
    openssl, directory, _ = made
    root, leaf = directory / "root.pem", directory / "leaf.pem"
    assert (
        run(openssl, "verify", "-x509_strict", "-check_ss_sig", "-CAfile", root, leaf).strip()
        == f"{leaf}: OK"
    )


def test_the_chain_does_not_verify_under_another_root(made, tmp_path):
    openssl, directory, _ = made
    other = enroll(
        tmp_path, Settings.model_validate({"hostname": "lab1", "domain": "example.com"}), SYSTEM
    ).trustpoint
    (tmp_path / "other.pem").write_bytes(other.root.public_bytes(Encoding.PEM))
    run(openssl, "verify", "-CAfile", tmp_path / "other.pem", directory / "leaf.pem", expect=2)


def test_names_serial_and_dates_are_read_alike(made):
    openssl, directory, signer = made
    leaf = x509.load_der_x509_certificate(signer.chain[1])
    shown = run(openssl, "x509", "-in", directory / "leaf.pem", "-noout", "-serial", "-subject", "-nameopt", "RFC2253,utf8",
                "-enddate", "-dateopt", "iso_8601")  # fmt: skip
    assert f"serial={serial(signer.serial_number).replace(':', '')}" in shown
    assert f"subject={printed(leaf.subject)}" in shown.replace(
        "1.2.840.113549.1.9.2=#0C106C6162312E6578616D706C652E636F6D", "unstructuredName=lab1.example.com"
    )
    assert f"{leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%SZ}" in shown


def test_a_signature_verifies(made):
    openssl, directory, signer = made
    message = b"some evidence\n" * 100
    leaf = x509.load_der_x509_certificate(signer.chain[1])
    (directory / "key.pem").write_bytes(
        leaf.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (directory / "message").write_bytes(message)
    digest = signer.algorithm.partition("-")[2].lower()
    if digest:
        signature = signer.sign_digest(hashlib.new(digest, message).digest())
        verify = (
            openssl,
            "dgst",
            f"-{digest}",
            "-verify",
            directory / "key.pem",
            "-signature",
            directory / "signature",
            directory / "message",
        )
    else:
        signature = signer.sign_message(message)
        verify = (openssl, "pkeyutl", "-verify", "-pubin", "-inkey", directory / "key.pem", "-rawin",
                  "-in", directory / "message", "-sigfile", directory / "signature")  # fmt: skip
    (directory / "signature").write_bytes(signature)
    run(*verify)
    (directory / "message").write_bytes(message + b"x")
    run(*verify, expect=1)


def test_leaf_is_valid_now(made):
    openssl, directory, signer = made
    run(openssl, "x509", "-in", directory / "leaf.pem", "-noout", "-checkend", str(199 * 86400))
    run(openssl, "x509", "-in", directory / "leaf.pem", "-noout", "-checkend", str(201 * 86400), expect=1)
    assert x509.load_der_x509_certificate(signer.chain[1]).not_valid_before_utc <= datetime.now(UTC)
