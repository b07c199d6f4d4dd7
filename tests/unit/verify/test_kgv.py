"""Known good values: who may say what is good, and until when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from xrattest.cli import run
from xrattest.envelope import open_envelope, seal
from xrattest.verify.kgv import SIGNER_USAGE, KgvError, KgvTrust, read_kgv, spki_sha256

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DIGEST = "ab" * 32
VALUES = {
    "kgv-type": "urn:xrattest:kgv", "kgv-version": 1, "publisher": "Example", "sequence": 12,
    "published": "2026-11-20T00:00:00Z", "expires": "2027-02-20T00:00:00Z",
    "files": [{"path": "/usr/bin/true", "sha256": DIGEST}],
    "packages": [{"format": "rpm", "name": "a", "epoch": 1, "version": "1", "release": "2", "architecture": "x86_64",
                  "profile": "standard", "fingerprint": DIGEST, "header-sha256": DIGEST,
                  "files": [{"path": "/usr/bin/a", "sha256": DIGEST}]}],
}  # fmt: skip


def publisher(issuing, *, usage=SIGNER_USAGE, label="publisher"):
    """A signer whose certificate carries the publishers' key usage, unless told otherwise."""
    signer = issuing.signer("p256", root="publishers", leaf="publisher", serial=900, label=label)
    root, leaf = signer.certificates
    if usage is None:
        return signer
    builder = x509.CertificateBuilder(
        leaf.issuer,
        leaf.subject,
        leaf.public_key(),
        leaf.serial_number,
        leaf.not_valid_before_utc,
        leaf.not_valid_after_utc,
    )
    for extension in leaf.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    leaf = builder.sign(issuing.key("p256", f"root{label}"), hashes.SHA256())
    return issuing.LocalSigner("p256", (root, leaf), signer.private_key)


@pytest.fixture
def judge(tmp_path, issuing):
    def run(values=VALUES, *, signer=None, trust=None, at=NOW, include=True, devices=(), change=None):
        signer = signer or publisher(issuing)
        text = tmp_path / "values"
        text.write_text(values if isinstance(values, str) else json.dumps(values), "utf-8")
        with (tmp_path / "kgv.json").open("wb") as out:
            seal(text, out, signer, nonce=None, include_certificate=include)
        if change is not None:
            sealed = (tmp_path / "kgv.json").read_text("utf-8")
            assert change[0] in sealed
            (tmp_path / "kgv.json").write_text(sealed.replace(*change), "utf-8")
        opened = open_envelope(tmp_path / "kgv.json", tmp_path)
        return read_kgv(opened, trust or KgvTrust([signer.chain[0]]), at, devices=devices)

    return run


def test_accepted_values_say_what_is_good(judge):
    found = judge()
    assert found.values.publisher == "Example"
    packed = b"sha256:" + bytes.fromhex(DIGEST)
    assert list(found.values.measured()) == [(b"/usr/bin/true", packed), (b"/usr/bin/a", packed)]
    assert found.source == f"{found.signer} Example"


def test_a_pinned_key_needs_no_key_usage_and_shuts_others_out(judge, issuing):
    plain = publisher(issuing, usage=None)
    pinned = spki_sha256(plain.certificates[-1])
    assert judge(signer=plain, trust=KgvTrust([plain.chain[0]], [pinned])).values.sequence == 12
    other = publisher(issuing, label="other")
    with pytest.raises(KgvError, match="not by one that was given"):
        judge(signer=other, trust=KgvTrust([other.chain[0]], [pinned]))


