"""Two plugins that claim the same thing: nobody wins, and the reason names every claimant."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from xrattest.plugin.discovery import Plugin


@dataclass(frozen=True, slots=True)
class Offer:
    """One object that a plugin returned from a hook, and the plugin that did."""

    plugin: Plugin
    item: Any


@dataclass(frozen=True, slots=True)
class Clash:
    """Why offers are refused, and the names of the plugins that made them."""

    plugins: tuple[str, ...]
    reason: str


def find_clashes(
    offers: Sequence[Offer], key: Callable[[Any], Hashable], what: Callable[[Any], str]
) -> dict[int, Clash]:
    """Return the clash of each offer (by its index) whose `key` another offer shares; `what` describes the item."""
    claims: dict[Hashable, list[int]] = {}
    for index, offer in enumerate(offers):
        claims.setdefault(key(offer.item), []).append(index)
    clashes = {}
    for indices in claims.values():
        if len(indices) > 1:
            clash = _clash([offers[index].plugin for index in indices], what(offers[indices[0]].item))
            clashes.update(dict.fromkeys(indices, clash))
    return clashes


def collector_clashes(offers: Sequence[Offer]) -> dict[int, Clash]:
    """Return the clashes of collectors: the same name, the same part of a selector, or models of a selector that differ."""
    by_part = find_clashes(
        offers, lambda c: (c.selector, c.part), lambda c: f"part {c.part!r} of selector {c.selector!r}"
    )
    by_name = find_clashes(offers, lambda c: c.name, lambda c: f"collector name {c.name!r}")
    return _model_clashes(offers) | by_name | by_part


def _model_clashes(offers: Sequence[Offer]) -> dict[int, Clash]:
    selectors: dict[str, list[int]] = {}
    for index, offer in enumerate(offers):
        selectors.setdefault(offer.item.selector, []).append(index)
    clashes = {}
    for selector, indices in selectors.items():
        models = {offers[index].item.model for index in indices}
        if len(models) > 1:
            shown = " and ".join(sorted(f"{model.name} {model.revision}" for model in models))
            plugins = tuple(dict.fromkeys(offers[index].plugin.name for index in indices))
            named = " and ".join(repr(plugin) for plugin in plugins)
            reason = f"parts of selector {selector!r} follow different models ({shown}) in plugins {named}; none is used"
            clashes.update(dict.fromkeys(indices, Clash(plugins, reason)))
    return clashes


def _clash(plugins: Sequence[Plugin], what: str) -> Clash:
    names = tuple(dict.fromkeys(plugin.name for plugin in plugins))
    if len(names) == 1:
        return Clash(
            names, f"{what} is claimed {len(plugins)} times by plugin {names[0]!r}; none of them is used"
        )
    claimants = " and ".join(f"{name!r}" for name in names)
    return Clash(names, f"{what} is claimed by plugins {claimants}; none of them is used")
