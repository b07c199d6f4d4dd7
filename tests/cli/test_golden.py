"""Runs the command-line scripts of this folder, `*.txt`, as an operator would type them.

A script is a sequence of steps. `$ ` starts a shell command; `? N` after it is the exit status it must have (0 when
left out); `2| ` lines are its standard error; every other line is its standard output. `...` stands for any text within
a line, and alone on a line for any number of lines. `#` starts a comment. Each script runs in an empty directory with an
empty HOME, so nothing an operator configured leaks in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = sorted(HERE.glob("*.txt"))


@dataclass
class Step:
    command: str
    line: int
    status: int = 0
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)


def parse(script: str) -> list[Step]:
    steps: list[Step] = []
    for number, line in enumerate(script.splitlines(), start=1):
        if line.startswith("#"):
            continue
        if line.startswith("$ "):
            steps.append(Step(line[2:], number))
        elif not steps:
            assert not line, f"line {number}: output before the first command"
        elif line.startswith("? "):
            steps[-1].status = int(line[2:])
        elif line.startswith("2| "):
            steps[-1].stderr.append(line[3:])
        else:
            steps[-1].stdout.append(line)
    return steps


def pattern(lines: list[str]) -> re.Pattern[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    parts = [
        r"(?:.*\n)*?"
        if line == "..."
        else "[^\n]*".join(re.escape(part) for part in line.split("...")) + r"\n"
        for line in lines
    ]
    return re.compile("".join(parts))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script(path: Path, tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(home),
        "XRATTEST_STATE_DIR": str(home / "state"),
        "XRATTEST_CONFIG": str(home / "config.toml"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "100",
        "VECTORS": str(HERE.parent / "vectors"),
    }
    steps = parse(path.read_text())
    assert steps, "a script without a step tests nothing"
    for step in steps:
        ran = subprocess.run(
            ["bash", "-c", step.command],
            cwd=work, env=environment, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        where = f"{path.name}:{step.line}: {step.command}\nstdout:\n{ran.stdout}\nstderr:\n{ran.stderr}"
        assert ran.returncode == step.status, f"status {ran.returncode}, not {step.status}: {where}"
        assert pattern(step.stdout).fullmatch(ran.stdout), f"other standard output: {where}"
        assert pattern(step.stderr).fullmatch(ran.stderr), f"other standard error: {where}"
