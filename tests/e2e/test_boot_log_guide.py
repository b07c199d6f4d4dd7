"""docs/how-to/read-a-boot-log.md: its commands print what it shows, and its Python runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


def test_the_commands_print_what_is_shown(here):
    program = here / "bin" / "xrattest"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m xrattest "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(here)}
    shown = re.findall(r"```console\n\$ (.*?)\n```\n\n```\n(.*?)```", TEXT, re.DOTALL)
    assert len(shown) == 3
    for command, output in shown:
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=here, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout == output


def test_the_python_runs(here, monkeypatch, capsys):
    monkeypatch.chdir(here)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out.split()[0] == "False"
