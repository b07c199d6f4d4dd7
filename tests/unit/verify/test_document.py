"""The signed text read as a dossier, and the checks of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xrattest.dossier.reader import Dossier
from xrattest.verify.dossier_checks import check_dossier
from xrattest.verify.freshness import check_age
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Status

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


MODEL = {"model-name": "m", "model-revision": "1", "collectors": []}
PACKAGES = {"result-code": "Success", **MODEL, "problems": []}


def dossier(**changes) -> dict:
    whole = {
        "collection-start-time": AT.timestamp() - 2.5,
        "model-name": "urn:xrattest:dossier",
        "model-revision": "2026-11-23",
        "nonce": "1580",
        "license-udi": {"result-code": "Success", "license-udi": "UDI: PID:VM,SN:1"},
        "version": {"result-code": "Success", "version": "v"},
        "platform": {"result-code": "Success", "platform": "p"},
        "packages": {"result-code": "Success", **MODEL, "install": {}},
        "reboot-history": {"result-code": "Unavailable", **MODEL, "reason": "no wtmp"},
        "collection-end-time": AT.timestamp() - 1,
    }
    changed = {**whole, **changes}
    changed["collection-end-time"] = changed.pop("collection-end-time")
    return {key: value for key, value in changed.items() if value is not None}


@pytest.fixture
def text_of(tmp_path):
    def write(content: dict | str | bytes) -> Path:
        path = tmp_path / "payload"
        if isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def checks(text: Path, envelope_nonce: str | None = "1580"):
    ledger = Ledger(())
    document = check_dossier(text, envelope_nonce, 1 << 20, ledger)
    return document, ledger.verdict(AT)


def test_a_whole_dossier(text_of):
    document, verdict = checks(text_of(dossier()))
    assert list(document.selectors) == ["packages", "reboot-history"]
    assert list(document.texts) == ["license-udi", "version", "platform"]
    assert document.nonce == "1580"
    assert verdict.check("dossier.structure").status is Status.PASS
    assert verdict.check("dossier.nonce").status is Status.PASS
    results = verdict.check("dossier.results")
    assert (results.status, "Unavailable: reboot-history" in results.detail) == (Status.PASS, True)
    assert verdict.findings == (
        {
            "check": "dossier.results",
            "selector": "reboot-history",
            "result-code": "Unavailable",
            "reason": "no wtmp",
        },
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "JSON"),
        (b"hello, world\n", "JSON"),
        (b'"urn:xrattest:dossier"', "JSON"),
        (b"[]", "model-name is"),
        (b"{}", "model-name is"),
        (b'{"model-name": "urn:other"}', "urn:other"),
        (b'{"model-name": ["urn:xrattest:dossier"]}', "model-name is"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', "limit"),
        (b"[" * 100_000, "JSON"),
        (b'{"model-name": "' + b"x" * (1 << 17) + b'"}', "model-name is"),
    ],
)
def test_what_is_no_dossier_skips_its_checks_and_says_what_it_is(text_of, content, reason):
    document, verdict = checks(text_of(content))
    assert document is None
    for name in ("structure", "nonce", "results"):
        check = verdict.check(f"dossier.{name}")
        assert (check.status, check.required) == (Status.SKIP, False)
    assert reason in verdict.check("dossier.structure").detail
    assert verdict.failed() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"collection-start-time": None}, "collection-start-time is missing"),
        ({"platform": None}, "platform is missing"),
        ({"collection-end-time": "10"}, "collection-end-time"),
        ({"collection-end-time": True}, "collection-end-time"),
        ({"collection-end-time": -1}, "collection-end-time"),
        ({"collection-end-time": 10**80}, "collection-end-time"),
        ({"collection-end-time": 253402300800}, "collection-end-time"),
        ({"nonce": 1580}, "nonce is no string"),
        ({"model-revision": {}}, "model-revision"),
        ({"packages": "none"}, "packages is no object"),
        ({"packages": {}}, "packages: result-code"),
        ({"packages": {"result-code": "Fine"}}, "'Fine'"),
        ({"packages": {"result-code": ["Success"]}}, "packages: result-code"),
        ({"packages": {"result-code": "Failure"}}, "Failure without a reason"),
        ({"packages": {"result-code": "Failure", "reason": 3}}, "packages: Failure without a reason"),
    ],
)
def test_a_damaged_dossier_fails_with_the_place(text_of, changes, reason):
    document, verdict = checks(text_of(dossier(**changes)))
    assert document is None
    assert verdict.failed() == ["dossier.structure"]
    assert reason in verdict.check("dossier.structure").detail


@pytest.mark.parametrize(
    ("inside", "outside", "status"),
    [
        ("1580", "1580", Status.PASS),
        ("1580", "1581", Status.FAIL),
        ("1580", None, Status.FAIL),
        ("AB", "ab", Status.FAIL),
        (None, "1580", Status.SKIP),
        (None, None, Status.SKIP),
    ],
)
def test_the_nonce_inside_equals_the_one_outside(text_of, inside, outside, status):
    _, verdict = checks(text_of(dossier(nonce=inside)), outside)
    assert verdict.check("dossier.nonce").status is status


@pytest.mark.parametrize("code", ["Partial", "Failure"])
def test_what_was_not_collected_whole_warns(text_of, code):
    _, verdict = checks(
        text_of(dossier(packages={**PACKAGES, "result-code": code, "reason": "database is locked"}))
    )
    results = verdict.check("dossier.results")
    assert results.status is Status.WARN
    assert f"{code}: packages" in results.detail
    assert verdict.findings[0]["reason"] == "database is locked"


def test_a_part_that_is_not_there_is_told_beside_those_that_are(text_of):
    absent = {"plugin": "tpm", "part": "boot", "result-code": "Unavailable", "reason": "no TPM"}
    other = {"plugin": "tpm", "part": "boot", "reason": "a remark"}
    _, verdict = checks(text_of(dossier(packages={**PACKAGES, "problems": [absent, other, 7]})))
    results = verdict.check("dossier.results")
    assert results.status is Status.PASS
    assert results.detail.endswith("; parts that are not there: packages/boot (Unavailable)")
    assert {
        "check": "dossier.results", "selector": "packages", "part": "boot", "result-code": "Unavailable", "reason": "no TPM"
    } in verdict.findings  # fmt: skip


def test_problems_that_are_too_many_are_said_to_be(text_of):
    many = [{"part": "a", "reason": "x" * 1000}] * 1100
    path = text_of(dossier(packages={**PACKAGES, "problems": many}))
    ledger = Ledger(())
    check_dossier(path, "1580", 1 << 22, ledger)
    assert "packages (not looked for" in ledger.verdict(AT).check("dossier.results").detail


def test_envelopes_of_other_nodes_are_told_not_judged(text_of):
    document, verdict = checks(
        text_of(dossier(nodes={"0/1/CPU0": {"result-code": "Success", "envelope": "{}"}}))
    )
    assert "nodes" not in document.selectors
    assert "not judged" in verdict.check("dossier.results").detail
    assert verdict.check("dossier.results").status is Status.WARN


@pytest.mark.parametrize(
    ("seconds", "max_age", "status"),
    [
        (0, timedelta(0), Status.PASS),
        (600, timedelta(minutes=10), Status.PASS),
        (601, timedelta(minutes=10), Status.FAIL),
        (-300, timedelta(minutes=10), Status.PASS),
        (-301, timedelta(minutes=10), Status.FAIL),
        (10, None, Status.SKIP),
    ],
)
def test_age(text_of, seconds, max_age, status):
    document = Dossier.read(text_of(dossier(**{"collection-end-time": AT.timestamp() - seconds})))
    result = check_age(document, AT, max_age)
    assert result.status is status
    assert "collection ended 2026-11-23T" in result.detail


def test_age_without_a_dossier():
    assert check_age(None, AT, timedelta(1)).status is Status.SKIP


@pytest.mark.parametrize(
    "content",
    [
        '{"model-name": "urn:xrattest:dossier", "nonce": "1580", "nonce": "1581"}',
        '{"model-name": "\\u0075rn:xrattest:dossi\\u0065r", "a": "\\ud800"}',
        '{"model-name": "urn:xrattest:dossier"} {}',
        '\ufeff {"model-name": "urn:xrattest:dossier"}',
        '{"model-name": "urn:xrattest:dossier"',
        '{"model-name": "urn:xrattest:dossier", "deep": ' + "[" * 100 + "]" * 100 + "}",
    ],
)
def test_what_only_a_lenient_reader_takes_for_a_dossier_fails(tmp_path, content):
    text = tmp_path / "payload"
    text.write_text(content)
    verdict = checks(text)[1]
    assert verdict.check("dossier.structure").status is Status.FAIL
