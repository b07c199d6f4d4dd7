"""IMA logs inside dossiers: consistent, tampered and re-signed, damaged, empty, absent."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
from datetime import UTC, datetime

import pytest

from xrattest import ima
from xrattest.dossier.reader import Dossier
from xrattest.verify.ima import ImaDemands, check_measurements
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Status

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MODEL = {
    "model-name": "Cisco-IOS-XR-remote-attestation-act",
    "model-revision": "2022-09-20",
    "collectors": [],
}


def lp(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def entry(path: str, content: bytes, *, violation: bool = False) -> bytes:
    """One ima-ng entry as a little-endian kernel writes it, from the kernel's documentation of the format."""
    digest = bytes(32) if violation else hashlib.sha256(content).digest()
    data = lp(b"sha256:\0" + digest) + lp(path.encode() + b"\0")
    template_hash = bytes(20) if violation else hashlib.sha1(data).digest()
    return struct.pack("<I", 10) + template_hash + lp(b"ima-ng") + lp(data)


def pcr10(entries: list[bytes], bank: str) -> str:
    """Replay by hashlib alone."""
    size = hashlib.new(bank).digest_size
    value = bytes(size)
    for one in entries:
        data = one[24 + 4 + len(b"ima-ng") + 4 :]
        extended = b"\xff" * size if not any(one[4:24]) else hashlib.new(bank, data).digest()
        value = hashlib.new(bank, value + extended).digest()
    return value.hex()


ENTRIES = [
    entry("boot_aggregate", b""),
    entry("/bin/sh", b"sh"),
    entry("/tmp/x", b"", violation=True),
    entry("/bin/ls", b"ls"),
]


def events(entries=ENTRIES) -> list[dict]:
    out = io.BytesIO()
    ima.write_events(b"".join(entries), out)
    return json.loads(out.getvalue())


def blocks(profile: str) -> list[str]:
    out = io.BytesIO()
    ima.write_blocks(b"".join(ENTRIES), out, profile)
    return json.loads(out.getvalue())


@pytest.fixture
def judge(tmp_path):
    def run(snapshot: dict | None, *, max_size: int = 1 << 20):
        text_backed = {
            name: {"result-code": "Success", name: "x"} for name in ("license-udi", "version", "platform")
        }
        selectors = (
            {}
            if snapshot is None
            else {"system-integrity-snapshot": {"result-code": "Success", **MODEL, **snapshot}}
        )
        path = tmp_path / "payload"
        path.write_text(json.dumps({
            "collection-start-time": 1, "model-name": "urn:xrattest:dossier", "model-revision": "2026-11-23",
            **text_backed, **selectors, "collection-end-time": 2,
        }))  # fmt: skip
        dossier = Dossier.read(path)
        assert not dossier.problems
        ledger = Ledger(())
        check_measurements(dossier, ImaDemands(), max_size, ledger)
        verdict = ledger.verdict(AT)
        quoted = verdict.check("ima.matches-quote")
        assert (quoted.status, "no attestation key was given" in quoted.detail) == (Status.SKIP, True)
        return verdict.check("ima.self-consistent"), verdict.findings

    return run


def node(**members) -> dict:
    return {"system-ima": {"node-data": [{"node-location": "node0_RP0_CPU0", **members}]}}


@pytest.mark.parametrize(
    "log",
    [
        {"ima-event-log": events()},
        {"ima-event-log-compact": blocks("xr")},
        {"ima-event-log-compact": blocks("minimal")},
    ],
    ids=["full", "compact-xr", "compact-minimal"],
)
def test_a_consistent_log_in_either_form(judge, log):
    check, findings = judge(node(**log))
    sha1, sha256 = pcr10(ENTRIES, "sha1"), pcr10(ENTRIES, "sha256")
    assert check.status is Status.PASS
    assert check.detail == f"node0_RP0_CPU0: 4 entries, 1 violations, PCR 10 sha1 {sha1}, sha256 {sha256}"
    assert tuple(found for found in findings if found["check"] == "ima.self-consistent") == (
        {
            "check": "ima.self-consistent", "node": "node0_RP0_CPU0", "entries": 4, "violations": 1,
            "pcr": {"sha1": {"10": sha1}, "sha256": {"10": sha256}},
        },
    )  # fmt: skip


def test_a_measurement_changed_and_signed_again_is_found(judge):
    log = events()
    other = events([ENTRIES[0], entry("/bin/sh", b"evil"), *ENTRIES[2:]])
    log[1]["filedata-hash"] = other[1]["filedata-hash"]
    check, findings = judge(node(**{"ima-event-log": log}))
    assert check.status is Status.FAIL
    assert "the first at entry 1" in check.detail
    assert findings[1]["entry"] == 1


def test_an_entry_taken_out_is_found_by_its_number(judge):
    log = events()
    del log[1]
    assert judge(node(**{"ima-event-log": log}))[0].status is Status.FAIL


def test_a_log_written_anew_is_as_consistent_which_is_why_a_quote_is_another_check(judge):
    forged = [ENTRIES[0], entry("/bin/sh", b"evil")]
    check, _ = judge(node(**{"ima-event-log": events(forged)}))
    assert check.status is Status.PASS
    assert pcr10(forged, "sha256") in check.detail


def test_an_empty_log_warns(judge):
    assert judge(node(**{"ima-event-log": []}))[0].status is Status.WARN


