"""docs/how-to/attest-incrementally.md: its commands run as they stand, in order, on a list that grows in between."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = (REPOSITORY / "docs" / "how-to" / "attest-incrementally.md").read_text("utf-8")
LIST = REPOSITORY / "tests" / "vectors" / "ima" / "ng-sha256.bin"
FIRST = 100


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture
def device(tmp_path):
    """A device whose list is a file: few machines that run tests have one of their own."""
    (tmp_path / "config.toml").write_text(
        f'[plugin.ima]\nlog = "{tmp_path}/list"\nboot_id = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"\n', "utf-8"
    )


@pytest.mark.usefixtures("device")
def test_the_guide_runs(tmp_path, shell, increments):
    entries = increments.entries_of(LIST.read_bytes())
    (script,) = blocks("python")
    (tmp_path / "next_start.py").write_text(script, "utf-8")
    for count, block in zip((FIRST, len(entries)), blocks("console"), strict=True):
        (tmp_path / "list").write_bytes(b"".join(entries[:count]))
        for line in commands(block):
            done = shell(line)
    assert "verdict: indeterminate" in done.stdout
    assert re.search(r"^ima.self-consistent +pass .*events 100 to 148", done.stdout, re.MULTILINE)
    assert re.search(r"^ima.continuity +\* skip .*root could have written both", done.stdout, re.MULTILINE)
    dossier = json.loads(json.loads((tmp_path / "2.json").read_text("utf-8"))["cli-output"])
    (node,) = dossier["system-integrity-snapshot"]["system-ima"]["node-data"]
    assert len(node["ima-event-log"]) == len(entries) - FIRST
    assert node["ima-start"]["event-number"] == str(FIRST - 1)
