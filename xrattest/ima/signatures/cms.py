"""The part of CMS (RFC 5652) that appended file signatures use: SignedData with one signer, and detached content.

Decoding is strict DER and as deep as the types below, whatever the message nests. Certificates and revocation lists inside it
are carried over unread: a message cannot vouch for its own signer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures.algorithms import BY_NAME, HashAlgorithm

MAX_CMS = 1 << 20
"""Largest message, in bytes; with a chain of certificates inside it has some thousand."""

_SIGNED_DATA = ObjectIdentifier("1.2.840.113549.1.7.2")
_DATA = ObjectIdentifier("1.2.840.113549.1.7.1")
_MESSAGE_DIGEST = ObjectIdentifier("1.2.840.113549.1.9.4")

_HASHES = {
    ObjectIdentifier("1.3.14.3.2.26"): BY_NAME["sha1"],
    ObjectIdentifier("2.16.840.1.101.3.4.2.1"): BY_NAME["sha256"],
    ObjectIdentifier("2.16.840.1.101.3.4.2.2"): BY_NAME["sha384"],
    ObjectIdentifier("2.16.840.1.101.3.4.2.3"): BY_NAME["sha512"],
    ObjectIdentifier("2.16.840.1.101.3.4.2.4"): BY_NAME["sha224"],
    ObjectIdentifier("2.16.840.1.101.3.4.2.8"): BY_NAME["sha3-256"],
    ObjectIdentifier("2.16.840.1.101.3.4.2.9"): BY_NAME["sha3-384"],
    ObjectIdentifier("2.16.840.1.101.3.4.2.10"): BY_NAME["sha3-512"],
    ObjectIdentifier("1.2.156.10197.1.401"): BY_NAME["sm3"],
    ObjectIdentifier("1.2.643.7.1.1.2.2"): BY_NAME["streebog256"],
    ObjectIdentifier("1.2.643.7.1.1.2.3"): BY_NAME["streebog512"],
}
_RSA_PSS = ObjectIdentifier("1.2.840.113549.1.1.10")


@asn1.sequence
class _EncapsulatedContent:
    content_type: ObjectIdentifier
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _Attribute:
    type: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _IssuerAndSerial | Annotated[bytes, asn1.Implicit(0)]
    digest_algorithm: list[asn1.TLV]
    signed_attributes: Annotated[asn1.SetOf[_Attribute] | None, asn1.Implicit(0)]
    signature_algorithm: list[asn1.TLV]
    signature: bytes
    unsigned_attributes: Annotated[asn1.SetOf[_Attribute] | None, asn1.Implicit(1)]


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[list[asn1.TLV]]
    content: _EncapsulatedContent
    certificates: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    revocations: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    content_type: ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """One signer's signature over content that the message does not hold."""

    algorithm: HashAlgorithm | None
    """Hash of the content and of the attributes; None when the kernel has no such algorithm."""
    issuer: bytes
    """Content of the issuer's name, DER without its tag and length; empty where the signer is named by key identifier."""
    serial: int
    key_identifier: bytes
    """Subject key identifier; empty where the signer is named by issuer and serial number."""
    signature: bytes
    is_pss: bool
    """Whether the signature is RSASSA-PSS, which the kernel does not take."""
    attributes: bytes | None
    """Signed attributes as the signature covers them, a DER SET; None where it covers the content itself."""
    message_digest: bytes | None
    """Digest of the content that the attributes state."""


def parse_cms(message: bytes) -> SignedMessage:
    """Parse a detached SignedData of one signer.

    Raises `ImaSignatureError`: too large, no strict DER, content inside, no signer or several, attributes without exactly one
    messageDigest.
    """
    if len(message) > MAX_CMS:
        raise ImaSignatureError(MAX_CMS, f"a CMS message has at most {MAX_CMS} bytes here")
    try:
        return _read(message)
    except ValueError as error:
        raise ImaSignatureError(0, f"no CMS signature in DER: {error}") from error


def _read(message: bytes) -> SignedMessage:
    info = asn1.decode_der(_ContentInfo, message)
    if info.content_type != _SIGNED_DATA:
        raise ImaSignatureError(0, f"a CMS message of type {info.content_type.dotted_string}, not SignedData")
    if info.content.content.content_type != _DATA or info.content.content.content is not None:
        raise ImaSignatureError(0, "the signature is not a detached one over data")
    signers = info.content.signers.as_list()
    if len(signers) != 1:
        raise ImaSignatureError(0, f"{len(signers)} signers, not one as the kernel demands")
    (signer,) = signers
    named = signer.signer
    attributes = signer.signed_attributes
    return SignedMessage(
        algorithm=_HASHES.get(_identifier(signer.digest_algorithm)),
        issuer=b"" if isinstance(named, bytes) else bytes(named.issuer.data),
        serial=0 if isinstance(named, bytes) else named.serial,
        key_identifier=named if isinstance(named, bytes) else b"",
        signature=signer.signature,
        is_pss=_identifier(signer.signature_algorithm) == _RSA_PSS,
        # Decoding was strict, so encoding again gives the bytes that were signed (RFC 5652 section 5.4).
        attributes=None if attributes is None else asn1.encode_der(attributes),
        message_digest=None if attributes is None else _message_digest(attributes.as_list()),
    )


def _identifier(algorithm: list[asn1.TLV]) -> ObjectIdentifier:
    if not 1 <= len(algorithm) <= 2:
        raise ImaSignatureError(0, "an algorithm has an identifier and at most one set of parameters")
    found = algorithm[0].parse(ObjectIdentifier)
    assert isinstance(found, ObjectIdentifier)
    return found


def _message_digest(attributes: list[_Attribute]) -> bytes:
    found = [
        value
        for attribute in attributes
        if attribute.type == _MESSAGE_DIGEST
        for value in attribute.values.as_list()
    ]
    if len(found) != 1:
        raise ImaSignatureError(0, f"{len(found)} messageDigest attributes, not one")
    digest = found[0].parse(bytes)
    assert isinstance(digest, bytes)
    return digest
