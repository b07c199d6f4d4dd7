"""What tests share: the research corpus, other people's programs as oracles, and signers."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

# A busy machine is no finding.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

REPOSITORY = Path(__file__).resolve().parents[1]
REQUIRE_ALL = os.environ.get("XRATTEST_REQUIRE_ALL") == "1"


def skip_or_fail(reason: str) -> None:
    """Skip the test; where everything is required, fail it instead."""
    if REQUIRE_ALL:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The shared research data (real logs, databases, packages); never part of the project."""
    named = os.environ.get("XRATTEST_CORPUS")
    place = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not place.is_dir():
        # Absent by design outside the developers' machines: a skip even where peers are required.
        pytest.skip(f"no research corpus at {place}")
    return place


@pytest.fixture(scope="session")
def require_peer():
    """Return a function that finds a peer program, or skips with the line that installs it."""

    def find(program: str, package: str) -> str:
        found = shutil.which(program, path=os.environ["PATH"] + os.pathsep + "/usr/sbin:/sbin")
        if found is None:
            skip_or_fail(f"{program} is not installed: apt-get install {package}")
        assert found is not None
        return found

    return find


@pytest.fixture(scope="session")
def signers() -> ModuleType:
    """`tests/signers.py`, loaded by path: tests are no package."""
    return beside("signers")


@pytest.fixture(scope="session")
def quoting() -> ModuleType:
    """`tests/quoting.py`, loaded by path."""
    return beside("quoting")


@pytest.fixture(scope="session")
def increments() -> ModuleType:
    """`tests/increments.py`, loaded by path."""
    return beside("increments")


def beside(stem: str) -> ModuleType:
    """Return the module of that name beside this file."""
    name = f"xrattest_test_{stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{stem}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
