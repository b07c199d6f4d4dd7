"""Which certificates to judge: those in the envelope, those the user gave, and the path they make."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from xrattest.errors import InputError, PkiError
from xrattest.pki.chain import MAX_CHAIN, PARSE_ERRORS

PEM_LIMIT = 1 << 20
"""Largest PEM file, in bytes."""


class SignerUnclearError(PkiError):
    """It is not clear whose certificate signed: two disagree, or one cannot be read."""


@dataclass(frozen=True, slots=True)
class CandidatePath:
    """Certificates that may lead from a root to the one that signed; nothing is checked yet."""

    chain: tuple[bytes, ...]
    """DER, root first, leaf last."""
    origin: str
    """Where they come from, for people."""


def read_pem(path: Path) -> list[bytes]:
    """Return the certificates of a PEM file as DER, in the file's order.

    Raises `InputError` (no certificate in it, damaged, over the limit) and `OSError`.
    """
    with path.open("rb") as file:
        content = file.read(PEM_LIMIT + 1)
    if len(content) > PEM_LIMIT:
        raise InputError(f"{path}: a PEM file has at most {PEM_LIMIT} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [_der(certificate) for certificate in x509.load_pem_x509_certificates(content)]
    except PARSE_ERRORS as error:
        raise InputError(f"{path}: no PEM certificate: {error}") from error


def candidate_path(
    carried: Sequence[bytes], given: Sequence[bytes], anchors: Sequence[bytes]
) -> CandidatePath | None:
    """Return the certificates to judge; None when there are none.

    `carried` are the envelope's (root first, leaf last): where it has any, they are the path, as they stand. `given` are
    the user's, in any order: without carried ones the path is made of them and the anchors. Raises `SignerUnclearError`
    when both exist and name different leaves, or a given one cannot be read.
    """
    if not given:
        return CandidatePath(tuple(carried), "the envelope") if carried else None
    ours = _load(given, "a given certificate")
    if not carried:
        return _assemble(ours, _load(anchors, "a trust anchor"))
    if carried[-1] != _der(_leaf_of(ours)):
        raise SignerUnclearError("the envelope carries another signing certificate than the one given")
    return CandidatePath(tuple(carried), "the envelope, and as given")


def _load(ders: Iterable[bytes], what: str) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(der) for der in ders]
    except PARSE_ERRORS as error:
        raise SignerUnclearError(f"{what} cannot be read: {error}") from error


def _leaf_of(given: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the one certificate that issued none of the others. Raises `SignerUnclearError`."""
    unique = list(dict.fromkeys(given))
    leaves = [one for one in unique if not any(_issued(one, other) for other in unique if other is not one)]
    if len(leaves) != 1:
        raise SignerUnclearError(f"among the given certificates {len(leaves)} may be the signer's, not one")
    return leaves[0]


def _assemble(given: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> CandidatePath:
    path = [_leaf_of(given)]
    pool = [*anchors, *given]
    while not _issued(path[0], path[0]) and len(path) < MAX_CHAIN:
        issuer = next((one for one in pool if one not in path and _issued(one, path[0])), None)
        if issuer is None:
            break
        path.insert(0, issuer)
    return CandidatePath(tuple(_der(certificate) for certificate in path), "the given certificates")


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    try:
        subject.verify_directly_issued_by(issuer)
    except (*PARSE_ERRORS, InvalidSignature):
        return False
    return True


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
