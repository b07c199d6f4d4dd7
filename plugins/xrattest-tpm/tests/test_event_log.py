"""The collector of the event log over small trees made by hand; nothing outside this folder but xrattest is needed."""

from __future__ import annotations

import gzip
import hashlib
import struct

import pytest
import xrattest_tpm
from pydantic import ValidationError
from xrattest_tpm import BootCollector, BootOptions, RegisterOptions, TpmOptions

from xrattest import bootlog
from xrattest.evidence import ResultCode
from xrattest.hostroot import HostRoot
from xrattest.plugin import Collector
from xrattest.testing.collecting import collect_here
from xrattest.testing.conformance import assert_conforms

LIVE = "sys/kernel/security/tpm0/binary_bios_measurements"


def event(pcr: int, kind: int, data: bytes) -> bytes:
    digest = bytes(20) if kind == 3 else hashlib.sha1(data).digest()
    return struct.pack("<II", pcr, kind) + digest + struct.pack("<I", len(data)) + data


LOG = event(4, 5, b"Calling INT 19h") + event(4, 4, bytes(4))


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "root"
    for directory in ("proc", "sys/kernel/security/tpm0"):
        (root / directory).mkdir(parents=True)
    (root / "proc/uptime").write_text("150311.42 1.00\n")
    (root / LIVE).write_bytes(LOG)
    return root


def collect(tree, **options):
    return collect_here(BootCollector(), HostRoot(tree), options=options)


def node_of(collected):
    (node,) = collected.body["system-boot-integrity"]["node-data"]
    return node


def test_a_log(tree):
    collected = assert_conforms(BootCollector(), HostRoot(tree))
    assert collected.code is ResultCode.SUCCESS
    node = node_of(collected)
    assert list(node) == ["node-location", "up-time", "event_log"]
    assert (node["node-location"], node["up-time"]) == ("node0_RP0_CPU0", 150311)
    assert [item["description"] for item in node["event_log"]] == [
        "Calling INT 19h",
        "end of the firmware's own measurements",
    ]
    assert bootlog.rebuild(node) == LOG


@pytest.mark.parametrize("packed", [LOG, gzip.compress(LOG)], ids=["plain", "gzip"])
def test_a_saved_log(tree, packed):
    (tree / "saved").write_bytes(packed)
    (tree / LIVE).unlink()
    assert bootlog.rebuild(node_of(collect(tree, event_log="/saved"))) == LOG


def test_a_link_stays_inside_the_root(tree, tmp_path):
    (tmp_path / "outside").write_bytes(LOG)
    (tree / "saved").symlink_to("../outside")
    collected = collect(tree, event_log="/saved")
    assert (collected.code, collected.reason) == (ResultCode.UNAVAILABLE, "/saved: no such file")


def test_a_damaged_log_is_carried_whole(tree):
    (tree / LIVE).write_bytes(LOG[:-1])
    collected = collect(tree)
    assert collected.code is ResultCode.PARTIAL
    assert "event 1 at byte 47: the log ends inside its data" in collected.problems[0]["reason"]
    assert len(node_of(collected)["event_log"]) == 1
    assert bootlog.rebuild(node_of(collected)) == LOG[:-1]


def test_a_damaged_header_and_a_log_over_the_limit_are_failures(tree):
    (tree / LIVE).write_bytes(event(0, 3, b"Spec ID Event03\0" + bytes(20)))
    assert collect(tree).code is ResultCode.FAILURE
    (tree / LIVE).write_bytes(LOG)
    collected = collect(tree, max_size=50)
    assert collected.code is ResultCode.FAILURE
    assert "over the limit of 50" in collected.reason


def test_an_empty_log_is_a_problem(tree):
    (tree / LIVE).write_bytes(b"")
    collected = collect(tree)
    assert collected.code is ResultCode.PARTIAL
    assert "empty" in collected.problems[0]["reason"]


def test_no_permission_is_unavailable(tree, monkeypatch):
    def refuse(self, path, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(HostRoot, "open", refuse)
    collected = collect(tree)
    assert collected.code is ResultCode.UNAVAILABLE
    assert "run as root" in collected.reason


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ([], "the firmware handed no event log"),
        (["sys/class/tpm/tpm0"], "the kernel knows no TPM tpm0"),
        (["sys/kernel/security/lsm", "sys/kernel/security/tpm0"], "mount -t securityfs"),
        (["sys"], "/sys is not mounted"),
    ],
)
def test_a_live_host_says_what_is_missing(tree, missing, reason, monkeypatch):
    (tree / LIVE).unlink()
    (tree / "sys/class/tpm/tpm0").mkdir(parents=True)
    (tree / "sys/kernel/security/lsm").write_text("")
    for path in missing:
        target = tree / path
        if target.is_dir():
            for below in sorted(target.rglob("*"), reverse=True):
                below.rmdir() if below.is_dir() else below.unlink()
            target.rmdir()
        else:
            target.unlink()
    monkeypatch.setattr("xrattest.hostroot._is_same_directory", lambda path: True)
    collected = collect(tree)
    assert collected.code is ResultCode.UNAVAILABLE
    assert reason in collected.reason


def test_another_root_without_a_log_is_unavailable(tree):
    (tree / LIVE).unlink()
    assert "not the running host" in collect(tree).reason


def test_registration():
    collectors = list(xrattest_tpm.xrattest_register_collectors())
    (section,) = xrattest_tpm.xrattest_register_config()
    assert all(isinstance(collector, Collector) for collector in collectors)
    assert [(one.name, one.selector, one.part) for one in collectors] == [
        ("boot", "system-integrity-snapshot", "system-boot-integrity"),
        ("tpm", "system-integrity-snapshot", "platform-config-registers"),
    ]
    assert (section.name, section.model, section.collectors) == ("tpm", TpmOptions, ("boot", "tpm"))


def test_options_are_checked():
    for model, wrong in (
        (BootOptions, {"max_size": 0}),
        (BootOptions, {"device": "../mem"}),
        (RegisterOptions, {"event_log": "/x"}),
        (TpmOptions, {"logs": "x"}),
    ):
        with pytest.raises(ValidationError):
            model(**wrong)
