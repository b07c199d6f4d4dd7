"""Write a plugin: return collectors from a hook.

    from xrattest.plugin import hookimpl

    @hookimpl
    def xrattest_register_collectors():
        return [MyCollector()]

and name the module in the entry point group `xrattest` of your distribution.
"""

from xrattest.plugin.collector import Appraiser, Body, Collector, Context, Finding, Section
from xrattest.plugin.spec import API, NAME, hookimpl, hookspec

__all__ = [
    "API",
    "NAME",
    "Appraiser",
    "Body",
    "Collector",
    "Context",
    "Finding",
    "Section",
    "hookimpl",
    "hookspec",
]
