"""Where state and configuration lie, by user and environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xrattest.config.locations import Locations


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("XRATTEST_STATE_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = Locations.find()
    assert found == Locations(Path("/var/lib/xrattest"), Path("/etc/xrattest/config.toml"))
    assert found.history_dir == Path("/etc/xrattest/commits")


def test_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/u")
    assert Locations.find() == Locations(
        Path("/home/u/.local/state/xrattest"), Path("/home/u/.config/xrattest/config.toml")
    )
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert Locations.find() == Locations(Path("/s/xrattest"), Path("/home/u/.config/xrattest/config.toml"))


def test_given_places_win(monkeypatch, tmp_path):
    monkeypatch.setenv("XRATTEST_STATE_DIR", "/from/env")
    assert Locations.find().state_dir == Path("/from/env")
    found = Locations.find(state_dir=tmp_path, config_file=Path("my.toml"))
    assert found.state_dir == tmp_path
    assert found.config_file == Path.cwd() / "my.toml"
    assert found.history_dir == Path.cwd() / "my.toml.commits"
