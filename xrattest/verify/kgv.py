"""Known good values (formats section 6): reference values of a publisher, signed in the envelope that evidence has too.

A device must not be able to bless itself: the signer is pinned by its key, or its certificate carries an extended key usage
that no device gets, and the trust anchor of publishers is given apart from that of devices. What is expired, unsigned or older
than what was seen before is refused, and then none of its values is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from xrattest import strictjson
from xrattest.envelope import OpenedEnvelope, signature_is_genuine
from xrattest.errors import EnvelopeError, InputError, VerificationError
from xrattest.pki.chain import PARSE_ERRORS, validate_chain
from xrattest.verify.ledger import Ledger
from xrattest.verify.policy import first_problem
from xrattest.verify.verdict import Result

CHECK = "reference.kgv"

SIGNER_USAGE = x509.ObjectIdentifier("2.25.178711586900572637298376892468565499564")
"""Extended key usage of a publisher's certificate: UUID 86729983-7433-4f86-91fa-d55fb5e5deac under arc 2.25, which ITU-T X.667
gives to whoever made the UUID, without a registry."""

SIZE_LIMIT = 256 << 20
"""Largest text of known good values, in bytes."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class KgvError(VerificationError):
    """Known good values that are refused; the text says why."""


def _instant(value: object) -> object:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("is no RFC 3339 time such as 2026-11-23T10:00:00Z")
    return datetime.fromisoformat(value)


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PathText = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=lambda name: name.replace("_", "-")
    )


class KnownFile(_Part):
    """A file and its digest."""

    path: PathText
    sha256: Sha256


class KnownPackage(_Part):
    """A package as its publisher made it."""

    format: Literal["rpm"]
    name: PathText
    epoch: int | None = None
    version: str
    release: str
    architecture: str
    profile: Literal["standard", "strict"]
    fingerprint: Sha256
    header_sha256: Sha256
    files: list[KnownFile] = []


