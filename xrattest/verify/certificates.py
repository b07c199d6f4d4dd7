"""Which certificates to believe in: those in the envelope, those the user gave, and the path they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from xrattest.errors import InputError, PkiError

PEM_LIMIT = 1 << 20
"""Largest PEM file, in bytes."""

PATH_LIMIT = 10
"""Most certificates of a path."""


class CertificateConflictError(PkiError):
    """The envelope's certificates and the given one disagree, or cannot be read."""


@dataclass(frozen=True, slots=True)
class SigningPath:
    """The certificates from root to the one that signed."""

    chain: tuple[bytes, ...]
    """DER, root first, leaf last."""
    certificates: tuple[x509.Certificate, ...]
    origin: str
    """Where they come from, for people."""

    @property
    def leaf(self) -> x509.Certificate:
        """The signing certificate."""
        return self.certificates[-1]


def read_pem(path: Path) -> list[bytes]:
    """Return the certificates of a PEM file as DER, in the file's order.

    Raises `InputError` (no certificate in it, damaged, over the limit) and `OSError`.
    """
    with path.open("rb") as file:
        content = file.read(PEM_LIMIT + 1)
    if len(content) > PEM_LIMIT:
        raise InputError(f"{path}: a PEM file has at most {PEM_LIMIT} bytes")
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise InputError(f"{path}: no PEM certificate: {error}") from error
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def signing_path(
    carried: Sequence[bytes], given: Sequence[bytes], anchors: Sequence[bytes]
) -> SigningPath | None:
    """Return the path of the signing certificate; None when there is no certificate at all.

    `carried` are the envelope's (root first, leaf last): where it has any, they are the path, as they stand. `given` are
    the user's, in any order: without carried ones the path is made of them and the anchors. Raises
    `CertificateConflictError` when both exist and name different leaves, or one cannot be read.
    """
    if not carried and not given:
        return None
    if not carried:
        return _assemble(_load(given, "a given certificate"), _load(anchors, "a trust anchor"))
    path = SigningPath(tuple(carried), tuple(_load(carried, "a certificate of the envelope")), "the envelope")
    if given and carried[-1] != _der(_leaf_of(_load(given, "a given certificate"))):
        raise CertificateConflictError("the envelope carries another signing certificate than the one given")
    return path


def _load(ders: Iterable[bytes], what: str) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(der) for der in ders]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateConflictError(f"{what} cannot be read: {error}") from error


def _leaf_of(given: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the one certificate that issued none of the others. Raises `CertificateConflictError`."""
    unique = list({_der(certificate): certificate for certificate in given}.values())
    leaves = [one for one in unique if not any(_issued(one, other) for other in unique if other is not one)]
    if len(leaves) != 1:
        raise CertificateConflictError(
            f"the given certificates hold {len(leaves)} signing certificates, not one"
        )
    return leaves[0]


def _assemble(given: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> SigningPath:
    path = [_leaf_of(given)]
    pool = [*anchors, *given]
    while not _issued(path[0], path[0]) and len(path) < PATH_LIMIT:
        issuer = next((one for one in pool if one not in path and _issued(one, path[0])), None)
        if issuer is None:
            break
        path.insert(0, issuer)
    return SigningPath(
        tuple(_der(certificate) for certificate in path), tuple(path), "the given certificates"
    )


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
