"""Appraisers of plugins: each isolated, none able to take a check back."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from xrattest.dossier.reader import Dossier
from xrattest.verify import appraisal
from xrattest.verify.appraisal import appraise
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Outcome, Result, Status

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PACKAGES = {"result-code": "Success", "model-name": "m", "model-revision": "1", "collectors": [], "count": 3}


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "payload"
    path.write_text(json.dumps({
        "collection-start-time": 1, "model-name": "urn:xrattest:dossier", "model-revision": "1",
        **{name: {"result-code": "Success", name: "x"} for name in ("license-udi", "version", "platform")},
        "packages": PACKAGES, "collection-end-time": 2,
    }))  # fmt: skip
    return Dossier.read(path)


def finding(check="kernel", status="pass", detail="as it should be"):
    return SimpleNamespace(check=check, status=status, detail=detail)


def appraiser(judge, name="baseline", selector="packages"):
    return SimpleNamespace(name=name, selector=selector, appraise=judge)


def verdict_of(document, *appraisers, allowed=("baseline",), before=()):
    ledger = Ledger(())
    for check_id in before:
        ledger.record(check_id, Result.failed("no"))
    appraise(document, appraisers, allowed, ledger)
    return ledger.verdict(AT)


def test_findings_become_checks_and_the_selector_is_what_is_judged(document):
    seen = []
    verdict = verdict_of(
        document, appraiser(lambda body: seen.append(body) or [finding(), finding("count", "warn", "3")])
    )
    assert seen == [PACKAGES]
    assert verdict.check("baseline.kernel").to_json() == {
        "id": "baseline.kernel", "status": "pass", "required": False, "detail": "as it should be",
    }  # fmt: skip
    assert verdict.check("baseline.count").status is Status.WARN
    assert verdict.outcome is Outcome.PASS


def test_a_failing_finding_fails_the_verdict(document):
    assert verdict_of(document, appraiser(lambda body: [finding(status="fail")])).failed() == [
        "baseline.kernel"
    ]


def raises(body):
    raise RuntimeError("boom")


def leaves(body):
    sys.exit(0)


def yields_then_raises(body):
    yield finding()
    raise RuntimeError("boom")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (appraiser(raises), "RuntimeError: boom"),
        (appraiser(leaves), "SystemExit"),
        (appraiser(yields_then_raises), "RuntimeError: boom"),
        (appraiser(lambda body: None), "TypeError"),
        (appraiser(lambda body: ["pass"]), "AttributeError"),
        (appraiser(lambda body: [finding(status="ok")]), "'ok'"),
        (appraiser(lambda body: [finding(check="Kernel")]), "cannot be called 'Kernel'"),
        (appraiser(lambda body: [finding(check="error")]), "cannot be called 'error'"),
        (appraiser(lambda body: [finding(), finding(status="fail")]), "twice"),
        (appraiser(lambda body: [finding(f"c{n}") for n in range(1001)]), "more than 1000"),
        (appraiser(lambda body: [], selector="rollback-history"), "no rollback-history"),
    ],
)
def test_one_that_breaks_is_a_required_skip_and_costs_no_other(document, broken, reason):
    other = appraiser(lambda body: [finding()], name="other")
    verdict = verdict_of(document, broken, other, allowed=("baseline", "other"))
    error = verdict.check("baseline.error")
    assert (error.status, error.required) == (Status.SKIP, True)
    assert reason in error.detail
    assert [check.id for check in verdict.checks if check.id.startswith("baseline.")] == ["baseline.error"]
    assert verdict.check("other.kernel").status is Status.PASS
    assert verdict.outcome is Outcome.INDETERMINATE


@pytest.mark.parametrize("name", ["envelope", "ima", "dossier"])
def test_none_speaks_in_our_name(document, name):
    verdict = verdict_of(
        document,
        appraiser(lambda body: [finding("signature")], name=name),
        allowed=(name,),
        before=["envelope.signature"],
    )
    assert verdict.check(f"{name}.error").status is Status.SKIP
    assert verdict.check("envelope.signature").status is Status.FAIL


def test_two_of_one_name_do_not_overwrite_each_other(document):
    first, second = (
        appraiser(lambda body, status=status: [finding(status=status)]) for status in ("fail", "pass")
    )
    verdict = verdict_of(document, first, second)
    assert verdict.check("baseline.kernel").status is Status.FAIL
    assert verdict.check("baseline.error").required


def test_one_that_is_allowed_and_missing_is_told(document):
    error = verdict_of(document).check("baseline.error")
    assert (error.status, error.required) == (Status.SKIP, True)


def test_without_a_dossier_nothing_is_judged():
    assert verdict_of(None, appraiser(lambda body: [finding()])).outcome is Outcome.INDETERMINATE


def test_a_selector_over_the_limit_is_told(document, monkeypatch):
    monkeypatch.setattr(appraisal, "BODY_LIMIT", 10)
    assert "limit" in verdict_of(document, appraiser(lambda body: [finding()])).check("baseline.error").detail
