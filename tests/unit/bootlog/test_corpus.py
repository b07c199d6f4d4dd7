"""Every real event log of the research corpus: replay against the TPM, boot aggregates, every byte back."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from xrattest import bootlog, ima

VECTORS = Path(__file__).parents[2] / "vectors"
NO_TPM = "notpm-ng-sha256"

pytestmark = pytest.mark.corpus


def cases(corpus) -> list[Path]:
    return sorted(path.parent for path in (corpus / "vm").glob("*/expected.json"))


def build_module():
    spec = importlib.util.spec_from_file_location("build_bootlog", VECTORS / "build_bootlog.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_bank_of_every_log_equals_the_tpm(corpus):
    read_registers = build_module().read_registers
    compared = 0
    for case in cases(corpus):
        if case.name == NO_TPM:
            continue
        known = json.loads((case / "expected.json").read_text())["eventlog"]
        replay = bootlog.replay(case / "binary_bios_measurements")
        tpm = read_registers(case / "tpm" / "pcrread.yaml")
        assert replay.events == known["events"]
        assert set(replay.pcrs) == set(known["pcr_match"])
        for bank, pcrs in replay.pcrs.items():
            assert {str(index) for index in pcrs} == set(known["pcr_match"][bank])
            assert {str(index): value.hex() for index, value in pcrs.items()} == {
                index: tpm[bank][index] for index in known["pcr_match"][bank]
            }
            compared += 1
    assert compared >= 28


def test_no_event_contradicts_its_data(corpus):
    for case in cases(corpus):
        log = bootlog.EventLog.load(case / "binary_bios_measurements")
        assert log.defect is None
        assert [event for event in log.events if event.digest_verified is False] == []
        assert bootlog.rebuild(bootlog.log_members(log)) == (case / "binary_bios_measurements").read_bytes()


def test_boot_aggregates(corpus):
    for case in cases(corpus):
        known = json.loads((case / "expected.json").read_text())["boot_aggregate"]
        found = {
            (one.bank, one.pcrs): one.digest.hex()
            for one in ima.compute_aggregates(bootlog.replay(case / "binary_bios_measurements").after_boot)
        }
        if case.name == NO_TPM:
            assert set(known["value"]) == {"0"}
            continue
        matching = {key for key, digest in found.items() if digest == known["value"]}
        assert matching == {
            tuple(name.removeprefix("match_").split("_")) for name, value in known.items() if value is True
        }


@pytest.mark.parametrize(
    ("log", "ascii_list", "pcrs"),
    [
        ("sample-binary_bios_measurements-pcrs-8-9", "sample-ascii_runtime_measurements-pcrs-8-9", "0-9"),
        ("test_binary_bios_measurements", "test_ascii_runtime_measurements", "0-7"),
    ],
)
def test_logs_of_ima_evm_utils(corpus, log, ascii_list, pcrs):
    folder = corpus / "ima" / "ima-evm-utils"
    first = (folder / ascii_list).read_text().splitlines()[0]
    recorded = re.search(r"sha256:([0-9a-f]{64}) boot_aggregate$", first)[1]
    computed = {
        one.digest.hex(): (one.bank, one.pcrs)
        for one in ima.compute_aggregates(bootlog.replay(folder / log).after_boot)
    }
    assert computed[recorded] == ("sha256", pcrs)


def test_the_sample_equals_the_pcrs_beside_it(corpus):
    folder = corpus / "ima" / "ima-evm-utils"
    known = dict(
        re.findall(r"^(\d+): ([0-9a-f]{40})$", (folder / "sample-tpm-2.0-pcrs-8-9").read_text(), re.MULTILINE)
    )
    pcrs = bootlog.replay(folder / "sample-binary_bios_measurements-pcrs-8-9").pcrs["sha1"]
    assert {index: value.hex() for index, value in pcrs.items()} == {
        index: known[str(index)] for index in pcrs
    }
    assert set(pcrs) == {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14}


def test_the_logs_of_ima_evm_utils_are_read_in_words(corpus):
    folder = corpus / "ima" / "ima-evm-utils"
    events = list(bootlog.read(folder / "sample-binary_bios_measurements-pcrs-8-9"))
    said = [event.description for event in events]
    assert "SecureBoot: on" in said
    assert "dbx: 77 sha256" in said
    assert any(
        line.startswith('Boot0000: "ubuntu" HD(1,GPT,') and line.endswith(r"\EFI\ubuntu\shimx64.efi")
        for line in said
    )
    assert any(line.startswith("kernel_cmdline: /boot/vmlinuz") for line in said)
    (shim,) = (event for event in events if event.description == "Shim: a certificate")
    assert shim.digest_covers == "event data without trailing bytes"
    assert "Canonical" in shim.decoded["certificates"][0]["certificate"]["subject"]
    assert [event.number for event in events if event.digest_verified is False] == []


def test_vectors_are_what_the_script_copies(corpus, tmp_path):
    build_module().build(corpus, tmp_path)
    committed = VECTORS / "bootlog"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in committed.iterdir()
    }


def test_the_list_s_own_boot_aggregate(corpus):
    case = corpus / "vm" / "ng-sha256"
    (entry,) = ima.boot_aggregates(case / "ima" / "binary_runtime_measurements")
    assert entry.number == 0
    assert entry.digest in {
        one.digest
        for one in ima.compute_aggregates(bootlog.replay(case / "binary_bios_measurements").after_boot)
    }
