"""Shell completion of docs/how-to/completion.md answers with our commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

XRATTEST = Path(sys.executable).with_name("xrattest")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(shell: str) -> None:
    environment = {**os.environ, "_XRATTEST_COMPLETE": f"{shell}_source"}
    if shell == "bash" and not Path("/bin/bash").exists():
        pytest.skip("no bash here")
    ran = subprocess.run([XRATTEST], env=environment, capture_output=True, text=True, check=False)
    assert "_XRATTEST_COMPLETE" in ran.stdout


def test_commands_complete() -> None:
    environment = {
        **os.environ,
        "_XRATTEST_COMPLETE": "bash_complete",
        "COMP_WORDS": "xrattest at",
        "COMP_CWORD": "1",
    }
    ran = subprocess.run([XRATTEST], env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout == "plain,attest\n"
