"""The rule that makes a verdict of checks, and the JSON it is written as."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.verify.verdict import DETAIL_LIMIT, Check, Outcome, Status, Verdict, printable

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def verdict_of(*checks: tuple[Status, bool]) -> Verdict:
    return Verdict(tuple(Check(f"t.{number}", *check, "why") for number, check in enumerate(checks)), AT)


@pytest.mark.parametrize(
    ("checks", "outcome"),
    [
        ([], Outcome.PASS),
        ([(Status.PASS, True)], Outcome.PASS),
        ([(Status.PASS, True), (Status.WARN, True)], Outcome.PASS),
        ([(Status.PASS, True), (Status.SKIP, False)], Outcome.PASS),
        ([(Status.PASS, True), (Status.SKIP, True)], Outcome.INDETERMINATE),
        ([(Status.FAIL, False)], Outcome.FAIL),
        ([(Status.SKIP, True), (Status.FAIL, False)], Outcome.FAIL),
    ],
)
def test_outcome(checks, outcome):
    assert verdict_of(*checks).outcome is outcome


@given(st.lists(st.tuples(st.sampled_from(Status), st.booleans())))
def test_one_more_failure_never_helps_and_a_pass_never_hurts(checks):
    before = verdict_of(*checks).outcome
    assert verdict_of(*checks, (Status.FAIL, False)).outcome is Outcome.FAIL
    assert verdict_of(*checks, (Status.PASS, True)).outcome is before
    assert (before is Outcome.FAIL) == any(status is Status.FAIL for status, _ in checks)


def test_exit_statuses_are_those_of_the_command_line():
    assert [outcome.exit_status for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.INDETERMINATE)] == [
        0,
        1,
        3,
    ]


def test_json_is_exactly_the_format():
    verdict = Verdict(
        (Check("envelope.chain", Status.PASS, True, "ok"),), AT, "edge1", ({"check": "envelope.chain"},)
    )
    assert verdict.to_json() == {
        "verdict": "pass",
        "device": "edge1",
        "time": "2026-11-23T10:00:00Z",
        "checks": [{"id": "envelope.chain", "status": "pass", "required": True, "detail": "ok"}],
        "findings": [{"check": "envelope.chain"}],
    }
    assert list(verdict.to_json()) == ["verdict", "device", "time", "checks", "findings"]


@given(st.text())
def test_printable_is_one_bounded_line_that_no_terminal_obeys(text):
    line = printable(text, 20)
    assert line.isprintable()
    assert len(line) <= 21 * len(r"\U0010ffff")


def test_printable_escapes_terminal_controls_and_cuts():
    assert printable("a\x1b[31m\x9b\u202eb\n") == r"a\x1b[31m\x9b\u202eb\n"
    assert printable("é") == "é"
    assert len(printable("x" * 10_000)) == DETAIL_LIMIT + 1
