"""Whole lists of templates that no machine of the corpus wrote, through the reader, in both byte orders."""

from __future__ import annotations

import hashlib
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from xrattest import ima
from xrattest.ima.signatures import Kind, Result, SignatureChecker

CONTENT = b"a module" * 50
OPTION = pkcs7.PKCS7Options
ORDERS = pytest.mark.parametrize("order", ["<", ">"])


def listed(order: str, template: bytes, *fields: bytes) -> bytes:
    """A list of one entry, as a kernel of this byte order writes it."""

    def lp(content: bytes) -> bytes:
        return struct.pack(f"{order}I", len(content)) + content

    data = b"".join(map(lp, fields))
    return struct.pack(f"{order}I", 10) + hashlib.sha1(data).digest() + lp(template) + lp(data)


def check(keyring, content: bytes):
    (entry,) = ima.read(content)
    return [(outcome.field, *outcome.judgement[:2]) for outcome in SignatureChecker(keyring).check(entry)]


@ORDERS
def test_ima_modsig(making, keyring, order):
    certificate = x509.load_der_x509_certificate(making.certificate(making.RSA_KEY))
    built = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(CONTENT)
        .add_signer(certificate, making.RSA_KEY, hashes.SHA256())
    )
    message = built.sign(
        Encoding.DER, (OPTION.DetachedSignature, OPTION.Binary, OPTION.NoAttributes, OPTION.NoCerts)
    )
    whole = hashlib.sha256(CONTENT + message + b"~Module signature appended~\n").digest()
    start = (b"sha256:\0" + whole, b"/lib/modules/x.ko\0", b"")
    of_content = b"sha256:\0" + hashlib.sha256(CONTENT).digest()
    assert check(keyring, listed(order, b"ima-modsig", *start, of_content, message)) == [
        ("modsig", Kind.MODSIG, Result.VALID)
    ]
    # The digest of the whole file is not what was signed.
    assert check(keyring, listed(order, b"ima-modsig", *start, start[0], message)) == [
        ("modsig", Kind.MODSIG, Result.INVALID)
    ]
    assert check(keyring, listed(order, b"ima-modsig", *start, b"", message)) == [
        ("modsig", Kind.MODSIG, Result.NOT_CHECKABLE)
    ]
    assert check(keyring, listed(order, b"ima-modsig", *start, b"", b"")) == [
        ("", Kind.NONE, Result.UNSIGNED)
    ]


@ORDERS
@pytest.mark.parametrize(
    "template", [b"evm-sig", b"d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode"]
)
def test_evm_sig(making, keyring, order, template):
    attributes = [b"unconfined_u:object_r:bin_t:s0\0", b"\x04\x04" + making.DIGEST]
    misc = struct.pack(f"{order}QIIIHxx", 0, 0, 7, 8, 0o100644)
    signature = making.value(digest=hashlib.sha256(b"".join(attributes) + misc).digest(), kind=5)
    fields = [b"sha256:\0" + making.DIGEST, b"/bin/x\0", signature, b"security.selinux|security.ima\0",
              struct.pack(f"{order}II", *map(len, attributes)), b"".join(attributes), struct.pack(f"{order}I", 7),
              struct.pack(f"{order}I", 8), struct.pack(f"{order}H", 0o100644)]  # fmt: skip
    assert check(keyring, listed(order, template, *fields)) == [("evmsig", Kind.EVM_PORTABLE, Result.VALID)]
    fields[6] = struct.pack(f"{order}I", 0)
    assert check(keyring, listed(order, template, *fields)) == [("evmsig", Kind.EVM_PORTABLE, Result.INVALID)]


@ORDERS
def test_ima_sigv2(making, keyring, order):
    verity = making.value(kind=6, version=3)
    signed = (b"verity:sha256:\0" + making.DIGEST, b"/x\0", verity)
    assert check(keyring, listed(order, b"ima-sigv2", *signed)) == [("sig", Kind.IMA_V3, Result.VALID)]
    assert check(keyring, listed(order, b"ima-sigv2", b"ima:sha256:\0" + making.DIGEST, b"/x\0", verity)) == [
        ("sig", Kind.IMA_V3, Result.NOT_CHECKABLE)
    ]
