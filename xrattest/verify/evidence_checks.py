"""What an envelope holds: its dossier, the measurement lists in it, and how they follow from the envelopes before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xrattest import strictjson
from xrattest.dossier.reader import Dossier
from xrattest.envelope import OpenedEnvelope
from xrattest.envelope.nonce import nonce_bytes
from xrattest.errors import EnvelopeError
from xrattest.verify import envelope_checks
from xrattest.verify.boot.checks import check_boot
from xrattest.verify.boot.logs import boot_logs_of
from xrattest.verify.catalogue import ALWAYS_REQUIRED
from xrattest.verify.dossier_checks import check_dossier
from xrattest.verify.ima import (
    Accounts,
    Chain,
    ImaDemands,
    Predecessor,
    Seal,
    Succession,
    check_measurements,
)
from xrattest.verify.ledger import Ledger
from xrattest.verify.signer_checks import check_signer
from xrattest.verify.verdict import Result, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What every envelope of a chain is judged by."""

    anchors: Sequence[bytes]
    at: datetime
    identity: str | None
    signing_certificate: Sequence[bytes]
    ima: ImaDemands
    max_size: int


@dataclass(frozen=True, slots=True)
class Examined:
    """What one envelope was found to hold."""

    dossier: Dossier | None
    succession: Succession
    accounts: Accounts


def examine(
    opened: OpenedEnvelope, question: Question, before: Predecessor | None, ledger: Ledger
) -> Examined:
    """Record the checks of the signer, the dossier and its measurement lists. Raises `OSError`."""
    ledger.record("envelope.structure", Result.passed(f"signature version {opened.signature_version}"))
    signer = check_signer(
        opened, question.anchors, given=question.signing_certificate, identity=question.identity, at=question.at,
        ledger=ledger,
    )  # fmt: skip
    ledger.record("envelope.sudi-signature", envelope_checks.check_sudi(opened))
    dossier = check_dossier(opened.payload, opened.nonce, question.max_size, ledger)
    succession = Succession(
        signer.name,
        opened.nonce,
        strictjson.digest_with_prefix(b"", opened.payload, "sha256"),
        None if dossier is None else dossier.start_time,
        None if dossier is None else dossier.end_time,
    )
    logs, seal = boot_logs_of(dossier), Seal(nonce_bytes(opened.nonce), signer.spki)
    measured = check_measurements(
        dossier, question.ima, question.max_size, ledger, seal, chain=Chain(succession, before), logs=logs
    )
    check_boot(dossier, logs, question.ima, measured.quoted, seal, question.max_size, ledger)
    return Examined(dossier, succession, measured.accounts)


def last_predecessor(question: Question) -> Predecessor | None:
    """Judge the envelopes before, oldest first, each as following from the one before it; return the last. Raises `OSError`."""
    before = None
    for position, opened in enumerate(question.ima.previous, 1):
        before = _predecessor(opened, position, question, before)
    return before


def _predecessor(
    opened: OpenedEnvelope | EnvelopeError, position: int, question: Question, before: Predecessor | None
) -> Predecessor:
    if isinstance(opened, EnvelopeError):
        return Predecessor(
            position, {}, None, None, b"", None, None, failed=(f"envelope.structure: {opened}",)
        )
    ledger = Ledger({*ALWAYS_REQUIRED, "dossier.structure", "ima.self-consistent"})
    found = examine(opened, question, before, ledger)
    checks = ledger.verdict(question.at).checks
    # The oldest has nothing before it here; whoever gives it judged it against what was before it then.
    must = [check for check in checks if check.required and (before or check.id != "ima.continuity")]
    now = found.succession
    return Predecessor(
        position, found.accounts, now.device, now.nonce, now.payload_sha256, now.start_time, now.end_time,
        failed=tuple(f"{check.id}: {check.detail}" for check in checks if check.status is Status.FAIL),
        unproven=tuple(f"{check.id}: {check.detail}" for check in must if check.status is Status.SKIP),
    )  # fmt: skip
