"""docs/how-to/check-a-tpm-quote.md: its commands run as they stand, and the answer is the one that it shows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "how-to" / "check-a-tpm-quote.md"
VECTORS = REPOSITORY / "tests" / "vectors"


def test_the_guide_runs(tmp_path, shell):
    for file in (VECTORS / "tpm" / "rsa").iterdir():
        shutil.copy(file, tmp_path)
    shutil.copy(VECTORS / "ima" / "sig-sha256.bin", tmp_path / "list")
    text = GUIDE.read_text("utf-8")
    shown = re.search(r"\n\n```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    outputs = [shell(line[2:]).stdout for block in blocks for line in block.splitlines()]
    assert outputs[0] == shown
    assert re.fullmatch(r"[0-9a-f]{64}\n", outputs[-1])
