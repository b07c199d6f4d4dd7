"""The collector of PCRs over small trees made by hand."""

from __future__ import annotations

import pytest
from xrattest_tpm import RegisterCollector

from xrattest import tpm
from xrattest.evidence import ResultCode
from xrattest.hostroot import HostRoot
from xrattest.testing.collecting import collect_here
from xrattest.testing.conformance import assert_conforms

VALUES = {
    "sha1": {index: bytes([index]) * 20 for index in range(24)},
    "sha256": {index: bytes([index]) * 32 for index in range(24)},
    "sm3_256": {index: bytes([0x80 + index]) * 32 for index in range(24)},
}


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "root"
    device = root / "sys/devices/platform/MSFT0101:00/tpm/tpm0"
    for bank, values in VALUES.items():
        (device / f"pcr-{'sm3' if bank == 'sm3_256' else bank}").mkdir(parents=True)
        for index, value in values.items():
            (device / f"pcr-{'sm3' if bank == 'sm3_256' else bank}" / str(index)).write_text(
                f"{value.hex().upper()}\n"
            )
    (root / "sys/class/tpm").mkdir(parents=True)
    (root / "sys/class/tpm/tpm0").symlink_to("../../devices/platform/MSFT0101:00/tpm/tpm0")
    (root / "proc").mkdir()
    (root / "proc/uptime").write_text("7.42 1.00\n")
    (root / "quote.msg").write_bytes(b"attest")
    (root / "quote.sig").write_bytes(b"signature")
    return root


def collect(tree, **options):
    return collect_here(RegisterCollector(), HostRoot(tree), options=options)


def node_of(collected):
    (node,) = collected.body["platform-config-registers"]["node-data"]
    return node


def test_every_bank(tree):
    collected = assert_conforms(RegisterCollector(), HostRoot(tree))
    node = node_of(collected)
    assert (collected.code, collected.problems) == (ResultCode.SUCCESS, [])
    assert list(node) == ["tpm-name", "node-location", "up-time", "PCR", "pcr-other-banks"]
    assert (node["tpm-name"], node["node-location"], node["up-time"]) == ("tpm0", "node0_RP0_CPU0", 7)
    assert ({row["bank"] for row in node["PCR"]}, len(node["PCR"])) == ({"sha256"}, 24)
    assert tpm.registers_of(node) == VALUES


def test_a_quote(tree):
    node = node_of(collect(tree, quote="/quote.msg", quote_signature="/quote.sig"))
    assert (node["pcr-quote"], node["pcr-quote-signature"]) == ("YXR0ZXN0", "c2lnbmF0dXJl")


def test_a_quote_is_collected_where_the_kernel_shows_no_pcrs(tree):
    (tree / "sys/class/tpm/tpm0").unlink()
    node = node_of(collect(tree, quote="/quote.msg", quote_signature="/quote.sig"))
    assert (node["PCR"], node["pcr-quote"]) == ([], "YXR0ZXN0")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"quote": "/quote.msg"}, "needs both options"),
        ({"quote": "/quote.msg", "quote_signature": "/none"}, "cannot be read"),
        ({"quote": "/quote.msg", "quote_signature": "/empty"}, "empty file"),
        ({"quote": "/quote.msg", "quote_signature": "/long"}, "limit"),
        ({"quote": "/quote.msg", "quote_signature": "/out"}, "cannot be read"),
    ],
)
def test_half_a_quote_is_left_out(tree, tmp_path, options, reason):
    (tree / "empty").write_bytes(b"")
    (tree / "long").write_bytes(bytes(70000))
    (tmp_path / "outside").write_bytes(b"signature")
    (tree / "out").symlink_to("../outside")
    collected = collect(tree, **options)
    assert collected.code is ResultCode.PARTIAL
    assert reason in collected.problems[0]["reason"]
    assert "pcr-quote" not in node_of(collected)


def test_a_tpm_of_version_1(tree):
    (tree / "sys/class/tpm/tpm0").unlink()
    (tree / "sys/class/tpm/tpm0").mkdir()
    lines = [f"PCR-{index:02d}: {value.hex(' ').upper()} " for index, value in VALUES["sha1"].items()]
    (tree / "sys/class/tpm/tpm0/pcrs").write_text("".join(line + "\n" for line in lines))
    assert tpm.registers_of(node_of(collect(tree))) == {"sha1": VALUES["sha1"]}


def test_values_that_are_none_are_problems(tree):
    bank = tree / "sys/class/tpm/tpm0/pcr-sha256"
    (bank / "0").write_text("no hex\n")
    (bank / "1").write_text("00\n")
    (bank / "2").unlink()
    collected = collect(tree)
    assert collected.code is ResultCode.PARTIAL
    assert [problem["path"].rpartition("/")[2] for problem in collected.problems] == ["0", "1"]
    assert sorted(tpm.registers_of(node_of(collected))["sha256"]) == list(range(3, 24))


def test_no_tpm_is_unavailable(tree, monkeypatch):
    (tree / "sys/class/tpm/tpm0").unlink()
    assert "not the running host" in collect(tree).reason
    monkeypatch.setattr("xrattest.hostroot._is_same_directory", lambda path: True)
    collected = collect(tree)
    assert collected.code is ResultCode.UNAVAILABLE
    assert "/sys is not mounted" in collected.reason
    (tree / "sys/kernel").mkdir()
    assert "the kernel knows no TPM tpm0" in collect(tree).reason
    (tree / "sys/class/tpm/tpm0").mkdir()
    assert "Linux 5.12" in collect(tree).reason
