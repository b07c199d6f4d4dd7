"""`boot.self-consistent`, `boot.matches-quote` and `ima.boot-aggregate` over a real boot, and each way in which its parts can disagree."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from xrattest import bootlog, ima, tpm
from xrattest.dossier.reader import Dossier
from xrattest.verify.boot.checks import check_boot
from xrattest.verify.boot.logs import boot_logs_of
from xrattest.verify.ima import ImaDemands, Seal, check_measurements
from xrattest.verify.ledger import Ledger

VECTORS = Path(__file__).parents[3] / "vectors"
LOG = (VECTORS / "bootlog" / "ng-sha256.bin").read_bytes()
OTHER_BOOT = (VECTORS / "bootlog" / "bios-tis-ng-sha256-k61.bin").read_bytes()
LIST = (VECTORS / "ima" / "ng-sha256.bin").read_bytes()
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SPKI = b"the key that signed the envelope"
SEAL = Seal(b"\x15\x80", SPKI)
CHECKS = ("boot.self-consistent", "boot.matches-quote", "ima.boot-aggregate")


def carried(log: bytes) -> dict:
    return bootlog.log_members(bootlog.EventLog.load(log))


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def judge(tmp_path, quoting):
    """Return a function that judges a boot log, an IMA list and a quote of `quoted`; it gives statuses, details and findings."""
    signer = quoting.Signer(ec.generate_private_key(ec.SECP256R1()), "ecdsa")

    def run(log=LOG, measured=LIST, *, quoted=None, with_key=True, edit=lambda node: None):
        values = {"sha256": bootlog.replay(LOG).after_boot["sha256"]}
        values["sha256"] = {index: values["sha256"][index] for index in (*range(10), 14)}
        values["sha256"][10] = ima.replay(LIST, ["sha256"]).pcrs["sha256"][10]
        values = quoted(values) if quoted else values
        extra = tpm.envelope_extra_data(SEAL.nonce, SPKI)
        message = quoting.Quote(extra, values).encode()
        registers = quoting.registers(message, signer.sign(message), values)
        text = json.loads(quoting.dossier([quoting.node_data(measured)], [registers]))
        if log is not None:
            node = {"node-location": quoting.NODE, **carried(log)}
            edit(node)
            text["system-integrity-snapshot"]["system-boot-integrity"] = {"node-data": [node]}
        path = tmp_path / "dossier"
        path.write_text(json.dumps(text))
        key = tpm.load_key(signer.area())
        return judged(Dossier.read(path), ImaDemands(attestation_keys=(key,) if with_key else ()))

    return run


def judged(dossier: Dossier, demands: ImaDemands):
    ledger, logs = Ledger([]), boot_logs_of(dossier)
    found = check_measurements(dossier, demands, 1 << 24, ledger, SEAL, logs=logs)
    check_boot(dossier, logs, demands, found.quoted, SEAL, 1 << 24, ledger)
    return ledger.verdict(AT)


def statuses(verdict) -> list[str]:
    return [str(verdict.check(check_id).status) for check_id in CHECKS]


def kinds(verdict, check_id: str) -> set[str]:
    return {finding["kind"] for finding in verdict.findings if finding["check"] == check_id}


def test_a_real_boot_passes(judge):
    verdict = judge()
    assert statuses(verdict) == ["pass", "pass", "pass"]
    assert "25 events" in verdict.check(CHECKS[0]).detail
    assert "sha256 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14" in verdict.check(CHECKS[1]).detail
    told = verdict.check(CHECKS[2]).detail
    assert "entry 0, is that of PCR 0-9 of the event log and that of PCR 0-9 of the reported PCRs" in told


def test_an_edited_event_is_found_where_the_log_can_show_it(judge):
    def edit(node):
        event = next(one for one in node["event_log"] if one["event-type"] == 4)
        event["event-data"] = text(b"\xff\xff\xff\xff")

    verdict = judge(edit=edit)
    assert statuses(verdict) == ["fail", "pass", "pass"]
    assert kinds(verdict, CHECKS[0]) == {"digest-mismatch"}


def test_another_digest_leads_elsewhere(judge):
    def edit(node):
        event = next(one for one in node["event_log"] if one["pcr-index"] == 4)
        for digest in event["digest-list"]:
            digest["digest"] = text(bytes(len(base64.b64decode(digest["digest"]))))

    verdict = judge(edit=edit)
    assert statuses(verdict)[1:] == ["fail", "warn"]
    (differs,) = [one for one in verdict.findings if one["check"] == CHECKS[1]]
    assert (differs["kind"], differs["bank"], differs["pcr"]) == ("pcr-differs", "sha256", 4)
    assert "it is not that of the event log" in verdict.check(CHECKS[2]).detail


def test_the_log_of_another_boot_is_found(judge):
    verdict = judge(OTHER_BOOT)
    assert statuses(verdict) == ["pass", "fail", "warn"]
    assert kinds(verdict, CHECKS[2]) == {"boot-aggregate-differs"}


def test_a_list_of_another_boot_is_found(judge):
    verdict = judge(measured=(VECTORS / "ima" / "sig-sha256.bin").read_bytes())
    assert statuses(verdict)[2] == "fail"


@pytest.mark.parametrize("left", [1, 40, 3000])
def test_a_cut_log_fails(judge, left):
    verdict = judge(LOG[:-left])
    assert statuses(verdict)[:2] == ["fail", "fail"]
    assert kinds(verdict, CHECKS[0]) >= {"truncated"}


def test_without_a_key_or_a_log_nothing_is_claimed(judge):
    assert statuses(judge(with_key=False)) == ["pass", "skip", "pass"]
    verdict = judge(None)
    assert statuses(verdict) == ["skip", "skip", "pass"]
    assert "reported PCRs" in verdict.check(CHECKS[2]).detail


def test_what_the_quote_leaves_out_is_told(judge):
    def quoted(values):
        return {"sha256": {index: value for index, value in values["sha256"].items() if index in {0, 10}}}

    verdict = judge(quoted=quoted)
    assert statuses(verdict)[1] == "warn"
    assert "nobody vouches for PCR 1, 2, 3, 4, 5, 6, 7" in verdict.check(CHECKS[1]).detail


def test_a_kernel_without_a_tpm_is_told(judge, quoting):
    data = quoting.lp(b"sha256:\0" + bytes(32)) + quoting.lp(b"boot_aggregate\0")
    entry = b"\x0a\0\0\0" + b"\x01" * 20 + quoting.lp(b"ima-ng") + quoting.lp(data)
    verdict = judge(measured=entry)
    assert statuses(verdict)[2] == "warn"
    assert kinds(verdict, CHECKS[2]) == {"no-tpm"}


def test_the_last_aggregate_counts_after_kexec(judge, quoting):
    stale = quoting.lp(b"sha256:\0" + b"\x05" * 32) + quoting.lp(b"boot_aggregate\0")
    entry = b"\x0a\0\0\0" + b"\x01" * 20 + quoting.lp(b"ima-ng") + quoting.lp(stale)
    assert statuses(judge(measured=entry + LIST))[2] == "pass"
    assert statuses(judge(measured=LIST + entry))[2] == "fail"


@pytest.mark.parametrize(
    "damage",
    [
        lambda node: node.pop("event_log"),
        lambda node: node.pop("node-location"),
        lambda node: node["event_log"][3].update({"event-number": 7}),
        lambda node: node["event_log"][1].update({"event-data": "%%%"}),
        lambda node: node.update({"trailing-zeros": 1 << 40}),
    ],
    ids=["no log", "no location", "numbered wrong", "no base64", "a bomb"],
)
def test_a_damaged_container_fails(judge, damage):
    verdict = judge(edit=damage)
    assert statuses(verdict)[:2] == ["fail", "fail"]
