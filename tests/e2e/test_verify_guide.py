"""docs/how-to/verify.md: its commands run as they stand, in order, in an empty directory, and pass."""

from __future__ import annotations

import json
import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify.md"


def commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_guide_runs(shell):
    ran = {}
    for line in commands():
        ran[line] = shell(line)
    table, as_json, bare = (done.stdout for line, done in ran.items() if line.startswith("xrattest verify"))
    assert table.endswith("verdict: pass\n")
    assert json.loads(as_json)["verdict"] == "pass"
    assert bare.endswith("verdict: pass\n")
