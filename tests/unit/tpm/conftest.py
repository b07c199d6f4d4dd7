"""Keys of a TPM in software, and a quote to sign."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa


@pytest.fixture(scope="session")
def rsa_private():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ec_private():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def make_signer(quoting):
    return quoting.Signer


@pytest.fixture
def rsa_signer(make_signer, rsa_private):
    return make_signer(rsa_private, "rsassa")


@pytest.fixture
def quote(quoting):
    values = {"sha1": {10: b"\x01" * 20}, "sha256": {0: b"\x02" * 32, 10: b"\x03" * 32}}
    return quoting.Quote(values=values)
