"""`ima.reference-values` and `ima.violations` over nodes: what is asked, what is required, what is told."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xrattest.verify.ima.appraisal import check_entries
from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.nodes import MeasuredNode, Measurements, SignedText
from xrattest.verify.ima.policy import ImaPolicy
from xrattest.verify.ima.rules import Rules
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Status

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SH = hashlib.sha256(b"sh").digest()
ALLOWED = {"allow": {"/bin/sh": [f"sha256:{SH.hex()}"]}}


@pytest.fixture
def judge(tmp_path):
    def run(logs: dict[str, bytes | Result], policy: dict | None):
        nodes = []
        for name, content in logs.items():
            log: Path | Result = content if isinstance(content, Result) else tmp_path / name
            if isinstance(log, Path):
                log.write_bytes(content)
            nodes.append(MeasuredNode(name, log, {}, SignedText(tmp_path, 1 << 20), 1 << 20))
        ledger = Ledger(())
        rules = None if policy is None else Rules(ImaPolicy.model_validate(policy))
        check_entries(Measurements(tuple(nodes)), ImaDemands(rules=rules), ledger)
        verdict = ledger.verdict(AT)
        return verdict.check("ima.violations"), verdict.check("ima.reference-values"), verdict.findings

    return run


def good(make) -> bytes:
    return make.binary(b"boot_aggregate", bytes(32)) + make.binary(b"/bin/sh", SH)


def test_nothing_given_is_a_skip_and_violations_warn_all_the_same(judge, make):
    violations, references, findings = judge({"a": good(make)}, None)
    assert (violations.status, references.status, findings) == (Status.PASS, Status.SKIP, ())
    content = good(make) + make.binary(b"/x", bytes(32), violation=True)
    violations, references, findings = judge({"a": content}, None)
    assert (violations.status, references.status) == (Status.WARN, Status.SKIP)
    assert findings == (
        {"check": "ima.violations", "node": "a", "severity": "warn", "rule": "violations", "entry": 2, "kind": "violation",
         "template": "ima-ng", "path": "/x"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("says", "status"), [("accept", Status.PASS), ("warn", Status.WARN), ("fail", Status.FAIL)]
)
def test_violations_accept_warn_fail_each_counted(judge, make, says, status):
    content = good(make) + make.binary(b"/x", bytes(32), violation=True) * 3
    violations, _, findings = judge({"a": content}, {"violations": says})
    assert violations.status is status
    assert f"3 in 5 entries: 3 to {says}, the first is entry 2, /x" in violations.detail
    assert [found["severity"] for found in findings] == [says] * 3


def test_one_bad_node_fails_whatever_the_others_are(judge, make):
    bad = good(make) + make.binary(b"/bin/evil", SH)
    _, references, findings = judge(
        {"a": good(make), "b": bad, "c": Result.skipped("c: over the limit")}, ALLOWED
    )
    assert references.status is Status.FAIL
    assert "a: 2 entries: 1 by boot-aggregate, 1 by allow" in references.detail
    assert "b: 3 entries" in references.detail
    assert "1 to fail, the first is entry 2, unlisted, /bin/evil" in references.detail
    assert "c: over the limit" in references.detail
    assert findings[-1] == {
        "check": "ima.reference-values", "node": "b", "severity": "fail", "rule": "unlisted", "entry": 2, "kind": "unlisted",
        "template": "ima-ng", "path": "/bin/evil", "got": f"sha256:{SH.hex()}",
    }  # fmt: skip


def test_a_list_that_is_damaged_or_too_long_is_no_pass(judge, make):
    violations, references, _ = judge({"a": good(make)[:-3]}, ALLOWED)
    assert (violations.status, references.status) == (Status.FAIL, Status.FAIL)
    violations, references, _ = judge({"a": good(make) + make.binary(b"/x", bytes(32)) * 20_000}, ALLOWED)
    assert (violations.status, references.status) == (Status.SKIP, Status.SKIP)
    assert "limit" in references.detail


def test_warnings_of_the_policy_are_a_warn(judge, make):
    content = good(make) + make.binary(b"/x", bytes(32))
    _, references, _ = judge({"a": content}, {**ALLOWED, "unlisted": "warn"})
    assert references.status is Status.WARN
    assert "1 to warn of, the first is entry 2, unlisted, /x" in references.detail
