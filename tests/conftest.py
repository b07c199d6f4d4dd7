"""What tests share: the research corpus, and other people's programs as oracles."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

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
