"""The files of docs/how-to/write-a-plugin.md are a plugin that installs, passes its own tests and collects."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-a-plugin.md"


@pytest.fixture
def written(tmp_path):
    """Write the guide's files as a reader would; return their directory."""
    source = tmp_path / "timezone"
    source.mkdir()
    files = re.findall(r'^```\w+ title="([\w.]+)"\n(.*?)^```$', GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert [name for name, _ in files] == ["pyproject.toml", "xrattest_timezone.py", "test_timezone.py"]
    for name, text in files:
        (source / name).write_text(text)
    return source


def test_the_guides_own_tests_pass(written):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", written, written]
    done = subprocess.run(command, capture_output=True, text=True, cwd=written, env=environment, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_installed_it_collects(written, install, xrattest, tmp_path):
    path = install(written)
    info = xrattest("plugins", "info", "timezone", path=path).stdout
    assert "xrattest-timezone" in info
    assert "option file [default: /etc/timezone]" in info
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/timezone").write_bytes(b"Caf\xe9/Berlin\n")
    done = xrattest("dossier", "--root", str(root), "--include", "time-zone", path=path)
    selector = json.loads(done.stdout)["time-zone"]
    assert selector["zone"] == {"name": "Caf\ufffd/Berlin", "name-bytes": "Q2Fm6S9CZXJsaW4="}
