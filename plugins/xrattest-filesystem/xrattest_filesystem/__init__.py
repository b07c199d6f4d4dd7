"""Collector of xrattest: an inventory of the file system, every file with its attributes and digests."""

from __future__ import annotations

from collections.abc import Iterable

from xrattest.plugin import Collector, Section, hookimpl
from xrattest_filesystem.collector import FilesystemCollector
from xrattest_filesystem.options import Options


@hookimpl
def xrattest_register_collectors() -> Iterable[Collector]:
    """Return the one collector."""
    return [FilesystemCollector()]


@hookimpl
def xrattest_register_config() -> Iterable[Section]:
    """Return the section `[plugin.filesystem]`."""
    return [Section(name="filesystem", model=Options, collectors=("filesystem",))]
