"""Register one plugin in a pluggy manager of its own: the checks on hook names and arguments, and single hook calls."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

import pluggy

from xrattest.errors import PluginError
from xrattest.plugin import spec

PREFIX = "xrattest_"
HOOKS = tuple(sorted(name for name in vars(spec) if name.startswith(PREFIX)))
"""Every hook that this version knows."""

MOST_OBJECTS = 1000
"""A hook that returns more than this is taken for one that never ends."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The hook implementations of one plugin."""

    plugin: str
    implementations: Mapping[str, Callable[[], Any]]

    @property
    def hooks(self) -> tuple[str, ...]:
        """Names of the implemented hooks, sorted."""
        return tuple(sorted(self.implementations))

    def call(self, hook: str) -> list[Any]:
        """Return the objects that this plugin returns from `hook`; empty when it does not implement it.

        Raises whatever the plugin raises, and `PluginError` for a result that is no iterable.
        """
        implementation = self.implementations.get(hook)
        if implementation is None:
            return []
        with redirect_stdout(sys.stderr):
            result = implementation()
            try:
                iterator = iter(result)
            except TypeError:
                raise PluginError(
                    f"hook {hook!r} returned {type(result).__name__}, not an iterable"
                ) from None
            objects = list(islice(iterator, MOST_OBJECTS + 1))
        if len(objects) > MOST_OBJECTS:
            raise PluginError(f"hook {hook!r} returned more than {MOST_OBJECTS} objects")
        return objects


def register(name: str, plugin: object) -> Registration:
    """Check and register `plugin`. Raises `PluginError` naming the hook, and the argument where that is wrong."""
    manager = pluggy.PluginManager(spec.NAME)
    manager.add_hookspecs(spec)
    for attribute in dir(plugin):
        _check_attribute(manager, plugin, attribute)
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(str(error)) from error
    callers = manager.get_hookcallers(plugin) or []
    implementations = {caller.name: impl.function for caller in callers for impl in caller.get_hookimpls()}
    if not implementations:
        raise PluginError(f"implements no hook; mark one of {', '.join(HOOKS)} with @hookimpl")
    return Registration(name, implementations)


def _check_attribute(manager: pluggy.PluginManager, plugin: object, attribute: str) -> None:
    options = manager.parse_hookimpl_opts(plugin, attribute)
    function = getattr(plugin, attribute, None)
    if options is None:
        if attribute.startswith(PREFIX) and inspect.isroutine(function):
            _check_name(attribute)
            raise PluginError(f"hook {attribute!r} lacks the mark @hookimpl")
        return
    hook = options["specname"] or attribute
    _check_name(hook)
    if options["wrapper"] or options["hookwrapper"]:
        raise PluginError(
            f"hook {hook!r} is a wrapper; the host calls each implementation alone, so none is wrapped"
        )
    if inspect.isroutine(function):
        _check_arguments(hook, function)


def _check_name(hook: str) -> None:
    if hook not in HOOKS:
        close = get_close_matches(hook, HOOKS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(HOOKS)}"
        raise PluginError(f"unknown hook {hook!r}{hint}")


def _check_arguments(hook: str, function: Callable[..., Any]) -> None:
    known = list(inspect.signature(getattr(spec, hook)).parameters)
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for argument in inspect.signature(function).parameters.values():
        if (
            argument.kind in variadic
            or argument.default is not inspect.Parameter.empty
            or argument.name in known
        ):
            continue
        takes = f"takes {', '.join(known)}" if known else "takes no arguments"
        raise PluginError(f"hook {hook!r} has no argument {argument.name!r}: it {takes}")
