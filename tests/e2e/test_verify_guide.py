"""docs/how-to/verify.md: its commands run as they stand, in order, in an empty directory, and pass."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify.md"


def commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture
def home(tmp_path) -> dict[str, str]:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    program = binaries / "xrattest"
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m xrattest --config "$HOME/config.toml" "$@"\n', "utf-8"
    )
    program.chmod(0o755)
    return {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XRATTEST_STATE_DIR": str(tmp_path / "state"),
    }


def test_the_guide_runs(tmp_path, home):
    ran = {}
    for line in commands():
        ran[line] = subprocess.run(
            ["/bin/sh", "-c", line], cwd=tmp_path, env=home, capture_output=True, text=True, check=False
        )
        assert ran[line].returncode == 0, (line, ran[line].stdout, ran[line].stderr)
    table, as_json, bare = (done.stdout for line, done in ran.items() if line.startswith("xrattest verify"))
    assert table.endswith("verdict: pass\n")
    assert json.loads(as_json)["verdict"] == "pass"
    assert bare.endswith("verdict: pass\n")
