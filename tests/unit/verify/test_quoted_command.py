"""`xrattest verify --ak`: the quote inside an envelope, and what ties it to that envelope alone."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrattest import tpm
from xrattest.cli import run
from xrattest.envelope import seal

NONCE = "1580"


@pytest.fixture
def place(tmp_path, issuing, quoting, monkeypatch):
    """A directory with root.pem, ak.pub, free.pub, and envelopes whose quote is bound to them or to the bare nonce."""
    monkeypatch.chdir(tmp_path)
    signer, chip = issuing.signer(), quoting.Signer(ec.generate_private_key(ec.SECP256R1()), "ecdsa")
    spki = signer.certificates[-1].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    entries = [quoting.entry("boot_aggregate"), quoting.entry("/bin/sh")]
    values = {"sha256": {10: quoting.replayed(entries, "sha256")}}
    for name, extra in (("bound", tpm.envelope_extra_data(b"\x15\x80", spki)), ("bare", b"\x15\x80")):
        message = quoting.Quote(extra, values).encode()
        registers = quoting.registers(message, chip.sign(message), values)
        text = quoting.dossier([quoting.node_data(b"".join(entries))], [registers], NONCE)
        (tmp_path / "text").write_text(text, "utf-8")
        with (tmp_path / f"{name}.json").open("wb") as out:
            seal(tmp_path / "text", out, signer, nonce=NONCE, include_certificate=True)
    (tmp_path / "root.pem").write_bytes(issuing.pem(signer.certificates[0]))
    (tmp_path / "ak.pub").write_bytes(chip.area())
    (tmp_path / "ak.pem").write_bytes(chip.pem)
    (tmp_path / "free.pub").write_bytes(chip.area(attributes=0x00040072))
    return tmp_path


@pytest.fixture
def judge(place, capfd):
    def call(envelope: str, *more: str) -> tuple[int, dict | None, str]:
        named = ("--trust-anchor", "root.pem", "--nonce", NONCE, "--at", "2026-11-23T10:00:00Z", "--json")
        status = run(["verify", envelope, *named, *more])
        told = capfd.readouterr()
        found = json.loads(told.out)["checks"] if told.out else []
        return status, next((check for check in found if check["id"] == "ima.matches-quote"), None), told.err

    return call


@pytest.mark.parametrize("ak", ["ak.pub", "ak.pem"])
def test_a_bound_quote(judge, ak):
    status, check, _ = judge("bound.json", "--ak", ak)
    assert (status, check["status"], check["required"]) == (0, "pass", True)
    assert "covers 2 of 2 entries" in check["detail"]


def test_the_two_bindings_are_not_mixed_up(judge):
    status, check, _ = judge("bare.json", "--ak", "ak.pub")
    assert (status, check["status"]) == (1, "fail")
    status, check, _ = judge("bare.json", "--ak", "ak.pub", "--quote-binding", "nonce")
    assert (status, check["status"]) == (0, "pass")
    status, check, _ = judge("bound.json", "--ak", "ak.pub", "--quote-binding", "nonce")
    assert (status, check["status"]) == (1, "fail")


def test_without_a_key_the_check_is_a_skip_that_says_so(judge):
    status, check, _ = judge("bound.json")
    assert (status, check["status"], check["required"]) == (0, "skip", False)
    assert "root can forge" in check["detail"]


def test_a_key_that_may_sign_anything_is_no_key(judge):
    status, check, error = judge("bound.json", "--ak", "free.pub")
    assert (status, check) == (2, None)
    assert error.startswith("xrattest: free.pub: the attestation key is not restricted")
    assert "root.pem: " not in error
    status, _, error = judge("bound.json", "--ak", "root.pem")
    assert (status, "root.pem: " in error) == (2, True)