@pytest.mark.parametrize(
    ("snapshot", "reason"),
    [
        (None, "no system-integrity-snapshot"),
        ({}, "holds no system-ima"),
        ({"result-code": "Unavailable", "reason": "this kernel has no IMA"}, "this kernel has no IMA"),
    ],
)
def test_a_log_that_is_not_there_is_a_skip_with_the_reason(judge, snapshot, reason):
    check, _ = judge(snapshot)
    assert check.status is Status.SKIP
    assert reason in check.detail


@pytest.mark.parametrize(
    ("snapshot", "reason"),
    [
        ({"system-ima": []}, "no object"),
        ({"system-ima": {}}, "no list node-data"),
        ({"system-ima": {"node-data": {}}}, "no list node-data"),
        ({"system-ima": {"node-data": []}}, "no node"),
        ({"system-ima": {"node-data": [1]}}, "node-data[0] is no object"),
        ({"system-ima": {"node-data": [{}]}}, "no node-location"),
        ({"system-ima": {"node-data": [{"node-location": 7, "ima-event-log": []}]}}, "no node-location"),
        (node(), "not one list"),
        (node(**{"ima-event-log": {}}), "not one list"),
        (node(**{"ima-event-log": [], "ima-event-log-compact": []}), "not one list"),
        (node(**{"ima-event-log": [{}]}), "node0_RP0_CPU0"),
        (node(**{"ima-event-log-compact": ["!"]}), "node0_RP0_CPU0"),
        (node(**{"ima-event-log-compact": [base64.b64encode(b"x" * 50).decode()]}), "node0_RP0_CPU0"),
    ],
)
def test_a_log_that_breaks_its_format_fails_with_the_place(judge, snapshot, reason):
    check, _ = judge(snapshot)
    assert check.status is Status.FAIL
    assert reason in check.detail


def test_several_nodes_are_all_judged(judge):
    good = {"ima-event-log": events()}
    bad = json.loads(json.dumps(good))
    bad["ima-event-log"][3]["filename-hint"] = "/bin/rm"
    nodes = [{"node-location": "node0_RP0_CPU0", **good}, {"node-location": "node0_1_CPU0", **bad}]
    check, _ = judge({"system-ima": {"node-data": nodes}})
    assert check.status is Status.FAIL
    assert "node0_RP0_CPU0: 4 entries" in check.detail
    assert "node0_1_CPU0: 4 entries" in check.detail


def test_too_many_nodes_or_too_long_a_log_is_a_skip_that_says_so(judge):
    many = [{"node-location": "n", "ima-event-log": []}] * 1001
    check, _ = judge({"system-ima": {"node-data": many}})
    assert (check.status, "limit" in check.detail) == (Status.SKIP, True)
    check, _ = judge(node(**{"ima-event-log": events()}), max_size=100)
    assert (check.status, "limit" in check.detail) == (Status.SKIP, True)


def test_a_node_over_the_limit_does_not_hide_one_that_is_wrong(judge, monkeypatch):
    tampered = events()
    tampered[1]["filename-hint"] = "/bin/rm"
    nodes = [
        {"node-location": "bad", "ima-event-log": tampered},
        {"node-location": "large", "ima-event-log": events()},
    ]
    rebuild = ima.rebuild

    def small_for_the_second(path, start, end, out, *, max_size):
        large = path.read_bytes()[:start].rfind(b'"large"') > path.read_bytes()[:start].rfind(b'"bad"')
        return rebuild(path, start, end, out, max_size=100 if large else max_size)

    monkeypatch.setattr(ima, "rebuild", small_for_the_second)
    for order in (nodes, nodes[::-1]):
        check, _ = judge({"system-ima": {"node-data": order}})
        assert check.status is Status.FAIL
        assert "bad: 4 entries" in check.detail
        assert "large: " in check.detail
        assert "limit of" in check.detail


def test_a_location_without_end_is_refused(judge):
    nodes = [{"node-location": "n" * 2000, "ima-event-log": events()}]
    assert judge({"system-ima": {"node-data": nodes}})[0].status is Status.FAIL


def test_without_a_dossier():
    ledger = Ledger(())
    check_measurements(None, ImaDemands(), 1, ledger)
    assert ledger.verdict(AT).check("ima.self-consistent").status is Status.SKIP


@pytest.mark.corpus
def test_real_logs_lead_to_the_pcr_of_their_tpm(judge, corpus):
    judged = 0
    for case in sorted((corpus / "vm").glob("*/expected.json")):
        expected = json.loads(case.read_text("utf-8"))
        log = case.parent / "ima" / "binary_runtime_measurements"
        banks = {
            bank: pcrs["PCR10"]
            for bank, pcrs in expected.get("replay", {}).items()
            if bank in {"sha1", "sha256"}
        }
        pcr = {bank: row["tpm"] for bank, row in banks.items() if row.get("match")}
        if not log.is_file() or not pcr:
            continue
        out = io.BytesIO()
        ima.write_events(log, out)
        check, _ = judge(node(**{"ima-event-log": json.loads(out.getvalue())}), max_size=1 << 30)
        assert check.status is Status.PASS, (case, check.detail)
        for bank, value in pcr.items():
            assert f"{bank} {value}" in check.detail, case
        judged += 1
    assert judged >= 5
