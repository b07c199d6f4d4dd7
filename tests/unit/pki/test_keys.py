"""The key policy."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa

from xrattest.errors import KeyPolicyError, PkiError
from xrattest.pki import keys
from xrattest.pki.keys import KeyKind

CURVES = [KeyKind.ECDSA_P256, KeyKind.ECDSA_P384, KeyKind.ECDSA_P521, KeyKind.ED25519]


@pytest.mark.parametrize(
    ("kind", "size"),
    [(KeyKind.RSA, 2048), (KeyKind.DSA, 2048), (KeyKind.ECDSA_P256, 256), (KeyKind.ECDSA_P384, 384),
     (KeyKind.ECDSA_P521, 521), (KeyKind.ED25519, 256)],
)  # fmt: skip
def test_default_size(kind, size):
    key = keys.generate(kind)
    assert (keys.kind_of(key), keys.size_of(key)) == (kind, size)
    assert (keys.kind_of(key.public_key()), keys.size_of(key.public_key())) == (kind, size)


@pytest.mark.parametrize("size", [2048, 3072, 4096, 2056])
def test_rsa_sizes_in_the_range(size):
    assert keys.check_size(KeyKind.RSA, size) == size


@pytest.mark.parametrize("kind", [KeyKind.RSA, KeyKind.DSA])
def test_1024_only_when_asked_for_by_name(kind):
    with pytest.raises(KeyPolicyError, match=r"--legacy allows it.*2048"):
        keys.check_size(kind, 1024)
    assert keys.size_of(keys.generate(kind, 1024, legacy=True)) == 1024


@pytest.mark.parametrize(
    ("kind", "size"),
    [(KeyKind.RSA, 512), (KeyKind.RSA, 1023), (KeyKind.RSA, 1536), (KeyKind.RSA, 2047), (KeyKind.RSA, 2049), (KeyKind.RSA, 4104),
     (KeyKind.RSA, 0), (KeyKind.RSA, -2048), (KeyKind.DSA, 512), (KeyKind.DSA, 2056), (KeyKind.DSA, 8192),
     *((kind, 1024) for kind in CURVES)],
)  # fmt: skip
@pytest.mark.parametrize("legacy", [False, True])
def test_other_sizes_are_refused_with_what_is_allowed(kind, size, legacy):
    with pytest.raises(KeyPolicyError, match=str(keys.POLICY[kind].floor)):
        keys.check_size(kind, size, legacy=legacy)


def test_the_reason_for_too_small_is_given():
    with pytest.raises(KeyPolicyError, match="too weak"):
        keys.check_size(KeyKind.RSA, 512, legacy=True)


@pytest.mark.parametrize("label", ["a", "system-root-key", "_x", "A.b-c_1", "9" * 127])
def test_labels(label):
    assert keys.check_label(label) == label


def test_no_label_is_the_default():
    assert keys.check_label("") == "the_default"


@pytest.mark.parametrize(
    "label", ["../x", "a/b", ".", "..", ".x", "-x", "a b", "a\n", "a\0", "é", "9" * 128, " ", "x/../y"]
)
def test_labels_that_are_no_file_name_are_refused(label):
    with pytest.raises(KeyPolicyError, match="1 to 127"):
        keys.check_label(label)


def test_passphrase_length():
    assert keys.check_passphrase(b"12345678") == b"12345678"
    for passphrase in (b"", b"1234567", b"x" * 1025):
        with pytest.raises(KeyPolicyError, match="8 to 1024"):
            keys.check_passphrase(passphrase)


def test_foreign_kinds_are_refused():
    for key in (ed448.Ed448PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1()), "key"):
        with pytest.raises(PkiError, match="none of"):
            keys.kind_of(key)
    public = rsa.generate_private_key(65537, 1024).public_key()
    assert not keys.fits_policy(public)
    with pytest.raises(PkiError, match="no private key"):
        keys.as_private_key(public)
