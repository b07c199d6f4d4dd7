"""docs/reference/cli.md is what the commands' help says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_page_is_current() -> None:
    code = "import cli_reference; assert cli_reference.PAGE.read_text() == cli_reference.page(), 'run `make cli-reference`'"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "tools"), "COLUMNS": "100"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
