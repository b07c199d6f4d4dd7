"""`xrattest ima check-quote` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"
LIST = VECTORS / "ima" / "sig-sha256.bin"


def run(kind: str, *more, ak: str = "ak.pub", stdin: bytes = b"", status: int = 0):
    at = VECTORS / "tpm" / kind
    given = ["--quote", at / "quote.msg", "--signature", at / "quote.sig", "--ak", at / ak, *more]
    command = [sys.executable, "-m", "xrattest", "ima", "check-quote", *map(str, given)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    assert done.returncode == status, (done.stdout.decode(), done.stderr.decode())
    return done


def nonce(kind: str) -> str:
    return (VECTORS / "tpm" / kind / "nonce.hex").read_text().strip()


def pcrs(kind: str) -> tuple[str, Path]:
    return "--pcrs", VECTORS / "tpm" / kind / "quote.pcrs"


@pytest.mark.parametrize(("kind", "covered"), [("rsa", 78), ("ecc", 176)])
def test_a_quote_with_its_list(kind, covered):
    done = run(kind, "--nonce", nonce(kind), *pcrs(kind), "--log", LIST)
    assert f"list: {covered} of 176 entries covered" in done.stdout.decode()
    assert b"remark" not in done.stdout
    told = json.loads(run(kind, *pcrs(kind), "--log", "-", "--json", stdin=LIST.read_bytes()).stdout)
    assert (told["valid"], told["log"]["covered"], told["log"]["entries"]) == (True, covered, 176)
    assert (told["reset-count"], told["restart-count"], told["clock-is-safe"]) == (3, 0, True)
    assert told["selection"] == {bank: list(range(11)) for bank in ("sha1", "sha256")}
    assert "an old quote passes" in told["remarks"][0]


def test_remarks():
    text = run("rsa", ak="ak.pem").stdout.decode()
    assert "was not checked" in text
    assert "no PCR values were given" in text
    assert json.loads(run("rsa", "--json", ak="ak.pem").stdout)["key-is-restricted"] is None


def test_a_quote_that_does_not_hold():
    done = run("rsa", "--nonce", "1580", status=1)
    assert done.stdout.decode().startswith("quote: refused (extra-data): ")
    assert json.loads(run("rsa", "--json", *pcrs("ecc"), status=1).stdout)["code"] == "pcr-digest"
    assert b"bad-signature" in run("rsa", "--signature", VECTORS / "tpm" / "rsa" / "quote.sig", "--quote",
                                   VECTORS / "tpm" / "ecc" / "quote.msg", status=1).stdout  # fmt: skip


def test_lists_that_are_not_covered(tmp_path):
    content = LIST.read_bytes()
    told = run("ecc", *pcrs("ecc"), "--log", "-", stdin=content[:-10], status=1).stdout.decode()
    assert "truncated-list" in told
    assert "entry 175" in told
    edited = bytearray(content)
    edited[150] ^= 1
    told = run("ecc", *pcrs("ecc"), "--log", "-", stdin=bytes(edited), status=1).stdout.decode()
    assert "corrupt-entry: the template hash of entry 1 is not that of its data" in told
    assert "never-reached" in told
    assert "list: none of 176 entries covered" in told
    told = run("ecc", "--log", LIST, status=1).stdout.decode()
    assert "pcr-values-missing" in told


def test_usage_and_input():
    assert b"--nonce" in run("rsa", "--nonce", "xyz", status=2).stderr
    assert b"TPMS_ATTEST: byte 0" in run("rsa", "--quote", LIST, status=2).stderr
    assert b"neither a PEM or DER public key" in run("rsa", "--ak", LIST, status=2).stderr
    assert b"PCR file of tpm2-tools" in run("rsa", "--pcrs", LIST, status=2).stderr
    done = subprocess.run(
        [sys.executable, "-m", "xrattest", "ima", "check-quote"], capture_output=True, check=False
    )
    assert done.returncode == 2


def test_an_ascii_list_is_told_once():
    done = run("rsa", "--nonce", nonce("rsa"), *pcrs("rsa"), "--log", LIST.with_suffix(".txt"))
    assert b"78 of 176 entries covered" in done.stdout
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("xrattest: ascii list: 174 of 176 entries are proven")
