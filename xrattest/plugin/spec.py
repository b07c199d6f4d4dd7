"""The hooks, signatures only. A plugin implements any of them with `xrattest.plugin.hookimpl`.

Hooks *return* objects and do no work: the host calls each implementation alone, so that one plugin that raises costs
nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from xrattest.plugin.collector import Appraiser, Collector, Section

NAME = "xrattest"
"""Entry point group and pluggy project name."""

API = 1
"""Version of this interface. A plugin module may set `XRATTEST_PLUGIN_API`; another number is refused by name."""

hookspec = pluggy.HookspecMarker(NAME)
hookimpl = pluggy.HookimplMarker(NAME)


@hookspec
def xrattest_register_collectors() -> Iterable[Collector]:
    """Return the collectors of this plugin.

    .. versionadded:: 0.1
    """
    return ()


@hookspec
def xrattest_register_appraisers() -> Iterable[Appraiser]:
    """Return the appraisers of this plugin; the verifier uses those it allow-lists by name.

    .. versionadded:: 0.1
    """
    return ()


@hookspec
def xrattest_register_commands() -> Iterable[click.Command]:
    """Return commands to attach to `xrattest`; a name that is taken is refused.

    .. versionadded:: 0.1
    """
    return ()


@hookspec
def xrattest_register_config() -> Iterable[Section]:
    """Return this plugin's own sections of the configuration.

    .. versionadded:: 0.1
    """
    return ()
