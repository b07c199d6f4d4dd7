"""What end-to-end tests share: the command line in a place of its own, and distributions installed as users install them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def xrattest(tmp_path):
    """Return a function that runs `xrattest` with state and configuration of its own; `path` holds more distributions."""

    def run(*arguments: str, path: Path | None = None, status: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value for name, value in os.environ.items() if name not in {"XRATTEST_CONFIG", "PYTHONPATH"}
        }
        environment |= {"HOME": str(tmp_path), "XRATTEST_STATE_DIR": str(tmp_path / "state")}
        if path is not None:
            environment["PYTHONPATH"] = str(path)
        command = [
            sys.executable,
            "-P",
            "-m",
            "xrattest",
            "--config",
            str(tmp_path / "config.toml"),
            *arguments,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    return run


@pytest.fixture
def shell(tmp_path):
    """Return a function that runs a line of a guide in an empty directory, with `xrattest` on the path and a state of its own."""
    program = tmp_path / "bin" / "xrattest"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m xrattest --config "$HOME/config.toml" "$@"\n', "utf-8"
    )
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XRATTEST_STATE_DIR": str(tmp_path / "state"),
    }

    def run(line: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, (line, done.stdout, done.stderr)
        return done

    return run


@pytest.fixture(scope="session")
def uv():
    """Return the path of uv, the installer that `make install` fetches."""
    found = REPOSITORY / ".tools" / "bin" / "uv"
    if not found.is_file():
        reason = f"{found} is not there: make install"
        if os.environ.get("XRATTEST_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def install(uv, tmp_path):
    """Return a function that installs a source tree alone into a new directory, and returns that directory."""

    def into(source: Path) -> Path:
        target = tmp_path / f"{source.name}-installed"
        command = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--python",
            sys.executable,
            "--target",
            target,
            source,
        ]
        subprocess.run(command, check=True, cwd=tmp_path)
        return target

    return into
