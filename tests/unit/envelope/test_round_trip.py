"""What is sealed opens again, for every key, and the signed bytes are those of formats: nonce, version, text."""

from __future__ import annotations

import io
import json
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xrattest.envelope import open_envelope, seal, signature_is_genuine
from xrattest.errors import SigningError

KINDS = ("rsa", "rsa-sha384", "rsa-sha512", "p256", "p384", "p521", "dsa", "ed25519")
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NONCES = st.none() | st.binary(min_size=1, max_size=64).map(bytes.hex)


def sealed(directory: Path, text: bytes, signer, **options) -> Path:
    source, envelope = directory / "text", directory / "envelope.json"
    source.write_bytes(text)
    with envelope.open("wb") as out:
        seal(source, out, signer, **options)
    return envelope


def public_key(signer):
    return signer.certificates[-1].public_key()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, nonce=NONCES, with_certificates=st.booleans())
def test_seal_and_open(signers, kind, text, nonce, with_certificates):
    signer = signers.signer(kind)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        envelope = sealed(
            directory, text.encode(), signer, nonce=nonce, include_certificate=with_certificates
        )
        opened = open_envelope(envelope, directory)
        assert opened.payload.read_bytes() == text.encode()
        assert opened.payload_size == len(text.encode())
        assert (opened.nonce, opened.signature_version) == (nonce, "01")
        assert (opened.digest_algorithm, opened.pub_key_id) == (signers.ALGORITHMS[kind], "4278")
        assert opened.certificates == (tuple(signer.chain) if with_certificates else ())
        assert signature_is_genuine(opened, public_key(signer))
        # The same bytes, put together here and hashed by the library.
        signer.genuine(opened.signature, bytes.fromhex(nonce or "") + b"\0\0\0\1" + text.encode())
        # Any other JSON reader sees the same text and members.
        plain = json.loads(envelope.read_bytes())
        assert plain["cli-output"] == text
        assert list(plain) == ["cli-output", "signature-envelop"]


def test_members_stand_in_the_order_of_the_format(signers, tmp_path):
    signer = signers.signer("ed25519")
    envelope = sealed(tmp_path, b"x\n", signer, nonce="1580", include_certificate=True)
    members = list(json.loads(envelope.read_bytes())["signature-envelop"])
    assert members == [
        "nonce", "signature-version", "digest-algorithm", "pub-key-id", "signature", "signing-certificate",
    ]  # fmt: skip
    bare = sealed(tmp_path, b"x\n", signer)
    assert "nonce" not in json.loads(bare.read_bytes())["signature-envelop"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", ["text", "nonce", "no nonce", "signature", "final newline"])
def test_no_changed_byte_verifies(signers, tmp_path, spool, kind, change):
    signer = signers.signer(kind)
    envelope = sealed(tmp_path, "evidence é\n".encode(), signer, nonce="1580")
    value = json.loads(envelope.read_bytes())
    members = value["signature-envelop"]
    match change:
        case "text":
            value["cli-output"] = "Evidence é\n"
        case "final newline":
            value["cli-output"] = "evidence é"
        case "nonce":
            members["nonce"] = "1581"
        case "no nonce":
            del members["nonce"]
        case "signature":
            members["signature"] = ("B" if members["signature"][8] != "B" else "C").join(
                (members["signature"][:8], members["signature"][9:])
            )
    envelope.write_text(json.dumps(value))
    assert not signature_is_genuine(open_envelope(envelope, spool), public_key(signer))


def test_splitting_nonce_from_text_elsewhere_is_impossible(signers, tmp_path, spool):
    # Nonce 15 and a text "\x80\0\0\0\1…" would sign the same bytes as nonce 1580 00000001 and the rest.
    signer = signers.signer("ed25519")
    with pytest.raises(SigningError, match=r"byte 1: U\+0000"):
        sealed(tmp_path, b"\x41\0\0\0\1text", signer, nonce="15")
    envelope = sealed(tmp_path, b"text", signer, nonce="1500000001" + "41")
    value = json.loads(envelope.read_bytes())
    value["signature-envelop"]["nonce"] = "15"
    value["cli-output"] = "A\0\0\0\1text"
    envelope.write_text(json.dumps(value))
    from xrattest.errors import EnvelopeError

    with pytest.raises(EnvelopeError, match=r"U\+0000 at byte 1 of the decoded cli-output"):
        open_envelope(envelope, spool)


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"ab\0", r"byte 2: U\+0000"), (b"a\xff", "byte 1: invalid UTF-8"), (b"\xed\xa0\x80", "byte 0: invalid UTF-8"),
     (b"x" * 300_000 + b"\xe2\x82", "byte 300000: invalid UTF-8")],
)  # fmt: skip
def test_text_that_is_not_signed(signers, tmp_path, text, message):
    source, out = tmp_path / "text", io.BytesIO()
    source.write_bytes(text)
    with pytest.raises(SigningError, match=message):
        seal(source, out, signers.signer("ed25519"))
    assert out.getvalue() == b""


@pytest.mark.parametrize("nonce", ["", "1", "158", "AB", "zz", "15 80", "1580\n", "15" * 65, "0x15", "१५"])
def test_nonces_that_are_not_signed(signers, tmp_path, nonce):
    with pytest.raises(SigningError, match="nonce"):
        sealed(tmp_path, b"text", signers.signer("ed25519"), nonce=nonce)


def test_a_certificate_for_another_key_is_noticed(signers, tmp_path):
    ours, other = signers.signer("p256"), signers.signer("p384")
    mixed = signers.LocalSigner("ECDSA-SHA256", ours.key, other.certificates)
    with pytest.raises(SigningError, match="does not fit"):
        sealed(tmp_path, b"text", mixed)
    rsa = signers.signer("rsa")
    mixed = signers.LocalSigner("RSA-SHA256", signers.private_key("rsa-sha384"), rsa.certificates)
    with pytest.raises(SigningError, match="does not verify"):
        sealed(tmp_path, b"text", mixed)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_streams_without_a_descriptor(signers, tmp_path, kind):
    source, out = tmp_path / "text", io.BytesIO()
    source.write_bytes("é\n".encode() * 1000)
    seal(source, out, signers.signer(kind), nonce="00")
    assert json.loads(out.getvalue())["cli-output"] == "é\n" * 1000


def test_spools_are_private_and_temporary_messages_are_gone(signers, tmp_path, spool):
    signer = signers.signer("ed25519")
    envelope = sealed(tmp_path, b"text", signer)
    os.umask(0o000)
    try:
        opened = open_envelope(envelope, spool)
    finally:
        os.umask(0o022)
    assert stat.S_IMODE(opened.payload.stat().st_mode) == 0o600
    assert signature_is_genuine(opened, public_key(signer))
    assert list(spool.iterdir()) == [opened.payload]


def test_a_key_of_another_kind_is_an_error(signers, tmp_path, spool):
    from xrattest.errors import EnvelopeError

    opened = open_envelope(sealed(tmp_path, b"text", signers.signer("p256")), spool)
    for kind in ("p384", "rsa", "ed25519", "dsa"):
        with pytest.raises(EnvelopeError, match="ECDSA-SHA256 is not one of a"):
            signature_is_genuine(opened, public_key(signers.signer(kind)))
