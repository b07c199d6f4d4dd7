"""`xrattest pki`, as a user types it."""

from __future__ import annotations

import json
import os
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrattest.cli import run
from xrattest.tpm import envelope_extra_data


@pytest.fixture
def xrattest(tmp_path, capfd):
    """Run a command line in a state of its own; returns (exit status, standard output, standard error)."""

    def call(*arguments):
        status = run(
            ["--config", str(tmp_path / "config.toml"), "--state-dir", str(tmp_path / "state"), *arguments]
        )
        out, err = capfd.readouterr()
        return status, out, err

    return call


@pytest.fixture
def ed25519(tmp_path):
    (tmp_path / "config.toml").write_text(
        'hostname = "lab1"\n[trustpoints.system-trustpoint]\nkeypair.type = "ed25519"\nca-keypair.type = "ed25519"\n'
    )


def test_generate_list_zeroize(xrattest, tmp_path):
    assert xrattest("pki", "key", "list") == (0, "no keys\n", "")
    assert xrattest("pki", "key", "generate", "ed25519") == (
        0,
        "generated the ed25519 key the_default, 256 bits\n",
        "",
    )
    assert xrattest("pki", "key", "generate", "ecdsa-nistp256", "k")[0] == 0
    status, out, _ = xrattest("pki", "key", "list")
    assert status == 0
    assert "Key label: the_default\nType     : ED25519\nSize     : 256\n" in out
    listed = json.loads(xrattest("pki", "key", "list", "--json")[1])
    assert [(key["label"], key["type"], key["protected"]) for key in listed] == [
        ("k", "ecdsa-nistp256", False),
        ("the_default", "ed25519", False),
    ]
    status, out, err = xrattest("pki", "key", "zeroize", "ed25519", "--yes")
    assert (status, out) == (0, "zeroized the ed25519 key the_default\n")
    assert "journal" in err
    assert not (tmp_path / "state/keys/ed25519/the_default.key").exists()


