"""Appended CMS signatures against d-modsig; the messages are made by `cryptography`, and in tests/peers by openssl."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures import Keyring, Kind, Result, certificate_key
from xrattest.ima.signatures.cms import MAX_CMS, parse_cms
from xrattest.ima.signatures.judging import Measured
from xrattest.ima.signatures.modsig import judge_modsig

CONTENT = b"a kernel module" * 100
OPTION = pkcs7.PKCS7Options
BARE = (OPTION.DetachedSignature, OPTION.Binary, OPTION.NoAttributes, OPTION.NoCerts)
MEASURED = Measured("sha256", None, hashlib.sha256(CONTENT).digest())


def message(making, key, options=BARE, algorithm=None, name="signer", **more) -> bytes:
    certificate = x509.load_der_x509_certificate(making.certificate(key, name, **more))
    built = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(CONTENT)
        .add_signer(certificate, key, algorithm or hashes.SHA256())
    )
    return built.sign(Encoding.DER, options)


@pytest.mark.parametrize("which", ["EC_KEY", "RSA_KEY"])
def test_without_attributes(making, keyring, which):
    key = getattr(making, which)
    found = judge_modsig(keyring, MEASURED, message(making, key))
    assert found == (Kind.MODSIG, Result.VALID, found.key_id, "")
    other = judge_modsig(keyring, MEASURED._replace(digest=bytes(32)), message(making, key))
    assert other.result == Result.INVALID


@pytest.mark.parametrize(
    "options",
    [
        (OPTION.DetachedSignature, OPTION.Binary),
        (OPTION.DetachedSignature, OPTION.Binary, OPTION.NoCapabilities),
    ],
)
def test_with_attributes(making, keyring, options):
    signed = message(making, making.RSA_KEY, options)
    assert judge_modsig(keyring, MEASURED, signed).result == Result.VALID
    # What kernels record then: the digest of the attributes, which state that of the content.
    of_attributes = hashlib.sha256(parse_cms(signed).attributes).digest()
    assert judge_modsig(keyring, MEASURED._replace(digest=of_attributes), signed).result == Result.VALID
    found = judge_modsig(keyring, MEASURED._replace(digest=bytes(32)), signed)
    assert (found.result, found.reason) == (
        Result.INVALID,
        "it is over another content than the one measured",
    )


def test_the_signer_is_one_of_the_given(making, keyring):
    assert judge_modsig(Keyring(), MEASURED, message(making, making.RSA_KEY)).result == Result.UNKNOWN_KEY
    # A certificate inside the message counts for nothing.
    carried = message(making, making.RSA_KEY, BARE[:3])
    assert judge_modsig(Keyring(), MEASURED, carried).result == Result.UNKNOWN_KEY
    assert (
        judge_modsig(keyring, MEASURED, message(making, making.RSA_KEY, name="other")).result
        == Result.UNKNOWN_KEY
    )
    assert (
        judge_modsig(keyring, MEASURED, message(making, making.RSA_KEY, serial=8)).result
        == Result.UNKNOWN_KEY
    )
    # Issuer and serial number of a given certificate, and another key.
    imposter = Keyring([certificate_key(making.certificate(making.EC_KEY))])
    assert judge_modsig(imposter, MEASURED, message(making, making.RSA_KEY)).result == Result.INVALID


def test_other_outcomes(making, keyring):
    assert judge_modsig(keyring, MEASURED, b"").result == Result.UNSIGNED
    sha512 = message(making, making.RSA_KEY, algorithm=hashes.SHA512())
    assert judge_modsig(keyring, MEASURED, sha512).result == Result.NOT_CHECKABLE
    assert (
        judge_modsig(keyring, Measured("sha512", None, hashlib.sha512(CONTENT).digest()), sha512).result
        == Result.VALID
    )
    assert (
        judge_modsig(keyring, MEASURED._replace(digest=b"short"), message(making, making.RSA_KEY)).result
        == Result.NOT_CHECKABLE
    )


def test_two_signers_are_refused(making, keyring):
    built = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    for key in (making.EC_KEY, making.RSA_KEY):
        built = built.add_signer(
            x509.load_der_x509_certificate(making.certificate(key)), key, hashes.SHA256()
        )
    found = judge_modsig(keyring, MEASURED, built.sign(Encoding.DER, BARE))
    assert found.result == Result.INVALID
    assert "2 signers, not one" in found.reason


def test_content_inside_is_refused(making):
    with pytest.raises(ImaSignatureError, match="not a detached one"):
        parse_cms(message(making, making.RSA_KEY, (OPTION.Binary,)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30",
        b"\x30\x80\0\0",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x82\x10\0" * 9000,
        bytes(MAX_CMS + 1),
    ],
)
def test_what_is_no_message(content):
    with pytest.raises(ImaSignatureError):
        parse_cms(content)


@given(st.data())
@settings(max_examples=300)
def test_a_changed_message_is_never_valid_with_another_signature(making, keyring, data):
    good = message(making, making.RSA_KEY)
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    changed = bytearray(good)
    changed[bit // 8] ^= 1 << bit % 8
    found = judge_modsig(keyring, MEASURED, bytes(changed))
    if found.result is Result.VALID:
        # Bytes that nobody signed, such as a version number: what was signed, and by whom, is unchanged.
        before, after = parse_cms(good), parse_cms(bytes(changed))
        assert (after.signature, after.issuer, after.serial, after.algorithm) == (
            before.signature,
            before.issuer,
            before.serial,
            before.algorithm,
        )
    assert judge_modsig(keyring, MEASURED, good[: bit // 8]).result != Result.VALID
