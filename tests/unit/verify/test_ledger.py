"""Recording: each id once, nothing left out, nothing unbounded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xrattest.verify.catalogue import CATALOGUE
from xrattest.verify.ledger import FINDINGS_LIMIT, Ledger
from xrattest.verify.verdict import Outcome, Result, Status

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_what_nobody_recorded_is_a_skip():
    verdict = Ledger({"envelope.chain"}).verdict(AT)
    assert [check.id for check in verdict.checks] == list(CATALOGUE)
    assert {check.status for check in verdict.checks} == {Status.SKIP}
    assert verdict.outcome is Outcome.INDETERMINATE


def test_a_check_is_recorded_once():
    ledger = Ledger(())
    ledger.record("envelope.chain", Result.failed("no"))
    with pytest.raises(ValueError, match="twice"):
        ledger.record("envelope.chain", Result.passed("yes"))
    assert ledger.verdict(AT).failed() == ["envelope.chain"]


def test_a_required_check_that_no_appraiser_made_is_a_required_skip():
    check = Ledger({"baseline.kernel"}).verdict(AT).check("baseline.kernel")
    assert (check.status, check.required) == (Status.SKIP, True)


def test_findings_are_bounded_and_say_how_many_are_left_out():
    ledger = Ledger(())
    for number in range(FINDINGS_LIMIT + 7):
        ledger.find("ima.self-consistent", entry=number)
    findings = ledger.verdict(AT).findings
    assert len(findings) == FINDINGS_LIMIT + 1
    assert findings[-1] == {"check": "ima.self-consistent", "left-out": 7}


def test_texts_are_printable_wherever_they_end_up():
    ledger = Ledger(())
    ledger.record("envelope.identity", Result.failed("a\x1b[2Jb"))
    ledger.find("envelope.identity", found_name="\x9b1m")
    verdict = ledger.verdict(AT, "edge\r1")
    assert verdict.check("envelope.identity").detail == r"a\x1b[2Jb"
    assert verdict.findings[0] == {"check": "envelope.identity", "found-name": r"\x9b1m"}
    assert verdict.device == r"edge\r1"