def test_nothing_is_lost_without_a_yes(xrattest, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    xrattest("pki", "key", "generate", "ed25519", "k")
    before = xrattest("pki", "key", "list")[1]
    for command in (("generate", "ed25519", "k"), ("zeroize", "ed25519", "k")):
        status, _, err = xrattest("pki", "key", *command)
        assert status == 2
        assert "--yes" in err
    assert xrattest("pki", "key", "list")[1] == before
    assert xrattest("pki", "key", "generate", "ed25519", "k", "--yes")[0] == 0
    assert xrattest("pki", "key", "list")[1] != before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rsa", "--size", "512"), "too weak"),
        (("rsa", "--size", "1024"), "--legacy"),
        (("rsa", "--size", "4104"), "2048 to 4096"),
        (("dsa", "--size", "2056"), "2048, 3072, 4096"),
        (("ed25519", "../x"), "label '../x'"),
        (("rot13",), "'rot13' is not one of"),
        (("ed25519", "k", "--passphrase", "hunter2"), "file:/absolute/path"),
    ],
)
def test_refusals_of_generate(xrattest, tmp_path, arguments, words):
    status, out, err = xrattest("pki", "key", "generate", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not list((tmp_path / "state").rglob("*.key"))


def test_legacy_and_passphrase(xrattest, monkeypatch, tmp_path):
    monkeypatch.setenv("KEYPASS", "correct horse")
    assert (
        xrattest("pki", "key", "generate", "rsa", "old", "--size", "1024", "--legacy")[1]
        == "generated the rsa key old, 1024 bits\n"
    )
    assert xrattest("pki", "key", "generate", "ed25519", "k", "--passphrase", "env:KEYPASS")[0] == 0
    assert json.loads((tmp_path / "state/keys/ed25519/k.key").read_text())["protection"] == "scrypt-aes256gcm"
    monkeypatch.setenv("KEYPASS", "short")
    assert (
        "8 to 1024 bytes"
        in xrattest("pki", "key", "generate", "ed25519", "k2", "--passphrase", "env:KEYPASS")[2]
    )


def test_enroll_show_export(xrattest, tmp_path, ed25519):
    status, out, err = xrattest("pki", "trustpoint", "enroll")
    assert status == 0
    assert "not trust" in err
    assert out.startswith("Trustpoint       : system-trustpoint\n")
    assert xrattest("pki", "certificate", "show", "system-trustpoint")[1] == out
    shown = json.loads(xrattest("pki", "certificate", "show", "--json")[1])
    assert int(shown[0]["leaf"]["serial-number"]) == int(shown[0]["root"]["serial-number"]) + 1
    assert xrattest("pki", "certificate", "export", "--root", "-o", str(tmp_path / "root.pem")) == (0, "", "")
    root = x509.load_pem_x509_certificates((tmp_path / "root.pem").read_bytes())
    leaf = x509.load_pem_x509_certificates(xrattest("pki", "certificate", "export", "--leaf")[1].encode())
    chain = x509.load_pem_x509_certificates(xrattest("pki", "certificate", "export")[1].encode())
    assert chain == [*leaf, *root]
    assert str(leaf[0].serial_number) == shown[0]["leaf"]["serial-number"]
    again = xrattest("pki", "trustpoint", "enroll")
    assert "not trust" not in again[2]
    assert xrattest("pki", "certificate", "export", "--root")[1] == (tmp_path / "root.pem").read_text()
    assert xrattest("pki", "trustpoint", "enroll", "--new-root")[0] == 0
    assert xrattest("pki", "certificate", "export", "--root")[1] != (tmp_path / "root.pem").read_text()


def test_a_replaced_key_is_pointed_out(xrattest, ed25519):
    xrattest("pki", "trustpoint", "enroll")
    assert (
        "trustpoint enroll system-trustpoint`"
        in xrattest("pki", "key", "generate", "ed25519", "system-enroll-key", "--yes")[2]
    )
    assert (
        "enroll system-trustpoint --new-root`"
        in xrattest("pki", "key", "generate", "ed25519", "system-root-key", "--yes")[2]
    )


def test_list_show_delete_clear(xrattest, ed25519):
    listed = json.loads(xrattest("pki", "trustpoint", "list", "--json")[1])
    assert [(row["name"], row["state"]) for row in listed] == [("system-trustpoint", "not enrolled")]
    xrattest("pki", "trustpoint", "enroll")
    assert json.loads(xrattest("pki", "trustpoint", "show", "--json")[1])["state"] == "enrolled"
    assert "lifetime-certificate" in xrattest("pki", "trustpoint", "show")[1]
    assert "system-trustpoint" in xrattest("pki", "trustpoint", "list")[1]
    assert (
        xrattest("pki", "certificate", "clear", "--yes")[1]
        == "cleared the certificates of system-trustpoint\n"
    )
    assert "no root to export" in xrattest("pki", "certificate", "export", "--root")[2]
    assert (
        xrattest("pki", "trustpoint", "delete", "system-trustpoint", "--yes")[1]
        == "deleted trustpoint system-trustpoint\n"
    )
    for command in (("trustpoint", "delete", "system-trustpoint"), ("certificate", "show", "lab"), ("certificate", "clear", "lab"),
                    ("certificate", "export", "--leaf"), ("trustpoint", "show", "lab"), ("trustpoint", "enroll", "lab")):  # fmt: skip
        status, out, err = xrattest("pki", *command)
        assert (status, out) == (1, ""), command
        assert err.startswith("xrattest: "), command
        assert err.count("\n") == 1, command


def test_a_trustpoint_of_ones_own(xrattest, tmp_path):
    (tmp_path / "config.toml").write_text(
        'hostname = "h"\n[trustpoints.lab]\nkeypair.type = "ed25519"\nca-keypair.type = "ecdsa-nistp384"\n'
    )
    assert xrattest("pki", "trustpoint", "enroll", "lab")[0] == 0
    assert {key["label"] for key in json.loads(xrattest("pki", "key", "list", "--json")[1])} == {
        "lab-enroll-key",
        "lab-root-key",
    }


def test_state_is_private_under_a_wide_umask(xrattest, tmp_path, ed25519):
    before = os.umask(0)
    try:
        xrattest("pki", "trustpoint", "enroll")
    finally:
        os.umask(before)
    assert {
        stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").rglob("*") if path.is_file()
    } == {0o600}


def test_quote_nonce_names_nonce_and_key(xrattest, ed25519):
    assert xrattest("pki", "quote-nonce", "--nonce", "1580")[0] == 1
    assert xrattest("pki", "trustpoint", "enroll")[0] == 0
    leaf = x509.load_pem_x509_certificate(xrattest("pki", "certificate", "export", "--leaf")[1].encode())
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    status, out, _ = xrattest("pki", "quote-nonce", "--nonce", "1580")
    assert (status, out) == (0, envelope_extra_data(b"\x15\x80", spki).hex() + "\n")
    assert xrattest("pki", "quote-nonce", "--nonce", "158")[0] == 2
    assert xrattest("pki", "quote-nonce")[0] == 2


@pytest.mark.parametrize(
    "command",
    ["pki", "pki key generate", "pki key list", "pki key zeroize", "pki trustpoint enroll", "pki trustpoint list", "pki trustpoint show",
     "pki trustpoint delete", "pki certificate show", "pki certificate export", "pki certificate clear", "pki quote-nonce", "config", "config show",
     "config set", "config history", "config diff", "config rollback"],
)  # fmt: skip
def test_help_has_an_example(xrattest, command):
    status, out, _ = xrattest(*command.split(), "--help")
    assert status == 0
    assert f"Example:\n    xrattest {command}" in out
