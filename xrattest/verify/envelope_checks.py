"""Checks of the envelope itself: its signer's path and times, its key, its signature, its nonce."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509

from xrattest.envelope import OpenedEnvelope, signature_is_genuine
from xrattest.envelope.algorithms import describe_key
from xrattest.errors import EnvelopeError
from xrattest.pki.chain import ChainReport, validate_chain
from xrattest.pki.names import printed
from xrattest.verify.certificates import CandidatePath
from xrattest.verify.verdict import Result

_OF_TIME = frozenset({"expired", "not-yet-valid"})


def judge_path(path: CandidatePath, anchors: Sequence[bytes], at: datetime) -> ChainReport:
    """Validate `path` apart from the question when.

    Times are a check of their own. So where some certificate is not valid at `at`, the path is validated for an instant at
    which all of them are, if there is one, and an expired chain is still told from a forged one.
    """
    report = validate_chain(path.chain, anchors, at)
    if not any(problem.code in _OF_TIME for problem in report.problems):
        return report
    first = max(certificate.not_valid_before_utc for certificate in report.certificates)
    last = min(certificate.not_valid_after_utc for certificate in report.certificates)
    return validate_chain(path.chain, anchors, first + (last - first) / 2) if first <= last else report


def check_chain(path: CandidatePath, report: ChainReport) -> Result:
    """Tell what `report` says; without a trust anchor, and nothing else wrong, there is nothing to say."""
    wrong = [problem for problem in report.problems if problem.code != "no-anchor"]
    if wrong:
        return Result.failed("; ".join(map(str, wrong)))
    names = " -> ".join(printed(certificate.subject) or "(no name)" for certificate in report.certificates)
    if report.problems:
        return Result.skipped(f"no trust anchor was given; {names} from {path.origin}")
    return Result.passed(f"{names} from {path.origin}")


def check_times(certificates: Sequence[x509.Certificate], at: datetime) -> Result:
    """Each certificate is valid at `at`, its bounds included (RFC 5280 §4.1.2.5)."""
    wrong = []
    for index, certificate in enumerate(certificates):
        if at < certificate.not_valid_before_utc:
            wrong.append(f"certificate {index} is valid from {_told(certificate.not_valid_before_utc)} only")
        if at > certificate.not_valid_after_utc:
            wrong.append(f"certificate {index} expired at {_told(certificate.not_valid_after_utc)}")
    if wrong:
        return Result.failed(f"judged for {_told(at)}: {'; '.join(wrong)}")
    ends = min(certificate.not_valid_after_utc for certificate in certificates)
    return Result.passed(
        f"all of {len(certificates)} valid at {_told(at)}, the first to end does at {_told(ends)}"
    )


def check_key_id(opened: OpenedEnvelope, leaf: x509.Certificate) -> Result:
    """Compare pub-key-id with the serial number of the signing certificate."""
    if opened.pub_key_id == str(leaf.serial_number):
        return Result.passed(f"{opened.pub_key_id} is the signing certificate's serial number")
    return Result.failed(
        f"pub-key-id is {opened.pub_key_id}, the signing certificate's serial number {leaf.serial_number}"
    )


def check_signature(opened: OpenedEnvelope, leaf: x509.Certificate) -> Result:
    """Verify the signature with the leaf's key. Raises `OSError`."""
    key = leaf.public_key()
    try:
        genuine = signature_is_genuine(opened, key)
    except EnvelopeError as error:
        return Result.failed(str(error))
    told = f"{opened.digest_algorithm} with {describe_key(key)}"
    return (
        Result.passed(told)
        if genuine
        else Result.failed(f"{told}: it is not the signature of this nonce and text")
    )


def check_nonce(opened: OpenedEnvelope, wanted: str | None) -> Result:
    """Compare the signed nonce with the one that was asked for."""
    found = "no nonce" if opened.nonce is None else f"nonce {opened.nonce}"
    if wanted is None:
        return Result.skipped(
            f"no nonce was asked for: an old envelope answers as well; this one has {found}"
        )
    if opened.nonce == wanted:
        return Result.passed(f"{wanted}, as asked for")
    return Result.failed(f"asked for {wanted}; the envelope has {found}")


def check_sudi(opened: OpenedEnvelope) -> Result:
    """No signature of a hardware identity is verified yet, and none is taken for verified."""
    if opened.sudi_signature is None:
        return Result.skipped("the envelope carries none")
    return Result.skipped("the envelope carries one, which was not verified")


def _told(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
