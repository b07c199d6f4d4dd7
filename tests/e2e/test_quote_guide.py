"""docs/how-to/check-a-tpm-quote.md: its commands run as they stand, and the answer is the one that it shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "how-to" / "check-a-tpm-quote.md"
VECTORS = REPOSITORY / "tests" / "vectors"


def test_the_guide_runs(tmp_path):
    for file in (VECTORS / "tpm" / "rsa").iterdir():
        shutil.copy(file, tmp_path)
    shutil.copy(VECTORS / "ima" / "sig-sha256.bin", tmp_path / "list")
    program = tmp_path / "bin" / "xrattest"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m xrattest --config "$HOME/config.toml" "$@"\n', "utf-8"
    )
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XRATTEST_STATE_DIR": str(tmp_path / "state"),
    }
    text = GUIDE.read_text("utf-8")
    shown = re.search(r"\n\n```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    outputs = []
    for line in (line[2:] for block in blocks for line in block.splitlines()):
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        outputs.append(done.stdout)
    assert outputs[0] == shown
    assert re.fullmatch(r"[0-9a-f]{64}\n", outputs[-1])
