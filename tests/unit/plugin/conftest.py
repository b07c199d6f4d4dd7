"""Plugins as their authors write them: a module and the metadata of a distribution, in a directory on the path."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from textwrap import dedent

import pytest

HEADER = """
    import os, subprocess, sys, time
    from pydantic import BaseModel
    from xrattest.errors import CollectError, Unavailable
    from xrattest.evidence import Model
    from xrattest.plugin import hookimpl

    class NoOptions(BaseModel):
        pass

    class Base:
        name = "{name}"
        selector = "{name}"
        part = "main"
        evidence_type = "urn:example:{name}:1"
        model = Model("urn:example:{name}", "2026-01-01")
        options = NoOptions
"""


class Site:
    """A directory on the path with the distributions that a test writes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.modules: list[str] = []

    def module(self, name: str, code: str, *, plugin: str | None = None, version: str = "1.0") -> str:
        """Write module `name` and a distribution `<name>-dist` whose entry point `plugin` names it; return the plugin."""
        (self.directory / f"{name}.py").write_text(dedent(code))
        self.modules.append(name)
        self.metadata(f"{name}-dist", f"[xrattest]\n{plugin or name} = {name}\n", version)
        return plugin or name

    def metadata(self, distribution: str, entry_points: str, version: str = "1.0") -> None:
        info = self.directory / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(entry_points)
        importlib.invalidate_caches()

    def collector(self, name: str, collect: str, *, extra: str = "", attributes: str = "") -> str:
        """Write a plugin with one collector whose `collect` has the given body, and return its name."""
        body = dedent(HEADER).format(name=name) + dedent(extra)
        body += "\nclass Mine(Base):\n" + _indent(attributes, 4)
        body += "    def collect(self, context, body):\n" + _indent(collect, 8)
        body += "\n@hookimpl\ndef xrattest_register_collectors():\n    return [Mine()]\n"
        return self.module(name, body)


def _indent(code: str, width: int) -> str:
    return "".join(f"{' ' * width}{line}\n" for line in dedent(code).strip("\n").split("\n") if line)


@pytest.fixture
def site(tmp_path, monkeypatch):
    directory = tmp_path / "site"
    directory.mkdir()
    monkeypatch.syspath_prepend(str(directory))
    monkeypatch.setenv("PYTHONPATH", str(directory))
    made = Site(directory)
    yield made
    for name in made.modules:
        sys.modules.pop(name, None)
