"""A list judged on its own, without an envelope: the same checks, and nothing about who says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from xrattest.verify.ima.appraisal import REFERENCE_VALUES, check_entries
from xrattest.verify.ima.consistency import CONSISTENT, check_consistent
from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.nodes import MeasuredNode, Measurements, SignedText
from xrattest.verify.ima.rules import Rules
from xrattest.verify.ima.violations import VIOLATIONS
from xrattest.verify.kgv import CHECK, KgvError, KgvFile, check_kgv
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Verdict


def list_node(log: Path, name: str, max_size: int) -> MeasuredNode:
    """Return the list in `log` as a node called `name` in findings."""
    return MeasuredNode(name, log, {}, SignedText(log, max_size), max_size)


def appraise_list(
    node: MeasuredNode, rules: Rules, *, at: datetime, kgv: Mapping[str, KgvFile | KgvError]
) -> Verdict:
    """Judge one list; a verdict of the checks that need nothing else. Raises `OSError`."""
    measured = Measurements((node,))
    made = (
        CONSISTENT,
        VIOLATIONS,
        *([REFERENCE_VALUES] if rules.references else []),
        *([CHECK] if kgv else []),
    )
    ledger = Ledger(made)
    check_consistent(measured, ledger)
    check_entries(measured, ImaDemands(rules=rules), ledger)
    check_kgv(kgv, ledger)
    whole = ledger.verdict(at)
    checks = tuple(check for check in whole.checks if check.id in made)
    return Verdict(checks, at, findings=whole.findings)
