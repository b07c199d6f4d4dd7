"""A place for the envelope's tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A private directory."""
    directory = tmp_path / "spool"
    directory.mkdir(mode=0o700)
    return directory
