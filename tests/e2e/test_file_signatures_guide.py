"""docs/how-to/verify-file-signatures.md: its commands print what the page shows, over a real list."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "how-to" / "verify-file-signatures.md"
VECTORS = REPOSITORY / "tests" / "vectors"


def test_the_guide_shows_what_happens(tmp_path, require_peer):
    require_peer("jq", package="jq")
    shutil.copyfile(VECTORS / "ima" / "sig-sha256.bin", tmp_path / "binary_runtime_measurements")
    for name in ("rsa.der", "ec.der"):
        shutil.copyfile(VECTORS / "ima-keys" / name, tmp_path / name)
    binaries = tmp_path / "bin"
    binaries.mkdir()
    program = binaries / "xrattest"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m xrattest "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {"PATH": f"{binaries}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    blocks = re.findall(
        r"^```console\n\$ (.*?)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 3
    for command, shown in blocks:
        ran = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, shown, ""), command
