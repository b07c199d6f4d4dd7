"""Appraisers of plugins: each called alone, over the selector it judges, its findings taken as checks.

An appraiser adds checks; it cannot take one of ours back, nor one of another appraiser's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError
from xrattest.verify.catalogue import FAMILIES
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Status

if TYPE_CHECKING:
    from xrattest.plugin.collector import Appraiser, Finding

BODY_LIMIT = 64 << 20
"""Largest selector object handed to an appraiser, in bytes of its JSON text."""

CHECKS_LIMIT = 1000
"""Most findings of one appraiser."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class AppraisalError(Exception):
    """An appraiser that broke its contract; the text says how."""


def appraise(
    dossier: Dossier | None, appraisers: Sequence[Appraiser], allowed: Collection[str], ledger: Ledger
) -> None:
    """Record the checks of each appraiser; `allowed` names those that were asked for, present or not."""
    present = {appraiser.name for appraiser in appraisers}
    for name in sorted(set(allowed) - present):
        ledger.record(
            f"{name}.error", Result.skipped("the appraiser is allowed and not installed"), required=True
        )
    for appraiser in appraisers:
        _appraise_one(dossier, appraiser, ledger)


def _appraise_one(dossier: Dossier | None, appraiser: Appraiser, ledger: Ledger) -> None:
    try:
        checks = _checks(dossier, appraiser)
        _refuse_clash(checks, ledger)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a plugin raises, SystemExit too, is its own failure alone
        reason = f"{appraiser.name} could not judge: {type(error).__name__}: {error}"
        error_id = f"{appraiser.name}.error"
        if not ledger.has(error_id):
            ledger.record(error_id, Result.skipped(reason), required=True)
        return
    for check_id, result in checks.items():
        ledger.record(check_id, result)


def _refuse_clash(checks: Collection[str], ledger: Ledger) -> None:
    for check_id in checks:
        if ledger.has(check_id):
            raise AppraisalError(f"it made the check {check_id}, which exists")


def _checks(dossier: Dossier | None, appraiser: Appraiser) -> dict[str, Result]:
    if not _NAME.fullmatch(appraiser.name) or appraiser.name in FAMILIES:
        raise AppraisalError(f"an appraiser cannot be called {appraiser.name!r}")
    if dossier is None:
        raise AppraisalError("there is no sound dossier")
    selector = dossier.selectors.get(appraiser.selector)
    if selector is None:
        raise AppraisalError(f"the dossier has no {appraiser.selector}")
    try:
        body = dossier.load(selector.place, max_size=BODY_LIMIT)
    except InputError as error:
        raise AppraisalError(f"{appraiser.selector}: {error}") from error
    return _results(appraiser.name, appraiser.appraise(body))


def _results(name: str, findings: Iterable[Finding]) -> dict[str, Result]:
    results: dict[str, Result] = {}
    for finding in findings:
        if len(results) >= CHECKS_LIMIT:
            raise AppraisalError(f"it made more than {CHECKS_LIMIT} checks")
        if not _NAME.fullmatch(finding.check) or finding.check == "error":
            raise AppraisalError(f"a check cannot be called {finding.check!r}")
        check_id = f"{name}.{finding.check}"
        if check_id in results:
            raise AppraisalError(f"it made the check {check_id} twice")
        results[check_id] = Result(Status(finding.status), str(finding.detail))
    return results
