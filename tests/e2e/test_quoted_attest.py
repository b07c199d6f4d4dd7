"""The road of docs/how-to/check-a-tpm-quote.md on a made host with a real boot: quote-nonce, quote, attest, verify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from xrattest import bootlog, ima

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
LOG = (VECTORS / "bootlog" / "ng-sha256.bin").read_bytes()
LIST = (VECTORS / "ima" / "ng-sha256.bin").read_bytes()


@pytest.fixture
def host(tmp_path, quoting):
    """A tree with what a kernel shows: the event log, the PCRs, and a list that has grown since they were quoted."""
    root = tmp_path / "root"
    entry = quoting.entry("/usr/bin/late")
    values = bootlog.replay(LOG).after_boot
    for bank in ("sha1", "sha256"):
        values[bank] |= ima.replay(LIST + entry, [bank]).pcrs[bank]
        directory = root / "sys/class/tpm/tpm0" / f"pcr-{bank}"
        directory.mkdir(parents=True)
        for index, value in values[bank].items():
            (directory / str(index)).write_text(value.hex().upper() + "\n")
    for path, content in (("tpm0", LOG), ("ima", LIST + entry)):
        name = "binary_bios_measurements" if path == "tpm0" else "binary_runtime_measurements"
        (root / "sys/kernel/security" / path).mkdir(parents=True)
        (root / "sys/kernel/security" / path / name).write_bytes(content)
    (root / "proc").mkdir()
    (root / "proc/uptime").write_text("150.4 1.0\n")
    (root / "proc/stat").write_text("btime 1627394112\n")
    return root


def quoted_values() -> dict[str, dict[int, bytes]]:
    values = {}
    for bank in ("sha1", "sha256"):
        boot = bootlog.replay(LOG).after_boot[bank]
        values[bank] = {index: boot[index] for index in (*range(10), 14)}
        values[bank] |= ima.replay(LIST, [bank]).pcrs[bank]
    return values


@pytest.fixture
def judged(host, quoting, xrattest, tmp_path):
    """Return a function: quote for a nonce, attest for 1580, verify; it gives the verdict."""

    def run(nonce: str, status: int) -> dict:
        key = quoting.Signer(rsa.generate_private_key(65537, 2048), "rsassa")
        (tmp_path / "ak.pub").write_bytes(key.area())
        xrattest("pki", "trustpoint", "enroll")
        extra = bytes.fromhex(xrattest("pki", "quote-nonce", "--nonce", nonce).stdout)
        message = quoting.Quote(extra, quoted_values()).encode()
        (host / "quote.msg").write_bytes(message)
        (host / "quote.sig").write_bytes(key.sign(message))
        given = ["--set", "tpm.quote=/quote.msg", "--set", "tpm.quote-signature=/quote.sig"]
        wanted = ["--root", str(host), "--include", "system-integrity-snapshot", "--nonce", "1580"]
        xrattest("attest", *wanted, *given, "-o", "e.json")
        xrattest("pki", "certificate", "export", "--root", "-o", "root.pem")
        demand = ["--trust-anchor", "root.pem", "--nonce", "1580", "--ak", "ak.pub", "--json"]
        return json.loads(xrattest("verify", "e.json", *demand, status=status).stdout)

    return run


def test_quote_attest_verify(judged):
    verdict = judged("1580", 0)
    status = {check["id"]: check["status"] for check in verdict["checks"]}
    assert verdict["verdict"] == "pass"
    proven = [
        "ima.self-consistent",
        "ima.matches-quote",
        "ima.boot-aggregate",
        "boot.self-consistent",
        "boot.matches-quote",
    ]
    assert [status[check_id] for check_id in proven] == ["pass"] * 5
    after = [finding for finding in verdict["findings"] if finding.get("kind") == "after-quote"]
    assert [finding["entries"] for finding in after] == [1]


def test_the_quote_for_another_nonce_fails(judged):
    verdict = judged("1579", 1)
    failed = {check["id"] for check in verdict["checks"] if check["status"] == "fail"}
    assert failed == {"ima.matches-quote", "boot.matches-quote"}
