"""Who signed: the checks of path, times, key, signature and name, over one signing certificate."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrattest.envelope import OpenedEnvelope
from xrattest.verify import envelope_checks
from xrattest.verify.certificates import SignerUnclearError, candidate_path
from xrattest.verify.identity import device_name, match_identity
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result


@dataclass(frozen=True, slots=True)
class Signer:
    """Who an envelope's signature was judged to be of."""

    name: str | None
    """None unless chain and signature both passed."""
    spki: bytes | None
    """DER SubjectPublicKeyInfo of the signing certificate, whether it passed or not; None when there is none."""


def check_signer(  # noqa: PLR0913 - each is a question or what it is put to
    opened: OpenedEnvelope,
    anchors: Sequence[bytes],
    *,
    given: Sequence[bytes],
    identity: str | None,
    at: datetime,
    ledger: Ledger,
) -> Signer:
    """Record the checks of the signer, and return it."""
    with warnings.catch_warnings():
        # The parser warns of oddities of foreign certificates; whether they matter is for the chain's checks to say.
        warnings.simplefilter("ignore")
        leaf = _check_certificates(opened, anchors, given, at, ledger)
        ledger.record("envelope.identity", _identity(leaf, identity))
        known = leaf is not None and ledger.passed("envelope.chain", "envelope.signature")
        return Signer(device_name(leaf) if leaf is not None and known else None, _spki(leaf))


def _spki(leaf: x509.Certificate | None) -> bytes | None:
    return (
        None
        if leaf is None
        else leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def _check_certificates(
    opened: OpenedEnvelope, anchors: Sequence[bytes], given: Sequence[bytes], at: datetime, ledger: Ledger
) -> x509.Certificate | None:
    """Record the checks of path, times, key and signature; return the signing certificate, None when there is none."""
    try:
        path = candidate_path(opened.certificates, given, anchors)
    except SignerUnclearError as unclear:
        _no_signer(ledger, Result.failed(str(unclear)), "it is not clear whose certificate signed")
        return None
    if path is None:
        reason = "the envelope carries no certificate, and none was given"
        _no_signer(ledger, Result.skipped(reason), reason)
        return None
    report = envelope_checks.judge_path(path, anchors, at)
    chain = envelope_checks.check_chain(path, report)
    if report.leaf is None:
        _no_signer(ledger, chain, "the certificates cannot be read")
        return None
    ledger.record("envelope.key-id", envelope_checks.check_key_id(opened, report.leaf))
    ledger.record("envelope.chain", chain)
    ledger.record("envelope.times", envelope_checks.check_times(report.certificates, at))
    ledger.record("envelope.signature", envelope_checks.check_signature(opened, report.leaf))
    return report.leaf


def _no_signer(ledger: Ledger, chain: Result, reason: str) -> None:
    ledger.record("envelope.chain", chain)
    for check_id in ("envelope.key-id", "envelope.times", "envelope.signature"):
        ledger.record(check_id, Result.skipped(reason))


def _identity(leaf: x509.Certificate | None, wanted: str | None) -> Result:
    if leaf is None:
        return Result.skipped("no signing certificate")
    if wanted is None:
        return Result.skipped("no identity was asked for")
    return match_identity(leaf, wanted)