class KnownGoodValues(_Part):
    """The signed text."""

    kgv_type: Literal["urn:xrattest:kgv"]
    kgv_version: Literal[1]
    publisher: PathText
    sequence: Annotated[int, Field(ge=0, lt=1 << 63)]
    published: Instant
    expires: Instant
    packages: list[KnownPackage] = []
    files: list[KnownFile] = []

    def measured(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield path and comparable digest of every file, those of packages too."""
        for known in self.files:
            yield known.path.encode(), b"sha256:" + bytes.fromhex(known.sha256)
        for package in self.packages:
            for known in package.files:
                yield known.path.encode(), b"sha256:" + bytes.fromhex(known.sha256)


@dataclass(frozen=True, slots=True)
class KgvTrust:
    """Whom a verifier believes about good values."""

    anchors: Sequence[bytes] = ()
    """Trusted roots of publishers, DER."""
    signers: Sequence[bytes] = ()
    """SHA-256 of SubjectPublicKeyInfo of the keys that may sign; empty: any whose certificate carries `SIGNER_USAGE`."""
    least_sequence: int = 0
    """Whatever is lower is refused."""
    seen: Mapping[str, int] = field(default_factory=dict)
    """Highest sequence seen before, by `KgvFile.source`."""


@dataclass(frozen=True, slots=True)
class KgvFile:
    """Known good values that were accepted."""

    values: KnownGoodValues
    signer: str
    """SHA-256 of the signer's SubjectPublicKeyInfo, lower-case hex."""

    @property
    def source(self) -> str:
        """Under what its sequence counts: a publisher's name alone is anybody's to choose."""
        return f"{self.signer} {self.values.publisher}"


def read_kgv(
    opened: OpenedEnvelope, trust: KgvTrust, at: datetime, *, devices: Sequence[bytes] = ()
) -> KgvFile:
    """Judge an envelope of known good values at an instant; `devices` are certificates (DER) that evidence was signed with.

    Raises `KgvError` (with what is wrong), `OSError`.
    """
    if not trust.anchors:
        raise KgvError("no trust anchor for known good values was given")
    if not opened.certificates:
        raise KgvError("its envelope carries no certificates")
    report = validate_chain(opened.certificates, trust.anchors, at)
    if report.leaf is None or not report.ok:
        raise KgvError(f"its signer: {report.reason}")
    signer = spki_sha256(report.leaf)
    _check_signer(report.leaf, signer, trust, devices)
    try:
        genuine = signature_is_genuine(opened, report.leaf.public_key())
    except EnvelopeError as error:
        raise KgvError(str(error)) from error
    if not genuine:
        raise KgvError("its signature is not that of its text")
    found = KgvFile(_read(opened), signer.hex())
    _check_values(found, trust, at)
    return found


def spki_sha256(certificate: x509.Certificate) -> bytes:
    """Return SHA-256 of a certificate's SubjectPublicKeyInfo. Raises one of `PARSE_ERRORS`."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def _check_signer(leaf: x509.Certificate, signer: bytes, trust: KgvTrust, devices: Sequence[bytes]) -> None:
    if signer in _keys_of(devices):
        raise KgvError("the device that is judged signed it")
    if trust.signers:
        if signer not in trust.signers:
            raise KgvError(f"it was signed by the key {signer.hex()}, not by one that was given")
        return
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, *PARSE_ERRORS):
        usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.5.29.37.0")])
    if SIGNER_USAGE not in usage:
        raise KgvError(
            f"its signer's certificate lacks the extended key usage of publishers ({SIGNER_USAGE.dotted_string}), "
            f"and its key {signer.hex()} was not given"
        )


def _keys_of(certificates: Sequence[bytes]) -> set[bytes]:
    keys = set()
    for der in certificates:
        # One that cannot be read signed nothing that verifies.
        with contextlib.suppress(*PARSE_ERRORS):
            keys.add(spki_sha256(x509.load_der_x509_certificate(der)))
    return keys


def _read(opened: OpenedEnvelope) -> KnownGoodValues:
    if opened.payload_size > SIZE_LIMIT:
        raise KgvError(f"its text of {opened.payload_size} bytes is over the limit of {SIZE_LIMIT}")
    try:
        return KnownGoodValues.model_validate(
            strictjson.loads(opened.payload.read_bytes(), max_size=SIZE_LIMIT)
        )
    except InputError as error:
        raise KgvError(f"its text: {error}") from error
    except ValidationError as error:
        raise KgvError(f"its text: {first_problem(error)}") from error


def _check_values(found: KgvFile, trust: KgvTrust, at: datetime) -> None:
    values = found.values
    if values.published > at:
        raise KgvError(f"it is published at {_told(values.published)}, after the judged time")
    if values.expires <= at:
        raise KgvError(f"it expired at {_told(values.expires)}")
    least = max(trust.least_sequence, trust.seen.get(found.source, 0))
    if values.sequence < least:
        raise KgvError(f"its sequence {values.sequence} is lower than {least}, which was seen or asked for")


def _told(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def check_kgv(given: Mapping[str, KgvFile | KgvError], ledger: Ledger) -> None:
    """Record `reference.kgv` of files by name: accepted ones, or why they were refused."""
    if not given:
        ledger.record(CHECK, Result.skipped("no known good values were given"))
        return
    told, refused = [], []
    for name, found in given.items():
        if isinstance(found, KgvError):
            refused.append(f"{name}: {found}")
            continue
        values = found.values
        told.append(
            f"{name}: {values.publisher}, sequence {values.sequence}, until {_told(values.expires)}, "
            f"{len(values.files)} files, {len(values.packages)} packages"
        )
        ledger.find(
            CHECK, file=name, publisher=values.publisher, sequence=values.sequence, signer=found.signer
        )
    ledger.record(CHECK, Result.failed("; ".join(refused)) if refused else Result.passed("; ".join(told)))
