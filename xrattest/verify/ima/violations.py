"""`ima.violations`: entries by which the kernel says that it cannot vouch for what was read or run.

A violation is a file that was written while it was measured, or measured while it was open for writing. Which of both it was
stands in the audit log alone; the list has the path. The PCR was extended with ones, so nothing about it is secret.
"""

from __future__ import annotations

from xrattest.verify.ima.survey import Survey
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Status

VIOLATIONS = "ima.violations"

_STATUS = {"fail": Status.FAIL, "warn": Status.WARN, "accept": Status.PASS}


def judge_violations(node: str, found: Survey, ledger: Ledger) -> Result:
    """Tell the violations of one list, the gravest first."""
    total = sum(told.count for told in found.violations.values())
    if not total:
        return Result.passed(f"{node}: none in {found.entries} entries")
    worst = Status.PASS
    parts = []
    for severity in ("fail", "warn", "accept"):
        told = found.violations[severity]
        if not told.count:
            continue
        worst = _STATUS[severity] if worst is Status.PASS else worst
        first = told.records[0]
        where = f"entry {first['entry']}, {first.get('path', 'which has no path')}"
        parts.append(f"{told.count} to {severity}, the first is {where}")
        for record in told.records:
            ledger.find(VIOLATIONS, node=node, severity=severity, **record)
    return Result(worst, f"{node}: {total} in {found.entries} entries: {'; '.join(parts)}")
