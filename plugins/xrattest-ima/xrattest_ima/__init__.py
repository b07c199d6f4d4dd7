"""Collector of xrattest: the measurement list of the kernel's Integrity Measurement Architecture (IMA)."""

from __future__ import annotations

from collections.abc import Iterable

from xrattest.plugin import Collector, Section, hookimpl
from xrattest_ima.collector import ImaCollector
from xrattest_ima.options import ImaOptions

XRATTEST_PLUGIN_API = 1

__all__ = ["ImaCollector", "ImaOptions"]


@hookimpl
def xrattest_register_collectors() -> Iterable[Collector]:
    """Return the one collector of this plugin."""
    return [ImaCollector()]


@hookimpl
def xrattest_register_config() -> Iterable[Section]:
    """Return the section `[plugin.ima]`."""
    return [Section(name="ima", model=ImaOptions, collectors=(ImaCollector.name,))]
