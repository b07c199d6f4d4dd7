"""evmctl (ima-evm-utils) replays the same lists to the same PCRs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from xrattest import ima

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "ima").glob("*.bin"))

pytestmark = pytest.mark.peer


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
@pytest.mark.parametrize("bank", ["sha1", "sha256"])
def test_evmctl_agrees(path, bank, require_peer, tmp_path):
    program = require_peer("evmctl", package="ima-evm-utils")
    mine = ima.replay(path, [bank]).pcrs[bank]
    # evmctl compares a list with PCRs that it reads from a file of lines `PCR-10: <hex>`; given ours, it must find no difference.
    agreed = _compare(program, path, bank, mine, tmp_path)
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    assert "Matched per TPM bank calculated digest(s)" in agreed.stdout + agreed.stderr
    wrong = {index: bytes([value[0] ^ 1]) + value[1:] for index, value in mine.items()}
    assert _compare(program, path, bank, wrong, tmp_path).returncode != 0


def _compare(program, path, bank, pcrs, directory):
    lines = [
        f"PCR-{index:02d}: {pcrs.get(index, bytes(len(pcrs[10]))).hex(' ').upper()}" for index in range(24)
    ]
    file = directory / "pcrs"
    file.write_text("".join(line + "\n" for line in lines))
    done = subprocess.run(
        [program, "ima_measurement", "--ignore-violations", "--pcrs", f"{bank},{file}", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not re.search(r"unknown|usage", done.stderr, re.IGNORECASE), done.stderr
    return done
