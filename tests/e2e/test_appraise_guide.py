"""docs/how-to/appraise.md: its commands run as they stand, in order, and do what the page says."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from xrattest.verify.policy import load_policy

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "how-to" / "appraise.md"
REFERENCE = REPOSITORY / "docs" / "reference" / "ima-policy.md"


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_guide_runs(tmp_path, shell):
    vectors = REPOSITORY / "tests" / "vectors" / "ima"
    shutil.copy(vectors / "ng-sha256.bin", tmp_path / "golden.bin")
    shutil.copy(vectors / "sig-sha256.bin", tmp_path / "other.bin")
    commands = [
        line[2:] for block in blocks(GUIDE, "console") for line in block.splitlines() if line.startswith("$ ")
    ]
    statuses = []
    for command in commands:
        if "--keylime" in command and not (tmp_path / "keylime.json").exists():
            allow = json.loads((tmp_path / "policy.json").read_text())["ima"]["allow"]
            digests = {path: [text.partition(":")[2] for text in texts] for path, texts in allow.items()}
            (tmp_path / "keylime.json").write_text(
                json.dumps({"meta": {"version": 1}, "digests": digests, "excludes": ["/srv/lab_work/"]})
            )
        statuses.append(shell(command, 1 if "other.bin" in command else 0).returncode)
    assert statuses == [0, 0, 1, 0, 0]


def test_the_policies_of_the_pages_are_policies(tmp_path):
    written = [*blocks(GUIDE, "json"), *blocks(REFERENCE, "toml")]
    assert len(written) == 2
    for text in written:
        (tmp_path / "policy").write_text(text, "utf-8")
        assert load_policy(tmp_path / "policy").ima.allow
