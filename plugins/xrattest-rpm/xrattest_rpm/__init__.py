"""Collector of xrattest: the packages of an rpm database and their fingerprints."""

from __future__ import annotations

from collections.abc import Iterable

from xrattest.plugin import Collector, Section, hookimpl
from xrattest_rpm.collector import RpmCollector
from xrattest_rpm.options import RpmOptions


@hookimpl
def xrattest_register_collectors() -> Iterable[Collector]:
    """The one collector of this plugin."""
    return (RpmCollector(),)


@hookimpl
def xrattest_register_config() -> Iterable[Section]:
    """Its section of the configuration, `[plugin.rpm]`."""
    return (Section("rpm", RpmOptions, collectors=(RpmCollector.name,)),)
