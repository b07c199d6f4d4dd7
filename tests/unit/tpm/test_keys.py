"""Which keys are taken for attestation keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrattest import tpm
from xrattest.errors import InputError, LimitError, QuoteError

VECTORS = Path(__file__).parents[2] / "vectors" / "tpm"


def public(key, encoding=Encoding.PEM) -> bytes:
    return key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("kind", ["rsa", "ecc"])
def test_both_forms_are_the_same_key(kind):
    area = tpm.load_key((VECTORS / kind / "ak.pub").read_bytes())
    pem = tpm.load_key((VECTORS / kind / "ak.pem").read_bytes())
    assert area.fingerprint == pem.fingerprint == tpm.load_key(pem.spki).fingerprint
    assert (area.is_known_restricted, pem.is_known_restricted) == (True, False)
    assert pem.fingerprint[:16] in str(pem)


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        (0x00040072, "is not restricted"),
        (0x00010072, "is not sign"),
        (0x00050070, "is not fixedTPM"),
        (0x00070072, "decrypts"),
        (0x00000000, "is not restricted and is not sign and is not fixedTPM"),
    ],
)
def test_a_key_that_signs_anything_is_refused(rsa_signer, attributes, told):
    with pytest.raises(QuoteError, match=told) as caught:
        tpm.load_key(rsa_signer.area(attributes))
    assert caught.value.code == "key-unfit"


def test_weak_keys_are_refused():
    for key in (rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP224R1())):
        with pytest.raises(QuoteError) as caught:
            tpm.load_key(public(key))
        assert caught.value.code == "key-weak"


def test_what_is_no_key_is_no_input():
    for data in (
        b"",
        b"\x30",
        b"-----BEGIN PUBLIC KEY-----\n",
        b"hello",
        public(ed25519.Ed25519PrivateKey.generate()),
    ):
        with pytest.raises(InputError):
            tpm.load_key(data)
    with pytest.raises(LimitError):
        tpm.load_key(bytes(tpm.MAX_INPUT + 1))


def test_a_point_off_its_curve_is_refused():
    data = bytearray((VECTORS / "ecc" / "ak.pub").read_bytes())
    data[-1] ^= 1
    with pytest.raises(InputError, match="holds no key"):
        tpm.load_key(bytes(data))
