"""`verify`: from an opened envelope to a verdict. No file is fetched here, no clock read, nothing decided elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from xrattest.envelope import MAX_SIZE, OpenedEnvelope
from xrattest.envelope.nonce import nonce_bytes
from xrattest.errors import EnvelopeError
from xrattest.verify import envelope_checks
from xrattest.verify.appraisal import appraise
from xrattest.verify.catalogue import ALWAYS_REQUIRED
from xrattest.verify.evidence_checks import Question, examine, last_predecessor
from xrattest.verify.freshness import check_age
from xrattest.verify.ima import NOTHING_ASKED, ImaDemands
from xrattest.verify.kgv import KgvError, KgvFile, check_kgv
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Verdict

if TYPE_CHECKING:
    from xrattest.plugin.collector import Appraiser


def verify(  # noqa: PLR0913 - one parameter per thing that can be asked for, all by name
    opened: OpenedEnvelope | EnvelopeError,
    anchors: Sequence[bytes],
    *,
    at: datetime,
    nonce: str | None = None,
    identity: str | None = None,
    max_age: timedelta | None = None,
    signing_certificate: Sequence[bytes] = (),
    required: Collection[str] = (),
    appraisers: Sequence[Appraiser] = (),
    allowed_appraisers: Collection[str] = (),
    ima: ImaDemands = NOTHING_ASKED,
    kgv: Mapping[str, KgvFile | KgvError] = MappingProxyType({}),
    max_size: int = MAX_SIZE,
) -> Verdict:
    """Judge an envelope.

    The rules, in order:

    1. An envelope that breaks its format (`opened` is the error) fails `envelope.structure`; nothing else is looked at.
    2. The signing certificate is the envelope's last one. Without any it is the one given; with both, they must agree.
    3. `envelope.chain`: the path leads to one of `anchors`, byte for byte, each step signed, the leaf allowed to sign. No
       anchor is no opinion: the check is skipped, and the verdict cannot be pass.
    4. `envelope.times`: each certificate of the path is valid at `at`.
    5. `envelope.signature`: it verifies with the leaf's key, and `digest-algorithm` is one of that key.
    6. `envelope.nonce`, `.identity` and `.age` compare with what was asked for, and are required where it was.
    7. The signed text is read as a dossier when it says that it is one; its IMA log is rebuilt and recomputed. With
       attestation keys in `ima`, each node's TPM quote must bind this envelope and cover the log; without, nothing says
       that the log is the one that a TPM saw. The firmware's event log is replayed, held against itself and the same
       quote, and tied to the IMA log by the boot aggregate.
    8. The `previous` envelopes of `ima` are judged first, by the same rules but for nonce and age; `ima.continuity` says whether
       the list goes on where a TPM vouched for the last of them.
    9. Appraisers add checks; what an allowed one could not judge is a required skip.

    Args:
        opened: what `open_envelope` returned, or the `EnvelopeError` that it raised.
        anchors: trusted root certificates, DER.
        at: the instant to judge for, timezone-aware.
        nonce: the challenge, lower-case hex.
        identity: the name that the signing certificate must hold.
        max_age: the largest age of the dossier's end of collection.
        signing_certificate: the leaf, DER, with its issuers where the envelope carries none.
        required: ids of checks that must not be skipped, beyond the defaults.
        appraisers: those of plugins that the verifier allows.
        allowed_appraisers: their names, so that a missing one is told.
        ima: what is asked of IMA logs.
        kgv: files of known good values by name, as `read_kgv` accepted or refused them; their digests are in `ima.rules`.
        max_size: largest signed text that is read as a dossier, in bytes.

    Returns:
        The verdict, with every check of the catalogue.

    Raises:
        ValueError: `nonce` is none, or `at` has no time zone.
        OSError: the spooled text cannot be read.
    """
    nonce_bytes(nonce)
    if at.tzinfo is None:
        raise ValueError("the time to judge for needs a time zone")
    asked = {
        "envelope.nonce": nonce,
        "envelope.identity": identity,
        "envelope.age": max_age,
        "reference.kgv": kgv or None,
        "ima.reference-values": ima.rules if ima.rules is not None and ima.rules.references else None,
    }
    ledger = Ledger(
        {*ALWAYS_REQUIRED, *required, *(check_id for check_id, value in asked.items() if value is not None)}
    )
    question = Question(
        anchors=anchors, at=at, identity=identity, signing_certificate=signing_certificate, ima=ima, max_size=max_size
    )  # fmt: skip
    if isinstance(opened, EnvelopeError):
        ledger.record("envelope.structure", Result.failed(str(opened)))
        return ledger.verdict(at)
    found = examine(opened, question, last_predecessor(question), ledger)
    ledger.record("envelope.nonce", envelope_checks.check_nonce(opened, nonce))
    ledger.record("envelope.age", check_age(found.dossier, at, max_age))
    check_kgv(kgv, ledger)
    appraise(found.dossier, appraisers, allowed_appraisers, ledger)
    return ledger.verdict(at, found.succession.device)
