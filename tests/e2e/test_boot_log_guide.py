"""docs/how-to/read-a-boot-log.md: its commands print what it shows, and its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docs" / "how-to" / "read-a-boot-log.md").read_text("utf-8")
VECTORS = REPOSITORY / "tests" / "vectors"


@pytest.fixture
def here(tmp_path) -> Path:
    (tmp_path / "boot.log").write_bytes((VECTORS / "bootlog" / "ng-sha256.bin").read_bytes())
    (tmp_path / "list").write_bytes((VECTORS / "ima" / "ng-sha256.bin").read_bytes())
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_commands_print_what_is_shown(shell):
    shown = re.findall(r"```console\n\$ (.*?)\n```\n\n```\n(.*?)```", TEXT, re.DOTALL)
    assert len(shown) == 3
    for command, output in shown:
        assert shell(command).stdout == output


def test_the_python_runs(here, monkeypatch, capsys):
    monkeypatch.chdir(here)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out.split()[0] == "False"
