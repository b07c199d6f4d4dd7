"""The plugin host: every plugin loaded alone, what they offer, and every reason why something is not offered.

Rules:

* A plugin that raises while it is imported, registered or asked costs itself only.
* Where two plugins claim the same thing (a plugin name, a collector name, a part of a selector, an appraiser, a section,
  a command) nobody wins silently: all claimants of that thing are refused, and the reason names them.
* A refused collector stays visible: `refused` lists it, and the dossier carries its part as a `Failure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from xrattest.plugin.checks import Check, check_appraiser, check_collector, check_command, check_section
from xrattest.plugin.clashes import Clash, Offer, collector_clashes, find_clashes
from xrattest.plugin.collector import Appraiser, Collector, Section
from xrattest.plugin.discovery import Plugin, PluginProblem, choose, find_candidates, load
from xrattest.plugin.reasons import reason_of
from xrattest.plugin.registration import register

if TYPE_CHECKING:
    import click


@dataclass(frozen=True, slots=True)
class RegisteredCollector:
    """A collector that may run."""

    plugin: Plugin
    collector: Collector


@dataclass(frozen=True, slots=True)
class RefusedCollector:
    """A collector that may not run, because of a claim that another plugin makes as well."""

    plugin: Plugin
    collector: Collector
    reason: str


class Host:
    """The loaded plugins and what they offer; made by `discover`."""

    def __init__(self, plugins: Sequence[Plugin], problems: Iterable[PluginProblem] = ()) -> None:
        self.plugins = tuple(plugins)
        self.problems = list(problems)
        """Everything that is not used, and why."""
        offers = self._ask("xrattest_register_collectors", check_collector)
        clashes = collector_clashes(offers)
        self._report(clashes)
        self._collectors = [
            RegisteredCollector(o.plugin, o.item) for i, o in enumerate(offers) if i not in clashes
        ]
        self.refused = [
            RefusedCollector(offers[i].plugin, offers[i].item, clashes[i].reason) for i in sorted(clashes)
        ]
        """Collectors that clash with one of another plugin."""
        self._appraisers = self._unique("xrattest_register_appraisers", check_appraiser, "appraiser")
        self._commands = self._unique("xrattest_register_commands", check_command, "command")
        self._sections = self._unique("xrattest_register_config", check_section, "configuration section")

    @classmethod
    def discover(cls, allow: Sequence[str] | None = None, block: Sequence[str] = ()) -> Self:
        """Load the installed plugins of the entry point group `xrattest`.

        `allow` and `block` hold plugin (entry point) names; `allow` None means every plugin. Never raises for a fault of
        a plugin: it is a `PluginProblem`.
        """
        problems: list[PluginProblem] = []
        chosen = choose(find_candidates(problems), allow, block, problems)
        return cls([plugin for candidate in chosen if (plugin := load(candidate, problems))], problems)

    @classmethod
    def of(cls, plugins: Mapping[str, object]) -> Self:
        """Make a host of plugin objects that are no installed distributions, for tests. Raises `PluginError`."""
        return cls([Plugin(name, "-", "0", "-", register(name, plugin)) for name, plugin in plugins.items()])

    def collectors(self) -> list[RegisteredCollector]:
        """Return the collectors that may run, by selector, then part."""
        return sorted(self._collectors, key=lambda entry: (entry.collector.selector, entry.collector.part))

    def appraisers(self, allow: Sequence[str]) -> list[Appraiser]:
        """Return the appraisers named in `allow`; one that no plugin offers is a problem."""
        for name in allow:
            if name not in self._appraisers:
                self._add(
                    PluginProblem(name, "discovery", "appraiser is allowed by name but no plugin offers it")
                )
        return [offer.item for name, offer in self._appraisers.items() if name in allow]

    def commands(self, reserved: Iterable[str]) -> dict[str, click.Command]:
        """Return the plugins' commands by name; one whose name is in `reserved` is refused, which is a problem."""
        reserved = frozenset(reserved)
        for name in sorted(reserved & self._commands.keys()):
            text = f"command {name!r} is one of xrattest's own; refused"
            self._add(PluginProblem(self._commands[name].plugin.name, "register", text))
        return {name: offer.item for name, offer in self._commands.items() if name not in reserved}

    def sections(self) -> list[Section]:
        """Return the configuration sections that plugins declare."""
        return [offer.item for offer in self._sections.values()]

    def _ask(self, hook: str, check: Check) -> list[Offer]:
        return [offer for plugin in self.plugins for offer in self._ask_one(plugin, hook, check)]

    def _ask_one(self, plugin: Plugin, hook: str, check: Check) -> Iterator[Offer]:
        for item in self._guarded(plugin, hook, partial(plugin.registration.call, hook)) or ():
            verdict = self._guarded(plugin, hook, partial(_verdict, check, item))
            if verdict == [None]:
                yield Offer(plugin, item)
            elif verdict is not None:
                self._add(PluginProblem(plugin.name, "hook", f"{hook}: {verdict[0]}"))

    def _guarded(self, plugin: Plugin, hook: str, call: Callable[[], list[Any]]) -> list[Any] | None:
        try:
            return call()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a plugin raises costs that plugin alone
            self._add(PluginProblem(plugin.name, "hook", f"{hook}: {reason_of(error)}"))
            return None

    def _unique(self, hook: str, check: Check, kind: str) -> dict[str, Offer]:
        offers = self._ask(hook, check)
        clashes = find_clashes(offers, lambda item: item.name, lambda item: f"{kind} {item.name!r}")
        self._report(clashes)
        return {offer.item.name: offer for index, offer in enumerate(offers) if index not in clashes}

    def _report(self, clashes: Mapping[int, Clash]) -> None:
        for clash in clashes.values():
            for plugin in clash.plugins:
                self._add(PluginProblem(plugin, "register", clash.reason))

    def _add(self, problem: PluginProblem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _verdict(check: Check, item: object) -> list[str | None]:
    return [check(item)]
