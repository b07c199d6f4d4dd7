"""Is this chain good, at this time, under this anchor? OpenSSL's path building in strict mode, plus checks of our own.

OpenSSL (through pyOpenSSL) checks signatures, names, validity, basic constraints, path length, unknown critical extensions
and RFC 5280's form (`X509_STRICT`), without partial chains. Ours: the root is byte-equal to a given anchor, every
certificate lies on the validated path in order, key usages, strength. Any bytes may come in; every problem is named.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import crypto

from xrattest.errors import PkiError
from xrattest.pki.keys import as_public_key, fits_policy, kind_of, size_of

MAX_CHAIN = 10
"""Most certificates of a chain."""
MAX_CERTIFICATE = 64 * 1024
"""Most bytes of one certificate."""

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

_WEAK_HASHES = (hashes.MD5, hashes.SHA1, hashes.SHA224)
# What the parser raises when a certificate's inside is not what RFC 5280 says; it parses extensions and keys lazily.
PARSE_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for a hostile certificate: some of these are no `ValueError`."""


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """One thing that is wrong.

    `code` is one of: `empty`, `too-long`, `malformed`, `no-anchor`, `anchor`, `order`, `expired`, `not-yet-valid`,
    `not-a-ca`, `ca-key-usage`, `leaf-is-ca`, `leaf-key-usage`, `serial`, `key-type`, `weak`, `path`, `unrelated`.
    """

    code: str
    detail: str
    index: int | None = None
    """Position in the chain, 0 is the root; None when it is about the chain as a whole."""

    def __str__(self) -> str:
        return f"certificate {self.index}: {self.detail}" if self.index is not None else self.detail


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What validation found; `ok` is the verdict."""

    problems: tuple[ChainProblem, ...]
    certificates: tuple[x509.Certificate, ...]
    """Root first, leaf last; empty when one of them cannot be read."""

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.problems

    @property
    def leaf(self) -> x509.Certificate | None:
        """The signing certificate, None when the chain cannot be read."""
        return self.certificates[-1] if self.certificates else None

    @property
    def reason(self) -> str:
        """Every problem in one line."""
        return "; ".join(map(str, self.problems))


def validate_chain(
    chain: Sequence[bytes], anchors: Sequence[bytes], at: datetime, *, allow_weak: bool = False
) -> ChainReport:
    """Validate DER certificates, root first and leaf last, under DER trust anchors, at a time with a time zone.

    `allow_weak` accepts keys below the policy's floor and SHA-1 signatures. Raises `ValueError` only for a time without a
    zone; whatever is wrong with the certificates is in the report.
    """
    if at.tzinfo is None:
        raise ValueError("the time of validation needs a time zone")
    with warnings.catch_warnings():
        # The parser warns of oddities of foreign certificates; what matters here is a problem, not a warning.
        warnings.simplefilter("ignore")
        certificates, problems = _parse(chain)
        if problems:
            return ChainReport(tuple(problems), ())
        found = [*_check_anchor(chain, anchors), *_check_each(certificates, at), *_check_order(certificates)]
        if not allow_weak:
            found += _check_strength(certificates)
        found += _check_path(chain, at)
    return ChainReport(tuple(found), tuple(certificates))


def _parse(chain: Sequence[bytes]) -> tuple[list[x509.Certificate], list[ChainProblem]]:
    if not chain:
        return [], [ChainProblem("empty", "there is no certificate")]
    if len(chain) > MAX_CHAIN:
        return [], [ChainProblem("too-long", f"{len(chain)} certificates, more than {MAX_CHAIN}")]
    certificates, problems = [], []
    for index, der in enumerate(chain):
        try:
            certificates.append(_read(der))
        except (*PARSE_ERRORS, crypto.Error) as error:
            problems.append(ChainProblem("malformed", f"cannot be read: {_said(error)}", index))
    return certificates, problems


def _read(der: bytes) -> x509.Certificate:
    if len(der) > MAX_CERTIFICATE:
        raise ValueError(f"longer than {MAX_CERTIFICATE} bytes")
    certificate = x509.load_der_x509_certificate(der)
    # Parsed now, so that nothing below meets a surprise.
    _ = (
        certificate.extensions,
        certificate.public_key(),
        certificate.subject,
        certificate.issuer,
        certificate.serial_number,
    )
    _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    _ = certificate.signature, certificate.signature_algorithm_oid, certificate.version
    if certificate.public_bytes(Encoding.DER) != der:
        raise ValueError("not in DER")
    return certificate


def _check_anchor(chain: Sequence[bytes], anchors: Sequence[bytes]) -> Iterator[ChainProblem]:
    if not anchors:
        yield ChainProblem("no-anchor", "no trust anchor was given")
    elif chain[0] not in {bytes(anchor) for anchor in anchors}:
        same = any(_same_subject(chain[0], anchor) for anchor in anchors)
        yield ChainProblem("anchor", "the root is another certificate than the anchor of the same name" if same
                           else "the root is none of the given trust anchors", 0)  # fmt: skip


def _same_subject(root: bytes, anchor: bytes) -> bool:
    try:
        return x509.load_der_x509_certificate(root).subject == x509.load_der_x509_certificate(anchor).subject
    except PARSE_ERRORS:
        return False


def _check_each(certificates: Sequence[x509.Certificate], at: datetime) -> Iterator[ChainProblem]:
    last = len(certificates) - 1
    for index, certificate in enumerate(certificates):
        yield from _check_time(index, certificate, at)
        if certificate.serial_number <= 0:
            yield ChainProblem("serial", f"serial number {certificate.serial_number} is not positive", index)
        yield from _check_leaf(index, certificate) if index == last else _check_ca(index, certificate)


def _check_time(index: int, certificate: x509.Certificate, at: datetime) -> Iterator[ChainProblem]:
    if at < certificate.not_valid_before_utc:
        yield ChainProblem(
            "not-yet-valid", f"valid from {certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ} only", index
        )
    if at > certificate.not_valid_after_utc:
        yield ChainProblem(
            "expired", f"expired at {certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}", index
        )


def _check_ca(index: int, certificate: x509.Certificate) -> Iterator[ChainProblem]:
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        yield ChainProblem("not-a-ca", "issues a certificate without being a CA (basicConstraints)", index)
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None or not usage.key_cert_sign:
        yield ChainProblem("ca-key-usage", "issues a certificate without keyCertSign", index)


def _check_leaf(index: int, certificate: x509.Certificate) -> Iterator[ChainProblem]:
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        yield ChainProblem("leaf-is-ca", "signs an envelope, but is a CA", index)
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        yield ChainProblem("leaf-key-usage", "signs an envelope without key usage digitalSignature", index)


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _check_order(certificates: Sequence[x509.Certificate]) -> Iterator[ChainProblem]:
    for index in range(1, len(certificates)):
        if certificates[index].issuer != certificates[index - 1].subject:
            yield ChainProblem("order", "not issued by the one before it", index)


def _check_strength(certificates: Sequence[x509.Certificate]) -> Iterator[ChainProblem]:
    for index, certificate in enumerate(certificates):
        try:
            key = as_public_key(certificate.public_key())
        except PkiError as error:
            yield ChainProblem("key-type", str(error), index)
            continue
        if not fits_policy(key):
            yield ChainProblem("weak", f"a {kind_of(key)} key of {size_of(key)} bits is too weak", index)
        # A root's own signature proves nothing: it is trusted by being the anchor, byte for byte.
        algorithm = _signature_hash(certificate)
        if index > 0 and isinstance(algorithm, _WEAK_HASHES):
            yield ChainProblem("weak", f"signed over {algorithm.name}", index)


def _signature_hash(certificate: x509.Certificate) -> hashes.HashAlgorithm | None:
    try:
        return certificate.signature_hash_algorithm
    except PARSE_ERRORS:
        # An algorithm that the parser does not know: OpenSSL judges it, and refuses what it does not know either.
        return None


def _check_path(chain: Sequence[bytes], at: datetime) -> list[ChainProblem]:
    """Let OpenSSL build and check the path from the leaf to the chain's own root, which `_check_anchor` pinned."""
    try:
        loaded = [crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain]
        store = crypto.X509Store()
        store.set_flags(crypto.X509StoreFlags.X509_STRICT)
        store.set_time(at.astimezone(UTC))
        store.add_cert(loaded[0])
        context = crypto.X509StoreContext(store, loaded[-1], loaded[1:-1])
        validated = [
            crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in context.get_verified_chain()
        ]
    except crypto.X509StoreContextError as error:
        depth = error.errors[1]
        index = len(chain) - 1 - depth if 0 <= depth < len(chain) else None
        return [ChainProblem("path", f"OpenSSL: {error.errors[2]}", index)]
    except (crypto.Error, ValueError, OverflowError) as error:
        return [ChainProblem("path", f"OpenSSL: {_said(error)}")]
    if validated[::-1] != list(chain):
        return [ChainProblem("unrelated", "a certificate does not lie on the validated path")]
    return []


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
