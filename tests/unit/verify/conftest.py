"""Fixtures of the verifier's tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def issuing() -> ModuleType:
    """The module beside this one that makes certificates."""
    spec = importlib.util.spec_from_file_location("verify_issuing", Path(__file__).with_name("issuing.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
