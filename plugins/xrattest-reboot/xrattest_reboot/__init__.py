"""Collector of xrattest for the reboot history: when this host booted, and what came before each boot."""

from __future__ import annotations

from xrattest.plugin import Collector, hookimpl
from xrattest_reboot.collector import RebootCollector

__all__ = ["RebootCollector"]


@hookimpl
def xrattest_register_collectors() -> list[Collector]:
    """Return the reboot collector."""
    return [RebootCollector()]
