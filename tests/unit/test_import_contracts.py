"""The import contracts of pyproject.toml hold, and would notice when they were broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--config", "pyproject.toml", "--no-cache"],
        cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def copy_of_the_package(tmp_path: Path) -> Path:
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    shutil.copytree(
        REPOSITORY / "xrattest", tmp_path / "xrattest", ignore=shutil.ignore_patterns("__pycache__", "*.so")
    )
    return tmp_path


def test_contracts_hold(tmp_path: Path) -> None:
    ran = lint(copy_of_the_package(tmp_path))
    assert ran.returncode == 0, ran.stdout


def test_a_planted_upward_import_is_found(tmp_path: Path) -> None:
    tree = copy_of_the_package(tmp_path)
    victim = tree / "xrattest" / "pki" / "__init__.py"
    victim.write_text(victim.read_text() + "\nfrom xrattest.cli import run\n")
    ran = lint(tree)
    assert ran.returncode == 1
    assert "xrattest.pki is not allowed to import xrattest.cli" in ran.stdout


def test_an_import_of_a_collector_is_found(tmp_path: Path) -> None:
    tree = copy_of_the_package(tmp_path)
    victim = tree / "xrattest" / "dossier" / "__init__.py"
    victim.write_text(victim.read_text() + "\nimport xrattest_ima\n")
    ran = lint(tree)
    assert ran.returncode == 1
    assert "xrattest_ima" in ran.stdout
