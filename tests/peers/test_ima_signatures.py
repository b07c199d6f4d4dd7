"""evmctl (ima-evm-utils) and openssl make signatures that we verify, and evmctl agrees about those of lists."""

from __future__ import annotations

import hashlib
import os
import re
import struct
import subprocess
from pathlib import Path

import pytest

from xrattest import ima
from xrattest.ima.signatures import Keyring, Kind, Result, SignatureChecker, read_keys
from xrattest.ima.signatures.judging import Measured, judge_file_signature
from xrattest.ima.signatures.modsig import judge_modsig
from xrattest.ima.signatures.portable import InodeFields, judge_portable

pytestmark = pytest.mark.peer

CONTENT = b"a program that somebody signs\n"
KINDS = {
    "rsa": ["rsa:2048"],
    "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
}


def run(*command, cwd: Path) -> str:
    return subprocess.run([*map(str, command)], cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.fixture(params=KINDS)
def signer(request, require_peer, tmp_path) -> tuple[Path, Keyring]:
    """A directory with key.pem, cert.pem, cert.der and a file to sign; and the keyring of that signer."""
    openssl = require_peer("openssl", package="openssl")
    run(openssl, "req", "-x509", "-newkey", *KINDS[request.param], "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
        "-subj", "/CN=signer", "-days", "30", cwd=tmp_path)  # fmt: skip
    run(openssl, "x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der", cwd=tmp_path)
    (tmp_path / "file").write_bytes(CONTENT)
    return tmp_path, Keyring(read_keys(tmp_path / "cert.der"))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_what_evmctl_signs_is_valid(signer, require_peer, algorithm):
    place, keyring = signer
    evmctl = require_peer("evmctl", package="ima-evm-utils")
    printed = run(
        evmctl,
        "ima_sign",
        "-n",
        "-a",
        algorithm,
        "--key",
        "key.pem",
        "--keyid-from-cert",
        "cert.pem",
        "file",
        cwd=place,
    )
    value = bytes.fromhex(printed.split()[0])
    digest = hashlib.new(algorithm, CONTENT).digest()
    assert judge_file_signature(keyring, Measured(algorithm, None, digest), value).result is Result.VALID
    other = hashlib.new(algorithm, b"another").digest()
    assert judge_file_signature(keyring, Measured(algorithm, None, other), value).result is Result.INVALID


@pytest.mark.parametrize("word_size", ["--m32", "--m64"])
def test_portable_signatures_of_evmctl_are_valid(signer, require_peer, word_size):
    place, keyring = signer
    evmctl = require_peer("evmctl", package="ima-evm-utils")
    digest = hashlib.sha256(CONTENT).digest()
    covered = b"\x04\x04" + digest
    printed = run(evmctl, "sign", "--portable", "-n", word_size, "--ima", covered.hex(), "-a", "sha256", "--key", "key.pem",
                  "--keyid-from-cert", "cert.pem", "file", cwd=place)  # fmt: skip
    value = bytes.fromhex(printed.split()[-1])
    status = (place / "file").stat()
    fields = InodeFields(b"security.ima\0", struct.pack("<I", len(covered)), covered, struct.pack("<I", status.st_uid),
                         struct.pack("<I", status.st_gid), struct.pack("<H", status.st_mode))  # fmt: skip
    found = judge_portable(keyring, Measured("sha256", None, digest), value, fields)
    assert (found.kind, found.result) == (Kind.EVM_PORTABLE, Result.VALID)
    other_mode = fields._replace(mode=struct.pack("<H", status.st_mode ^ 0o4000))
    assert (
        judge_portable(keyring, Measured("sha256", None, digest), value, other_mode).result is Result.INVALID
    )


@pytest.mark.parametrize(
    "options", [["-noattr", "-nocerts"], ["-noattr", "-keyid"], ["-nosmimecap"], []], ids=" ".join
)
def test_cms_of_openssl_is_valid(signer, require_peer, options):
    place, keyring = signer
    openssl = require_peer("openssl", package="openssl")
    run(openssl, "cms", "-sign", "-binary", *options, "-md", "sha256", "-signer", "cert.pem", "-inkey", "key.pem", "-in", "file",
        "-outform", "DER", "-out", "message", cwd=place)  # fmt: skip
    message = (place / "message").read_bytes()
    measured = Measured("sha256", None, hashlib.sha256(CONTENT).digest())
    assert judge_modsig(keyring, measured, message).result is Result.VALID
    assert judge_modsig(keyring, measured._replace(digest=bytes(32)), message).result is Result.INVALID
    assert judge_modsig(Keyring(), measured, message).result is Result.UNKNOWN_KEY


def test_pss_is_said_to_be_unsupported(require_peer, tmp_path):
    openssl = require_peer("openssl", package="openssl")
    run(
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=signer",
        cwd=tmp_path,
    )
    (tmp_path / "file").write_bytes(CONTENT)
    run(openssl, "cms", "-sign", "-binary", "-noattr", "-md", "sha256", "-signer", "cert.pem", "-inkey", "key.pem", "-in", "file",
        "-keyopt", "rsa_padding_mode:pss", "-outform", "DER", "-out", "message", cwd=tmp_path)  # fmt: skip
    measured = Measured("sha256", None, hashlib.sha256(CONTENT).digest())
    found = judge_modsig(
        Keyring(read_keys(tmp_path / "cert.pem")), measured, (tmp_path / "message").read_bytes()
    )
    assert found.result is Result.UNSUPPORTED


@pytest.mark.corpus
@pytest.mark.parametrize(("log", "keys", "signed"), [
    ("ima/kgoldman-acs/imasig.log", ["ima/kgoldman-acs/imakey.der"], 899),
    ("vm/sig-sha256/ima/binary_runtime_measurements", ["vm/sig-sha256/rsa.der", "vm/sig-sha256/ec.der"], 6),
])  # fmt: skip
def test_evmctl_agrees_about_every_entry(corpus, require_peer, log, keys, signed):
    evmctl = require_peer("evmctl", package="ima-evm-utils")
    paths = [corpus / key for key in keys]
    done = subprocess.run(
        [evmctl, "ima_measurement", "-v", "--ignore-violations", "--verify-sig", "-k", ",".join(map(str, paths)), corpus / log],
        capture_output=True, check=False, env={**os.environ, "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    theirs = re.findall(rb"^(.*): verification (is OK|failed)", done.stdout + done.stderr, re.MULTILINE)
    checker = SignatureChecker(Keyring(key for path in paths for key in read_keys(path)))
    wanted = set(Result) - {Result.UNSIGNED, Result.NO_FILE}
    ours = [
        (outcome.path, b"is OK" if outcome.judgement.result is Result.VALID else b"failed")
        # evmctl passes a portable EVM signature over without a word; ours names it.
        for outcome in checker.check_all(ima.read(corpus / log), wanted)
        if outcome.judgement.kind is not Kind.EVM_PORTABLE
    ]
    assert checker.summary.count(*wanted) == signed
    assert sorted(ours) == sorted(theirs)
