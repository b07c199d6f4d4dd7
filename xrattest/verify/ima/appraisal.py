"""`ima.reference-values` and `ima.violations`: every entry of every list judged by the policy, in one pass."""

from __future__ import annotations

from xrattest.errors import InputError, LimitError
from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.nodes import MeasuredNode, Measurements, of_all
from xrattest.verify.ima.policy import ImaPolicy
from xrattest.verify.ima.rules import Rules
from xrattest.verify.ima.start import list_start
from xrattest.verify.ima.survey import Survey, survey
from xrattest.verify.ima.violations import VIOLATIONS, judge_violations
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

REFERENCE_VALUES = "ima.reference-values"
NO_REFERENCES = Result.skipped("no reference values were given: nothing says which files are good")


def check_entries(measured: Measurements, demands: ImaDemands, ledger: Ledger) -> None:
    """Record `ima.violations` and `ima.reference-values`."""
    rules = demands.rules if demands.rules is not None else Rules(ImaPolicy())
    violations, references = [], []
    for node in measured.nodes:
        found = _survey(node, rules)
        if isinstance(found, Result):
            violations.append(found)
            references.append(found)
            continue
        violations.append(judge_violations(node.location, found, ledger))
        if rules.references:
            references.append(judge_references(node.location, found, ledger))
    ledger.record(VIOLATIONS, of_all(violations, measured))
    ledger.record(REFERENCE_VALUES, of_all(references, measured) if rules.references else NO_REFERENCES)


def judge_references(node: str, found: Survey, ledger: Ledger) -> Result:
    """Tell how the entries of one list were judged: counts by rule, then the gravest entries."""
    failed, warned = found.judged["fail"], found.judged["warn"]
    ledger.find(REFERENCE_VALUES, node=node, entries=found.entries, rules=_by_rule(found))
    for severity, told in (("fail", failed), ("warn", warned)):
        for record in told.records:
            ledger.find(REFERENCE_VALUES, node=node, severity=severity, **record)
    counts = [
        f"{count} by {rule}" if severity == "accept" else f"{count} {kind}"
        for (rule, severity, kind), count in found.rules.most_common()
    ]
    detail = f"{node}: {found.entries} entries" + (f": {', '.join(counts)}" if counts else "")
    if failed.count:
        return Result.failed(f"{detail}; {failed.count} to fail, the first is {_told(failed.records[0])}")
    if warned.count:
        return Result.warned(f"{detail}; {warned.count} to warn of, the first is {_told(warned.records[0])}")
    return Result.passed(detail)


def _by_rule(found: Survey) -> dict[str, dict[str, int]]:
    """Return rule -> severity -> entries."""
    counts: dict[str, dict[str, int]] = {}
    for (rule, severity, _), count in found.rules.most_common():
        by_severity = counts.setdefault(rule, {})
        by_severity[severity] = by_severity.get(severity, 0) + count
    return counts


def _told(record: dict[str, object]) -> str:
    return f"entry {record['entry']}, {record['kind']}, {record.get('path', 'which has no path')}"


def _survey(node: MeasuredNode, rules: Rules) -> Survey | Result:
    if isinstance(node.log, Result):
        return node.log
    try:
        return survey(node.log, rules, first=list_start(node).before, max_size=node.max_size)
    except LimitError as error:
        return Result.skipped(f"{node.location}: {error}")
    except InputError as error:
        return Result.failed(f"{node.location}: {error}")
