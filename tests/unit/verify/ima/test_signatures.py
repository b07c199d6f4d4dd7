"""`ima.signatures` over lists of nodes, real signatures and real keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from xrattest import ima
from xrattest.ima.signatures import read_keys
from xrattest.verify.ima import ImaDemands
from xrattest.verify.ima.nodes import MeasuredNode, Measurements, SignedText
from xrattest.verify.ima.signatures import check_signatures
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, Status

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
VECTORS = Path(__file__).parents[3] / "vectors"
LIST = VECTORS / "ima" / "sig-sha256.bin"
RSA, EC = (read_keys(VECTORS / "ima-keys" / f"{kind}.der")[0] for kind in ("rsa", "ec"))


def judge(*logs, keys=(RSA, EC)):
    nodes = [
        MeasuredNode(f"node{number}", log, {}, SignedText(LIST, 1 << 20), 1 << 20)
        for number, log in enumerate(logs)
    ]
    ledger = Ledger(())
    problem = None if nodes else Result.skipped("there is no log")
    check_signatures(Measurements(tuple(nodes), problem), ImaDemands(file_signers=tuple(keys)), ledger)
    verdict = ledger.verdict(AT)
    return verdict.check("ima.signatures"), [
        row for row in verdict.findings if row["check"] == "ima.signatures"
    ]


@pytest.fixture
def sound(tmp_path) -> Path:
    """The list up to its one portable EVM signature."""
    portable = next(entry for entry in ima.read(LIST) if entry.number == 103)
    path = tmp_path / "sound"
    path.write_bytes(LIST.read_bytes()[: portable.offset])
    return path


def test_valid_signatures_pass(sound):
    check, findings = judge(sound)
    assert (check.status, check.required) == (Status.PASS, True)
    assert check.detail == "node0: 4 of 4 signatures in 103 entries are valid"
    assert findings == []


def test_without_a_key_nothing_is_looked_at():
    check, _ = judge(LIST, keys=())
    assert (check.status, check.required) == (Status.SKIP, False)
    assert "no key of a file signer was given" in check.detail


def test_a_changed_digest_fails(sound):
    signed = next(entry for entry in ima.read(sound) if entry.number == 96)
    content = sound.read_bytes()
    at = content.index(signed.digest, signed.offset)
    sound.write_bytes(content[:at] + bytes(32) + content[at + 32 :])
    check, (finding,) = judge(sound)
    assert check.status is Status.FAIL
    assert "1 are invalid or of a key that was not given" in check.detail
    assert finding == {
        "check": "ima.signatures", "node": "node0", "entry": 96, "kind": "ima-v2", "path": "/srv/s/rsa256", "key-id": "33bf5088",
        "got": "invalid", "reason": "the signature is not the key's over what the entry holds",
    }  # fmt: skip


def test_an_unknown_key_fails(sound):
    check, findings = judge(sound, keys=[RSA])
    assert check.status is Status.FAIL
    assert [(row["entry"], row["got"]) for row in findings] == [(102, "unknown-key")]


def test_what_cannot_be_checked_is_a_skip_that_counts():
    check, (finding,) = judge(LIST)
    assert (check.status, check.required) == (Status.SKIP, True)
    assert "5 of 6 signatures in 176 entries are valid; 1 cannot be checked" in check.detail
    assert finding["got"] == "not-checkable"


def test_no_signature_is_a_warning():
    check, _ = judge(VECTORS / "ima" / "ng-sha256.bin")
    assert check.status is Status.WARN


def test_every_node_is_judged(sound):
    damaged = sound.with_name("damaged")
    damaged.write_bytes(sound.read_bytes()[:-1])
    check, _ = judge(sound, damaged)
    assert check.status is Status.FAIL
    assert check.detail.startswith("node0: 4 of 4 signatures")
    assert judge(sound, Result.skipped("node1: too large"))[0].status is Status.SKIP


def test_no_log_is_a_skip_that_counts():
    check, _ = judge()
    assert (check.status, check.required) == (Status.SKIP, True)
