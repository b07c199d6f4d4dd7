"""Checks of the signed text as a dossier: its structure, its nonce, how collecting went."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xrattest.dossier.reader import Dossier, SelectorEntry
from xrattest.errors import InputError, LimitError, NotADossierError
from xrattest.evidence import ResultCode
from xrattest.verify.claims import claims_to_be_a_dossier
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

NO_DOSSIER = Result.skipped("the signed text is no dossier")
DAMAGED = Result.skipped("the dossier is damaged")
USABLE = frozenset({ResultCode.SUCCESS, ResultCode.PARTIAL})
"""Codes of a selector that has a body, though not every part of it may be there."""


def check_dossier(payload: Path, envelope_nonce: str | None, max_size: int, ledger: Ledger) -> Dossier | None:
    """Record the `dossier.*` checks; return the dossier, or None when there is none to look into.

    The text is a dossier when it is a JSON object whose model-name is that of one; any other text may be signed too. A text
    that only a lenient reader would take for a dossier is a damaged one.
    """
    try:
        dossier = Dossier.read(payload, max_size=max_size)
    except InputError as error:
        if not isinstance(error, NotADossierError) and claims_to_be_a_dossier(payload):
            _record(ledger, Result.failed(f"says that it is a dossier, and: {error}"), DAMAGED, DAMAGED)
        else:
            skipped = Result.skipped(f"the signed text cannot be read as a dossier: {error}")
            _record(ledger, skipped, NO_DOSSIER, NO_DOSSIER)
        return None
    problems = [*dossier.problems, *([] if dossier.model.revision else ["model-revision is no text"])]
    if problems:
        _record(ledger, Result.failed("; ".join(problems)), DAMAGED, DAMAGED)
        return None
    names = ", ".join(dossier.selectors) or "none"
    _record(
        ledger,
        Result.passed(f"revision {dossier.model.revision}, selectors: {names}"),
        compare_nonces(dossier.nonce, envelope_nonce),
        judge_results(dossier, ledger),
    )
    return dossier


def _record(ledger: Ledger, structure: Result, nonce: Result, results: Result) -> None:
    ledger.record("dossier.structure", structure)
    ledger.record("dossier.nonce", nonce)
    ledger.record("dossier.results", results)


def compare_nonces(inside: str | None, envelope_nonce: str | None) -> Result:
    """A nonce inside a dossier must equal the envelope's (formats section 2); one that is not there says nothing."""
    if inside is None:
        return Result.skipped("the dossier holds no nonce")
    if inside != envelope_nonce:
        return Result.failed(f"the dossier holds {inside}, the envelope {envelope_nonce or 'none'}")
    return Result.passed(f"{inside}, inside and outside")


def judge_results(dossier: Dossier, ledger: Ledger) -> Result:
    """Warn of what was collected in part or not at all; what the host does not have is told, and no reason to warn."""
    by_code: dict[ResultCode, list[str]] = {}
    for entry in (*dossier.texts.values(), *dossier.selectors.values()):
        by_code.setdefault(entry.code, []).append(entry.name)
        if entry.code is not ResultCode.SUCCESS:
            reason = {} if entry.reason is None else {"reason": entry.reason}
            ledger.find("dossier.results", selector=entry.name, result_code=str(entry.code), **reason)
    missing = [
        name for entry in dossier.selectors.values() for name in _missing_parts(dossier, entry, ledger)
    ]
    detail = "; ".join(f"{code}: {', '.join(by_code[code])}" for code in ResultCode if code in by_code)
    if missing:
        detail += f"; parts that are not there: {', '.join(missing)}"
    if dossier.nodes is not None:
        return Result.warned(f"{detail}; envelopes of other nodes are inside and were not judged")
    troubled = by_code.keys() & {ResultCode.PARTIAL, ResultCode.FAILURE}
    return Result.warned(detail) if troubled else Result.passed(detail)


def _missing_parts(dossier: Dossier, entry: SelectorEntry, ledger: Ledger) -> Iterator[str]:
    """Name the parts without a body of a selector that is usable all the same; each is a record."""
    place = entry.members.get("problems")
    if entry.code not in USABLE or place is None:
        return
    try:
        problems = dossier.load(place)
    except LimitError as error:
        ledger.find("dossier.results", selector=entry.name, result_code=str(entry.code), reason=str(error))
        yield f"{entry.name} (not looked for: {error})"
        return
    for problem in problems if isinstance(problems, list) else ():
        if isinstance(problem, dict) and isinstance(problem.get("result-code"), str):
            part, reason = (str(problem.get(name, "")) for name in ("part", "reason"))
            ledger.find(
                "dossier.results",
                selector=entry.name,
                part=part,
                result_code=problem["result-code"],
                reason=reason,
            )
            yield f"{entry.name}/{part} ({problem['result-code']})"