@pytest.mark.parametrize(
    "usage",
    [None, x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH, x509.oid.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
)
def test_a_device_cannot_bless_itself(judge, issuing, usage):
    device = publisher(issuing, usage=usage)
    with pytest.raises(KgvError, match="lacks the extended key usage"):
        judge(signer=device)
    certificate = device.chain[-1]
    pinned = KgvTrust([device.chain[0]], [spki_sha256(device.certificates[-1])])
    with pytest.raises(KgvError, match="the device that is judged"):
        judge(signer=device, trust=pinned, devices=[b"no certificate", certificate])


def test_who_signed_must_be_known(judge, issuing):
    with pytest.raises(KgvError, match="no trust anchor"):
        judge(trust=KgvTrust())
    with pytest.raises(KgvError, match="its signer"):
        judge(trust=KgvTrust([publisher(issuing, label="elsewhere").chain[0]]))
    with pytest.raises(KgvError, match="no certificates"):
        judge(include=False)
    with pytest.raises(KgvError, match="signature"):
        judge(change=("Example", "Exampla"))


def test_times(judge):
    with pytest.raises(KgvError, match="expired at 2027-02-20"):
        judge({**VALUES, "expires": "2027-02-20T01:00:00+01:00"}, at=datetime(2027, 2, 20, tzinfo=UTC))
    assert judge({**VALUES, "published": "2026-11-23T11:00:00.5+01:00"}, at=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expires": "2026-11-23T10:00:00Z"}, "expired"),
        ({"published": "2026-11-23T10:00:01Z"}, "published"),
        ({"expires": "2027-02-20"}, "expires"),
        ({"expires": "2027-02-20T00:00:00"}, "expires"),
        ({"expires": 1}, "expires"),
        ({"kgv-type": "urn:x"}, "kgv-type"),
        ({"kgv-version": 2}, "kgv-version"),
        ({"kgv-version": "1"}, "kgv-version"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": "12"}, "sequence"),
        ({"publisher": ""}, "publisher"),
        ({"unknown": 1}, "unknown"),
        ({"files": [{"path": "/x", "sha256": "AB" * 32}]}, "sha256"),
        ({"files": [{"path": "", "sha256": DIGEST}]}, "path"),
        ({"packages": [{"format": "deb"}]}, "packages"),
    ],
)
def test_values_that_break_the_format_or_are_not_in_force(judge, change, reason):
    with pytest.raises(KgvError, match=reason):
        judge({**VALUES, **change})


@pytest.mark.parametrize("text", ["{}", "[]", "hello", '{"a": 1, "a": 1}'])
def test_a_text_that_is_none(judge, text):
    with pytest.raises(KgvError, match="its text"):
        judge(text)


@pytest.mark.parametrize(
    ("least", "seen", "good"), [(12, 0, True), (13, 0, False), (0, 12, True), (0, 13, False), (11, 11, True)]
)
def test_a_sequence_never_goes_back(judge, issuing, least, seen, good):
    signer = publisher(issuing)
    source = judge(signer=signer).source
    trust = KgvTrust([signer.chain[0]], least_sequence=least, seen={source: seen, "another key Example": 99})
    if good:
        assert judge(signer=signer, trust=trust).values.sequence == 12
        return
    with pytest.raises(KgvError, match="lower than 13"):
        judge(signer=signer, trust=trust)


@pytest.fixture
def command(tmp_path, issuing, capfd, monkeypatch):
    """Run `verify` of a signed text with known good values of a given sequence."""
    device, signer = issuing.signer(), publisher(issuing)
    (tmp_path / "root.pem").write_bytes(issuing.pem(device.certificates[0]))
    (tmp_path / "publishers.pem").write_bytes(issuing.pem(signer.certificates[0]))
    (tmp_path / "text").write_text("hello\n")
    with (tmp_path / "envelope.json").open("wb") as out:
        seal(tmp_path / "text", out, device, nonce=None, include_certificate=True)
    monkeypatch.chdir(tmp_path)

    def call(sequence: int, *arguments: str) -> tuple[int, dict]:
        (tmp_path / "values").write_text(json.dumps({**VALUES, "sequence": sequence}), "utf-8")
        with (tmp_path / "kgv.json").open("wb") as out:
            seal(tmp_path / "values", out, signer, nonce=None, include_certificate=True)
        status = run(["verify", "envelope.json", "--trust-anchor", "root.pem", "--at", "2026-11-23T10:00:00Z", "--json",
                      "--kgv", "kgv.json", *arguments])  # fmt: skip
        checks = json.loads(capfd.readouterr().out)["checks"]
        return status, next(check for check in checks if check["id"] == "reference.kgv")

    return call


def test_verify_reports_them_in_a_check_of_their_own(command):
    # A text that is no dossier holds no log: the reference values are demanded of nothing, and that is told.
    status, check = command(12, "--kgv-anchor", "publishers.pem")
    assert (status, check["status"], check["required"]) == (3, "pass", True)
    assert "Example, sequence 12, until 2027-02-20T00:00:00Z, 1 files, 1 packages" in check["detail"]
    status, check = command(12)
    assert (status, check["status"]) == (1, "fail")
    assert "no trust anchor" in check["detail"]
    assert command(12, "--kgv-anchor", "root.pem")[0] == 1
    assert command(12, "--kgv-anchor", "publishers.pem", "--kgv-min-sequence", "13")[0] == 1
    assert command(12, "--kgv-anchor", "publishers.pem", "--kgv-signer", "00" * 32)[0] == 1


def test_the_state_file_remembers(command, tmp_path):
    trusted = ("--kgv-anchor", "publishers.pem", "--kgv-state", "state.json")
    assert [command(sequence, *trusted)[1]["status"] for sequence in (12, 14, 13, 14)] == [
        "pass",
        "pass",
        "fail",
        "pass",
    ]
    (state,) = json.loads((tmp_path / "state.json").read_text())["kgv-sequences"].items()
    assert (state[0].partition(" ")[2], state[1]) == ("Example", 14)
