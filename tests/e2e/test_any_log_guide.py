"""docs/how-to/read-any-log.md: its commands run as they stand, and the answers are those that it shows."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from xrattest import ima

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "docs" / "how-to" / "read-any-log.md"
VECTORS = REPOSITORY / "tests" / "vectors" / "ima"


def test_the_guide_runs(tmp_path, shell):
    content = (VECTORS / "sig-sha256.bin").read_bytes()
    (tmp_path / "ascii_runtime_measurements.gz").write_bytes(
        gzip.compress((VECTORS / "sig-sha256.txt").read_bytes())
    )
    at = [entry.offset for entry in ima.read(content)]
    for number, (start, end) in enumerate([(0, at[60]), (at[50], at[100]), (at[100], len(content))], start=1):
        (tmp_path / f"chunk.{number}").write_bytes(content[start:end])
    outputs = {}
    text = GUIDE.read_text("utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```$(?:\n\n```\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL)
    for commands, shown in blocks:
        for line in (line[2:] for line in commands.splitlines()):
            done = shell(line)
            outputs[line] = done.stdout
        if shown:
            assert done.stdout == shown
    assert (tmp_path / "list").read_bytes() == (tmp_path / "whole").read_bytes() == content
    replays = {output for line, output in outputs.items() if " replay " in line}
    assert len(replays) == 1
    assert len(outputs) == 7
