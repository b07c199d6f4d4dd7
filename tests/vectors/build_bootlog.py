"""Copies small real event logs out of the research corpus: `python tests/vectors/build_bootlog.py CORPUS [TARGET]`.

Each vector is the log as the kernel showed it, what the TPM of that machine had in its PCRs, and the boot aggregate of its IMA list.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

CASES = ("ng-sha256", "bios-tis-ng-sha256-k61")
BANK, VALUE = re.compile(r"^\s*(\w+):\s*$"), re.compile(r"^\s*(\d+)\s*:\s*0x([0-9A-F]+)\s*$")


def read_registers(yaml: Path) -> dict[str, dict[str, str]]:
    """Return what `tpm2_pcrread` printed: bank -> index -> hex."""
    banks: dict[str, dict[str, str]] = {}
    bank = ""
    for line in yaml.read_text().splitlines():
        if found := BANK.match(line):
            bank = found[1]
        elif found := VALUE.match(line):
            banks.setdefault(bank, {})[found[1]] = found[2].lower()
    return banks


def build(corpus: Path, target: Path) -> None:
    """Write the vectors of `CASES` into `target`."""
    for case in CASES:
        source = corpus / "vm" / case
        shutil.copyfile(source / "binary_bios_measurements", target / f"{case}.bin")
        known = json.loads((source / "expected.json").read_text())
        expected = {
            "case": case,
            "events": known["eventlog"]["events"],
            "boot_aggregate": known["boot_aggregate"]["value"],
            "pcrs": read_registers(source / "tpm" / "pcrread.yaml"),
        }
        (target / f"{case}.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "bootlog")
