"""Copies small real lists out of the research corpus: `python tests/vectors/build_ima.py CORPUS [TARGET]`.

Each vector is the kernel's binary list and what the TPM of that machine said afterwards.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

CASES = ("ng-sha256", "sig-sha256", "ima-sha1", "ng-sha1-k61", "buf-mixed", "evmsig-sha256", "sigv2-verity")
ASCII_CASES = ("sig-sha256",)


def build(corpus: Path, target: Path) -> None:
    """Write the vectors of `CASES` into `target`."""
    for case in CASES:
        source = corpus / "vm" / case
        shutil.copyfile(source / "ima" / "binary_runtime_measurements", target / f"{case}.bin")
        if case in ASCII_CASES:
            shutil.copyfile(source / "ima" / "ascii_runtime_measurements", target / f"{case}.txt")
        known = json.loads((source / "expected.json").read_text())
        pcrs = {
            bank: {name.removeprefix("PCR"): values["tpm"] for name, values in states.items()}
            for bank, states in known["replay"].items()
        }
        expected = {name: known[name] for name in ("case", "entries", "violation_indices", "templates")} | {
            "pcrs": pcrs
        }
        (target / f"{case}.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "ima")
