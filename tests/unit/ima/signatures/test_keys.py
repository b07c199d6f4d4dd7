"""Keys from certificates, in files of every form."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from xrattest.errors import InputError
from xrattest.ima.signatures import Keyring, certificate_key, keys, parse_keys, read_keys
from xrattest.ima.signatures.certificates import MAX_FILE
from xrattest.ima.signatures.keys import MAX_CERTIFICATE, bare_key


def pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def test_the_identifier_is_the_end_of_the_certificates(making):
    assert certificate_key(making.certificate(key_id=b"abcdefgh")).id == b"efgh"
    assert certificate_key(making.certificate()).id == making.key_id()
    # Without one: the SHA-1 of the public key, as evmctl computes it.
    assert certificate_key(making.certificate(key_id=None)).id == making.key_id()
    with pytest.raises(InputError, match="no key identifier of 4 bytes"):
        certificate_key(making.certificate(key_id=b"abc"))


def test_what_a_certificate_says(making):
    key = certificate_key(making.certificate(years=(2001, 2003)), "a test")
    assert (key.subject, key.serial, key.origin) == ("CN=signer", 7, "a test")
    assert [key.is_expired(datetime(year, 6, 1, tzinfo=UTC)) for year in (2000, 2002, 2004)] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("form", ["der", "pem", "both pem", "both der", "text around"])
def test_forms_of_a_file(making, tmp_path, form):
    one, other = making.certificate(making.EC_KEY), making.certificate(making.RSA_KEY)
    content = {"der": one, "pem": pem(one), "both pem": pem(one) + pem(other), "both der": one + other,
               "text around": b"subject: x\r\n" + pem(one).replace(b"\n", b"\r\n") + b"\r\nend"}[form]  # fmt: skip
    path = tmp_path / "keys"
    path.write_bytes(content)
    assert [key.id for key in read_keys(path)] == [making.key_id()] + [making.key_id(making.RSA_KEY)] * (
        "both" in form
    )


def test_a_directory(making, tmp_path):
    (tmp_path / "b.PEM").write_bytes(pem(making.certificate(making.EC_KEY)))
    (tmp_path / "a.x509").write_bytes(making.certificate(making.RSA_KEY))
    (tmp_path / "README").write_bytes(b"not a key")
    (tmp_path / "below.der").mkdir()
    assert [key.id for key in read_keys(tmp_path)] == [making.key_id(making.RSA_KEY), making.key_id()]
    (tmp_path / "c.der").write_bytes(b"not a key either")
    with pytest.raises(InputError, match=r"c\.der: no certificate in PEM, and none in DER at byte 0"):
        read_keys(tmp_path)


def test_a_public_key_alone(making):
    content = making.EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (key,) = parse_keys(content)
    assert (key.id, key.subject, key.is_expired(datetime.now(UTC))) == (making.key_id(), "", False)
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    with pytest.raises(InputError, match="RSA or an elliptic curve"):
        bare_key(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize(("change", "reason"), [
    (lambda der: b"", "no certificate"),
    (lambda der: der[:-1], "ends after the file"),
    (lambda der: der + b"x", "none in DER at byte"),
    (lambda der: der + b"\x30\x80", "no definite length"),
    (lambda der: der + b"\x30\x85", "no definite length"),
    (lambda der: b"\x30\x84\xff\xff\xff\xff", "ends after the file"),
    (lambda der: b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "no certificate"),
    (lambda der: b"-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----", "cannot be read"),
    (lambda der: b"-----BEGIN CERTIFICATE-----\nAAAA\n", "no certificate"),
    (lambda der: b"\x30\x83\x01\x00\x00" + bytes(65536), f"at most {MAX_CERTIFICATE} bytes"),
])  # fmt: skip
def test_damage_is_named(making, change, reason):
    with pytest.raises(InputError, match=reason):
        parse_keys(change(making.certificate()))


@given(st.data())
def test_a_changed_certificate_is_read_or_refused(making, data):
    der = bytearray(making.certificate())
    der[data.draw(st.integers(0, 2**12)) % len(der)] ^= data.draw(st.integers(1, 255))
    try:
        found = parse_keys(bytes(der))
    except InputError:
        return
    assert all(len(key.id) == 4 for key in found)


def test_limits(making, tmp_path, monkeypatch):
    path = tmp_path / "large.der"
    path.write_bytes(bytes(MAX_FILE + 1))
    with pytest.raises(InputError, match="at most"):
        read_keys(path)
    monkeypatch.setattr(keys, "MAX_KEYS", 1)
    key = certificate_key(making.certificate())
    with pytest.raises(InputError, match="at most 1 keys"):
        Keyring([key, key])


def test_an_empty_directory(tmp_path):
    with pytest.raises(InputError, match="no certificate in this directory"):
        read_keys(tmp_path)
