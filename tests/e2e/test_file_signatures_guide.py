"""docs/how-to/verify-file-signatures.md: its commands print what the page shows, over a real list."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "how-to" / "verify-file-signatures.md"
VECTORS = REPOSITORY / "tests" / "vectors"


def test_the_guide_shows_what_happens(tmp_path, require_peer, shell):
    require_peer("jq", package="jq")
    shutil.copyfile(VECTORS / "ima" / "sig-sha256.bin", tmp_path / "binary_runtime_measurements")
    for name in ("rsa.der", "ec.der"):
        shutil.copyfile(VECTORS / "ima-keys" / name, tmp_path / name)
    blocks = re.findall(
        r"^```console\n\$ (.*?)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 3
    for command, shown in blocks:
        ran = shell(command)
        assert (ran.stdout, ran.stderr) == (shown, ""), command
