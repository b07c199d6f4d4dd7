"""Names in a signing certificate against the name that was asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from xrattest.verify.identity import device_name, match_identity
from xrattest.verify.verdict import Status

KEY = ed25519.Ed25519PrivateKey.generate()


def certificate(
    *attributes: tuple[x509.ObjectIdentifier, str], dns: tuple[str, ...] = ()
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    builder = x509.CertificateBuilder(
        name, name, KEY.public_key(), 7, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    )
    if dns:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(item) for item in dns]), critical=False
        )
    return builder.sign(KEY, None)


LEAF = certificate(
    (NameOID.SERIAL_NUMBER, "c44a11fc"),
    (NameOID.UNSTRUCTURED_NAME, "ios.example.com"),
    (NameOID.COMMON_NAME, "Edge1"),
    dns=("edge1.example.com",),
)


@pytest.mark.parametrize(
    "name", ["Edge1", "ios.example.com", "c44a11fc", "edge1.example.com", "EDGE1.example.COM"]
)
def test_each_kind_of_name_matches(name):
    assert match_identity(LEAF, name).status is Status.PASS


@pytest.mark.parametrize(
    "name", ["edge1", "C44A11FC", "IOS.example.com", "example.com", "edge1.example.com.", "*.example.com", ""]
)
def test_other_names_fail_and_the_detail_says_what_was_found(name):
    result = match_identity(LEAF, name)
    assert result.status is Status.FAIL
    assert "CN Edge1" in result.detail
    assert "DNS edge1.example.com" in result.detail


def test_a_wildcard_in_a_certificate_is_a_name_like_any_other():
    assert match_identity(certificate(dns=("*.example.com",)), "edge1.example.com").status is Status.FAIL


def test_a_certificate_without_names():
    leaf = certificate()
    assert match_identity(leaf, "edge1").status is Status.FAIL
    assert "no name at all" in match_identity(leaf, "edge1").detail
    assert device_name(leaf) is None


def test_the_device_is_called_by_its_common_name_first():
    assert device_name(LEAF) == "Edge1"
    assert device_name(certificate((NameOID.UNSTRUCTURED_NAME, "ios.example.com"))) == "ios.example.com"
