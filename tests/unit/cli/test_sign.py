"""`xrattest sign`, through the command line's own entry: what it writes, what it refuses, and with which exit status."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from xrattest.cli import run
from xrattest.envelope import open_envelope, signature_is_genuine


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("state")
    assert run([*options(directory), "pki", "trustpoint", "enroll", "system-trustpoint"]) == 0
    return directory


def options(state: Path) -> list[str]:
    return ["--state-dir", str(state), "--config", str(state / "config.toml")]


def feed(monkeypatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def leaf_key(opened):
    from cryptography import x509

    return x509.load_der_x509_certificate(opened.certificates[-1]).public_key()


def test_standard_input_to_a_file(state, tmp_path, monkeypatch):
    feed(monkeypatch, "évidence\n".encode())
    out = tmp_path / "envelope.json"
    assert run([*options(state), "sign", "--nonce", "1580", "--include-certificate", "-o", str(out)]) == 0
    opened = open_envelope(out, tmp_path)
    assert opened.payload.read_bytes() == "évidence\n".encode()
    assert opened.nonce == "1580"
    assert len(opened.certificates) == 2
    assert signature_is_genuine(opened, leaf_key(opened))


def test_file_to_standard_output(state, tmp_path, capfdbinary):
    text = tmp_path / "text"
    text.write_bytes(b"no final newline")
    assert run([*options(state), "sign", str(text)]) == 0
    value = json.loads(capfdbinary.readouterr().out)
    assert value["cli-output"] == "no final newline"
    assert set(value["signature-envelop"]) == {
        "signature-version",
        "digest-algorithm",
        "pub-key-id",
        "signature",
    }


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (b"a\0", [], "standard input: byte 1: U+0000"),
        (b"a\xff", [], "standard input: byte 1: invalid UTF-8"),
        (b"a", ["--nonce", "158"], "nonce"),
        (b"a", ["--nonce", "AB"], "nonce"),
        (b"a" * 2049, ["--max-size", "2K"], "limit of 2048"),
        (b"a", ["absent"], "absent"),
    ],
)
def test_refusals_write_nothing(state, tmp_path, monkeypatch, capsys, text, arguments, message):
    feed(monkeypatch, text)
    out = tmp_path / "envelope.json"
    assert run([*options(state), "sign", "-o", str(out), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_a_trustpoint(tmp_path, monkeypatch, capsys):
    feed(monkeypatch, b"text")
    assert run([*options(tmp_path), "sign"]) == 1
    assert "system-trustpoint" in capsys.readouterr().err
