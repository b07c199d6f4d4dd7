"""Every real machine: event log, IMA list and quotes of one boot, with the PCR values that its TPM held at the end."""

from __future__ import annotations

import gzip
import importlib.util
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xrattest import bootlog, tpm
from xrattest.dossier.reader import Dossier
from xrattest.verify.boot.checks import check_boot
from xrattest.verify.boot.logs import boot_logs_of
from xrattest.verify.ima import ImaDemands, Seal, check_measurements
from xrattest.verify.ledger import Ledger

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
VECTORS = Path(__file__).parents[3] / "vectors"
LIMIT = 1 << 28

pytestmark = pytest.mark.corpus


def registers_of(case: Path) -> dict[str, dict[int, bytes]]:
    """What `tpm2_pcrread` printed after the last quote: an early quote's PCR 10 is another."""
    spec = importlib.util.spec_from_file_location("build_bootlog", VECTORS / "build_bootlog.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    read = module.read_registers(case / "tpm" / "pcrread.yaml")
    return {
        bank: {int(index): bytes.fromhex(value) for index, value in pcrs.items()}
        for bank, pcrs in read.items()
    }


def list_of(case: Path) -> bytes:
    path = case / "ima" / "binary_runtime_measurements"
    return (
        path.read_bytes()
        if path.exists()
        else gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
    )


def judge(case: Path, name: str, quoting, path: Path):
    at = case / name
    item = quoting.registers((at / "quote.msg").read_bytes(), (at / "quote.sig").read_bytes(), {})
    item |= tpm.register_members(registers_of(case))
    text = json.loads(quoting.dossier([quoting.node_data(list_of(case))], [item]))
    log = bootlog.EventLog.load(case / "binary_bios_measurements")
    node = {"node-location": quoting.NODE, **bootlog.log_members(log)}
    text["system-integrity-snapshot"]["system-boot-integrity"] = {"node-data": [node]}
    path.write_text(json.dumps(text))
    dossier, ledger = Dossier.read(path), Ledger([])
    key = tpm.load_key((case / "tpm" / f"ak_{name[-3:]}.pub").read_bytes())
    demands = ImaDemands(attestation_keys=(key,), quote_binding="nonce")
    seal = Seal(bytes.fromhex((at / "nonce.hex").read_text()), None)
    logs = boot_logs_of(dossier)
    found = check_measurements(dossier, demands, LIMIT, ledger, seal, logs=logs)
    check_boot(dossier, logs, demands, found.quoted, seal, LIMIT, ledger)
    return ledger.verdict(AT)


def test_every_boot_passes_every_check(corpus, quoting, tmp_path):
    seen = 0
    for path in sorted((corpus / "vm").glob("*/expected.json")):
        known, case = json.loads(path.read_text()), path.parent
        for name in known.get("quotes", {}):
            verdict = judge(case, name, quoting, tmp_path / "dossier")
            for check_id in ("boot.self-consistent", "boot.matches-quote", "ima.boot-aggregate"):
                check = verdict.check(check_id)
                assert str(check.status) == "pass", (case.name, name, check)
            detail = verdict.check("boot.matches-quote").detail
            assert "sha256 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in detail, (case.name, name, detail)
            seen += 1
    assert seen >= 30
