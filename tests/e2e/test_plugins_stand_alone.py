"""Each folder of plugins/ is a distribution of its own: copied out, installed with plain pip beside the wheel, tested there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from xrattest.durable import exclusive_lock

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path.parent for path in (REPOSITORY / "plugins").glob("*/pyproject.toml"))

# Building the wheel may compile the native module.
pytestmark = [pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def wheel(uv, tmp_path_factory) -> Path:
    """Build the wheel of xrattest once, for all workers of this run, and never two at once."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    dist = place / "stand-alone-dist"
    with exclusive_lock(place / "stand-alone.lock"):
        if not (dist / "built").exists():
            build = [
                uv,
                "build",
                "--quiet",
                "--wheel",
                "--out-dir",
                dist,
                "--python",
                sys.executable,
                REPOSITORY,
            ]
            subprocess.run(build, check=True)
            (dist / "built").touch()
    (built,) = dist.glob("xrattest-*.whl")
    return built


@pytest.fixture(scope="module")
def environment(uv, wheel, tmp_path_factory):
    """Make a virtual environment of nothing but pip, pytest and the wheel of xrattest; return its directory."""
    venv = tmp_path_factory.mktemp("stand-alone") / "venv"
    subprocess.run([uv, "venv", "--quiet", "--seed", "--python", sys.executable, venv], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", venv / "bin/python", wheel, "pytest", "hypothesis"],
        check=True,
    )
    return venv


def run(venv: Path, *command: str, cwd: Path) -> str:
    """Run a program of the environment, nothing of the checkout in reach, and return its standard output."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "PYTHON", "VIRTUAL_ENV", "XRATTEST"))
    }
    clean |= {
        "HOME": str(cwd),
        "XRATTEST_STATE_DIR": str(cwd / "state"),
        "PATH": f"{venv / 'bin'}:{clean['PATH']}",
    }
    done = subprocess.run(
        [venv / "bin" / command[0], *command[1:]],
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_without_plugins_xrattest_has_no_collector(environment, tmp_path):
    assert json.loads(run(environment, "xrattest", "plugins", "list", "--json", cwd=tmp_path)) == {
        "plugins": [],
        "problems": [],
    }


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_copied_installed_and_tested(environment, tmp_path, plugin):
    copy = tmp_path / plugin.name
    shutil.copytree(plugin, copy, ignore=shutil.ignore_patterns("build", "dist", "__pycache__", "*.egg-info"))
    run(environment, "pip", "install", "--quiet", str(copy), cwd=tmp_path)
    try:
        listed = json.loads(run(environment, "xrattest", "plugins", "list", "--json", cwd=tmp_path))
        assert [entry["distribution"] for entry in listed["plugins"]] == [plugin.name]
        assert listed["problems"] == []
        assert str(REPOSITORY) not in listed["plugins"][0]["location"]
        tested = run(
            environment, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(copy), cwd=copy
        )
        assert " passed" in tested
    finally:
        run(environment, "pip", "uninstall", "--quiet", "--yes", plugin.name, cwd=tmp_path)


def test_every_plugin_is_found():
    assert {path.name for path in PLUGINS} >= {
        "xrattest-filesystem",
        "xrattest-ima",
        "xrattest-reboot",
        "xrattest-rpm",
        "xrattest-tpm",
    }
