"""`xrattest verify` as its users meet it: exit statuses, the table, the JSON, what is refused."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from xrattest.cli import run
from xrattest.envelope import seal
from xrattest.errors import SigningError


@pytest.fixture
def place(tmp_path, issuing):
    """A directory with envelope.json (nonce 1580), root.pem, leaf.pem; returns the signer too."""
    signer = issuing.signer()
    (tmp_path / "text").write_text("hello\n", "utf-8")
    for name, include in (("envelope.json", True), ("bare.json", False)):
        with (tmp_path / name).open("wb") as out:
            seal(tmp_path / "text", out, signer, nonce="1580", include_certificate=include)
    (tmp_path / "root.pem").write_bytes(issuing.pem(signer.certificates[0]))
    (tmp_path / "leaf.pem").write_bytes(issuing.pem(signer.certificates[1]))
    return tmp_path


@pytest.fixture
def command(place, capfd, monkeypatch):
    def call(*arguments: str, at: str = "2026-11-23T10:00:00Z") -> tuple[int, str, str]:
        monkeypatch.chdir(place)
        status = run(["verify", "--at", at, *arguments])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


GOOD = ("envelope.json", "--trust-anchor", "root.pem", "--nonce", "1580")


def test_pass_is_0_and_the_last_line_says_so(command):
    status, out, err = command(*GOOD)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[-2:] == ["device: edge1", "verdict: pass"]
    assert any(line.split()[:3] == ["envelope.signature", "*", "pass"] for line in lines)
    assert any(line.split()[:2] == ["dossier.structure", "skip"] for line in lines)


def test_fail_is_1_and_names_the_check(command):
    status, out, _ = command("envelope.json", "--trust-anchor", "root.pem", "--nonce", "1581")
    assert status == 1
    assert out.endswith("verdict: fail\n")
    assert any(line.split()[:3] == ["envelope.nonce", "*", "fail"] for line in out.splitlines())


def test_indeterminate_is_3(command):
    status, out, _ = command("envelope.json")
    assert status == 3
    assert out.endswith("verdict: indeterminate\n")
    assert "device:" not in out


def test_json_is_the_verdict(command):
    status, out, err = command(*GOOD, "--json")
    verdict = json.loads(out)
    assert (status, err, verdict["verdict"], verdict["device"]) == (0, "", "pass", "edge1")
    assert verdict["time"] == "2026-11-23T10:00:00Z"
    assert list(verdict["checks"][0]) == ["id", "status", "required", "detail"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "JSON"),
        (b"hello\n", "JSON"),
        (b"{}", "no signed envelope"),
        (b'{"cli-output": "x"}', "signature-envelop"),
        (b'{"cli-output": "x", "signature-envelop": ', "JSON"),
        (b"\x00\xff{", "JSON"),
        (os.urandom(4096).replace(b"{", b""), "JSON"),
    ],
)
def test_what_is_no_envelope_is_2_and_one_line(command, place, content, reason):
    (place / "envelope.json").write_bytes(content)
    status, out, err = command(*GOOD)
    assert (status, out) == (2, "")
    assert err.startswith("xrattest: ")
    assert err.count("\n") == 1
    assert reason in err


def test_a_defect_inside_an_envelope_is_1(command, place):
    text = (place / "envelope.json").read_text("utf-8")
    (place / "envelope.json").write_text(
        text.replace('"signature-version":"01"', '"signature-version":"02"'), "utf-8"
    )
    status, out, _ = command(*GOOD)
    assert status == 1
    assert "envelope.structure" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--nonce", "15G0"), "--nonce"),
        (("--nonce", "158"), "--nonce"),
        (("--nonce", ""), "--nonce"),
        (("--max-age", "10"), "duration"),
        (("--at", "2026-11-23"), "RFC 3339"),
        (("--at", "2026-11-23T10:00:00"), "RFC 3339"),
        (("--at", "yesterday"), "RFC 3339"),
        (("--at", "20261123T100000Z"), "RFC 3339"),
        (("--at", "2026-02-30T10:00:00Z"), "RFC 3339"),
        (("--at", "0001-01-01T00:00:00+14:00"), "RFC 3339"),
        (("--trust-anchor", "absent.pem"), "absent.pem"),
        (("--trust-anchor", "envelope.json"), "no PEM certificate"),
        (("--signing-certificate", "text"), "no PEM certificate"),
        (("--policy", "root.pem"), "root.pem"),
        (("--max-size", "100"), "limit of 100"),
        (("--max-size", "lots"), "size"),
        (("envelope.json", "--previous", "absent.json"), "--previous"),
    ],
)
def test_what_cannot_be_used_is_2(command, arguments, reason):
    status, out, err = command("envelope.json", *arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert reason in err


def test_an_absent_envelope_is_2(command):
    assert command("absent.json")[0] == 2


def test_from_standard_input(place):
    for arguments in ([], ["-"]):
        done = subprocess.run(
            [sys.executable, "-m", "xrattest", "verify", *arguments, "--trust-anchor", "root.pem", "--at", "2026-11-23T10:00:00Z"],
            cwd=place, input=(place / "envelope.json").read_bytes(), capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")


def test_standard_input_over_the_limit(command, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{" * 1000)))
    status, _, err = command("-", "--max-size", "999")
    assert status == 2
    assert "limit of 999" in err


def test_without_certificates_the_signers_is_given(command):
    assert command("bare.json", "--trust-anchor", "root.pem")[0] == 3
    assert command("bare.json", "--trust-anchor", "root.pem", "--signing-certificate", "leaf.pem")[0] == 0


def test_several_anchors_in_one_file_and_in_several(command, place, issuing):
    other = issuing.pem(issuing.signer(root="other", label="other").certificates[0])
    (place / "other.pem").write_bytes(other)
    (place / "both.pem").write_bytes(other + b"\n" + (place / "root.pem").read_bytes())
    assert command("envelope.json", "--trust-anchor", "both.pem")[0] == 0
    assert command("envelope.json", "--trust-anchor", "other.pem", "--trust-anchor", "root.pem")[0] == 0
    assert command("envelope.json", "--trust-anchor", "other.pem")[0] == 1


def test_the_time_has_an_offset(command):
    assert command(*GOOD, at="2027-11-22T23:59:59-10:00")[0] == 0
    assert command(*GOOD, at="2027-11-23T12:00:01+00:00")[0] == 1


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"])
def test_far_times_fail_and_nothing_breaks(command, at):
    status, out, err = command(*GOOD, at=at)
    assert (status, err) == (1, "")
    assert any(line.split()[:3] == ["envelope.times", "*", "fail"] for line in out.splitlines())
    assert any(line.split()[:3] == ["envelope.chain", "*", "pass"] for line in out.splitlines())


def test_a_policy_demands_and_the_command_line_overrides(command, place):
    (place / "policy.toml").write_text('identity = "edge2"\nrequired = ["dossier.structure"]\n', "utf-8")
    assert command(*GOOD, "--policy", "policy.toml")[0] == 1
    assert command(*GOOD, "--policy", "policy.toml", "--identity", "edge1")[0] == 3


def test_an_appraiser_that_is_allowed_and_not_installed(command, place):
    (place / "policy.toml").write_text('[appraisers]\nallow = ["absent-appraiser"]\n', "utf-8")
    status, out, _ = command(*GOOD, "--policy", "policy.toml")
    assert status == 3
    assert "absent-appraiser.error" in out


def test_names_from_an_envelope_cannot_drive_a_terminal(place, command, issuing):
    signer = issuing.signer(root="ro\x1b[2Jot", leaf="\x9b31medge", label="evil")
    with (place / "envelope.json").open("wb") as out:
        seal(place / "text", out, signer, nonce="1580", include_certificate=True)
    (place / "root.pem").write_bytes(issuing.pem(signer.certificates[0]))
    status, out, _ = command(*GOOD)
    assert status == 0
    assert "\x1b" not in out
    assert "\x9b" not in out
    assert r"device: \x9b31medge" in out


def test_the_signer_refuses_the_text_that_would_be_ambiguous(place, issuing):
    (place / "text").write_bytes(b"X\0\0\0\1rest")
    out = io.BytesIO()
    with pytest.raises(SigningError, match="byte 1"):
        seal(place / "text", out, issuing.signer(), nonce="15")
    assert out.getvalue() == b""


def test_nothing_is_left_behind(command, tmp_path_factory, monkeypatch):
    spool = tmp_path_factory.mktemp("spool")
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    for arguments in (GOOD, ("envelope.json", "--max-size", "100"), ("envelope.json", "--nonce", "1581")):
        command(*arguments)
    assert list(spool.iterdir()) == []


def test_help_has_an_example_and_no_option_without_effect(capfd):
    assert run(["verify", "--help"]) == 0
    text = capfd.readouterr().out
    assert "xrattest verify envelope.json --trust-anchor root.pem" in text
    for later in ("--crl", "--html", "--offline"):
        assert later not in text
