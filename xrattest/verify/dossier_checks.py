"""Checks of the signed text as a dossier: its structure, its nonce, how collecting went."""

from __future__ import annotations

from xrattest.evidence import ResultCode
from xrattest.verify.document import Document, DossierDamageError, NotADossierError, read_document
from xrattest.verify.ledger import Ledger
from xrattest.verify.text import Text
from xrattest.verify.verdict import Result

REASON = "the signed text is no dossier"


def check_dossier(text: Text, envelope_nonce: str | None, ledger: Ledger) -> Document | None:
    """Record the `dossier.*` checks; return the document, or None when there is none to look into."""
    try:
        document = read_document(text)
    except NotADossierError as other:
        _record_all(ledger, Result.skipped(str(other)), Result.skipped(REASON))
        return None
    except DossierDamageError as damage:
        _record_all(ledger, Result.failed(str(damage)), Result.skipped("the dossier is damaged"))
        return None
    ledger.record(
        "dossier.structure",
        Result.passed(f"{len(document.selectors)} selectors: {', '.join(document.selectors)}"),
    )
    ledger.record("dossier.nonce", compare_nonces(document.nonce, envelope_nonce))
    ledger.record("dossier.results", judge_results(document, ledger))
    return document


def _record_all(ledger: Ledger, structure: Result, rest: Result) -> None:
    ledger.record("dossier.structure", structure)
    ledger.record("dossier.nonce", rest)
    ledger.record("dossier.results", rest)


def compare_nonces(inside: str | None, envelope_nonce: str | None) -> Result:
    """A nonce inside a dossier must equal the envelope's (formats section 2); one that is not there says nothing."""
    if inside is None:
        return Result.skipped("the dossier holds no nonce")
    if envelope_nonce is None:
        return Result.failed(f"the dossier holds {inside}, the envelope none")
    if inside != envelope_nonce:
        return Result.failed(f"the dossier holds {inside}, the envelope {envelope_nonce}")
    return Result.passed(f"{inside}, inside and outside")


def judge_results(document: Document, ledger: Ledger) -> Result:
    """Warn of what was collected in part or not at all; what the host does not have is told, and no reason to warn."""
    codes: dict[ResultCode, list[str]] = {}
    for selector in (*document.heads.values(), *document.selectors.values()):
        codes.setdefault(selector.result_code, []).append(selector.name)
        if selector.result_code is not ResultCode.SUCCESS:
            found = {"result_code": str(selector.result_code), "reason": selector.reason}
            told = {name: value for name, value in found.items() if value is not None}
            ledger.find("dossier.results", selector=selector.name, **told)
    told_apart = [f"{code}: {', '.join(codes[code])}" for code in ResultCode if code in codes]
    detail = "; ".join(told_apart)
    if document.remote:
        detail += "; envelopes of other nodes are inside and were not judged"
    troubled = codes.keys() & {ResultCode.PARTIAL, ResultCode.FAILURE}
    return Result.warned(detail) if troubled or document.remote else Result.passed(detail)
