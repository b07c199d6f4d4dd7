"""Signers for the envelope's tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def signers() -> ModuleType:
    """`tests/signers.py`, loaded by path: tests are no package."""
    name = "xrattest_test_signers"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[2] / "signers.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A private directory."""
    directory = tmp_path / "spool"
    directory.mkdir(mode=0o700)
    return directory
