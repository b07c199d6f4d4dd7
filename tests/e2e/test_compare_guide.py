"""docs/how-to/compare-with-pcrs.md: its commands print what it shows, and its Python runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docs" / "how-to" / "compare-with-pcrs.md").read_text("utf-8")
LIST = REPOSITORY / "tests" / "vectors" / "ima" / "ng-sha1-k61.bin"
KNOWN = json.loads(LIST.with_suffix(".json").read_text())["pcrs"]


def test_the_commands_print_what_is_shown(tmp_path, shell):
    (tmp_path / "list").write_bytes(LIST.read_bytes())
    lines = [f"{bank}:\n  0 : 0x{values['10']}\n  10: 0x{values['10']}\n" for bank, values in KNOWN.items()]
    (tmp_path / "pcrs").write_text("".join(lines))
    ((commands, shown),) = re.findall(r"```console\n(.*?)```\n\n```\n(.*?)```", TEXT, re.DOTALL)
    steps = [line[2:] for line in commands.splitlines()]
    assert steps[0] == "cat pcrs"
    assert shell(steps[1]).stdout == shown


def test_the_python_runs(tmp_path, monkeypatch):
    (tmp_path / "list").write_bytes(LIST.read_bytes())
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names = {"value": KNOWN["sha256"]["10"]}
    exec(code, names)
    assert names["first"].entries == 100
    assert names["whole"].comparisons[0].outcome == "match"
