"""The whole road through the command line, for every kind of key: attest, export the root, verify; IMA log included."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest

from xrattest.cli import run
from xrattest.config.trustpoint import KeyKind


def lp(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def ima_list(count: int) -> bytes:
    """A list of template ima-ng, as a little-endian kernel writes it."""
    entries = []
    for number in range(count):
        digest = hashlib.sha256(str(number).encode()).digest()
        data = lp(b"sha256:\0" + digest) + lp(b"/usr/bin/program%d\0" % number)
        entries.append(struct.pack("<I", 10) + hashlib.sha1(data).digest() + lp(b"ima-ng") + lp(data))
    return b"".join(entries)


@pytest.fixture
def xrattest(tmp_path, monkeypatch, capfd):
    """Run a command with state and configuration of its own; returns what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    places = ["--state-dir", str(tmp_path / "state"), "--config", str(tmp_path / "config.toml")]

    def call(*arguments: str, status: int = 0) -> str:
        found = run([*places, *arguments])
        captured = capfd.readouterr()
        assert found == status, captured.out + captured.err
        return captured.out

    return call


@pytest.mark.parametrize("display", ["full", "compact"])
@pytest.mark.parametrize("kind", list(KeyKind), ids=str)
def test_attest_export_verify(kind, display, xrattest, tmp_path):
    (tmp_path / "list").write_bytes(ima_list(20))
    xrattest("config", "set", "plugin.ima.log", str(tmp_path / "list"))
    xrattest("config", "set", "trustpoints.system-trustpoint.keypair.type", str(kind))
    xrattest("config", "set", "trustpoints.system-trustpoint.ca-keypair.type", str(kind))
    shown = ["--display", "compact"] if display == "compact" else []
    xrattest("attest", "--include", "system-integrity-snapshot", *shown, "--nonce", "1580", "-o", "e.json")
    xrattest("pki", "certificate", "export", "--root", "-o", "root.pem")
    demand = ["--trust-anchor", "root.pem", "--nonce", "1580", "--max-age", "10m", "--json"]
    verdict = json.loads(xrattest("verify", "e.json", *demand))
    status = {check["id"]: check["status"] for check in verdict["checks"]}
    assert verdict["verdict"] == "pass"
    assert verdict["device"]
    assert {check_id for check_id, ended in status.items() if ended != "pass"} == {
        "envelope.sudi-signature", "envelope.identity", "ima.matches-quote", "ima.continuity", "ima.signatures",
        "ima.reference-values", "ima.boot-aggregate", "boot.self-consistent", "boot.matches-quote", "reference.kgv",
    }  # fmt: skip
    (node,) = (finding for finding in verdict["findings"] if finding["check"] == "ima.self-consistent")
    assert (node["entries"], node["violations"]) == (20, 0)
    xrattest("verify", "e.json", "--trust-anchor", "root.pem", "--nonce", "1581", status=1)
