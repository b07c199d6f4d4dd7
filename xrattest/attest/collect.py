"""Collect: choose collectors, give them their options, run them, write the dossier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from xrattest.attest.options import check_overrides, configured_options, merged_options
from xrattest.config.model import Settings
from xrattest.dossier.host_facts import host_facts
from xrattest.dossier.parts import Spools, spools
from xrattest.dossier.selectors import SelectorObject, merge_all
from xrattest.dossier.writer import DossierHead, write_dossier
from xrattest.envelope.nonce import nonce_bytes
from xrattest.errors import ConfigError, InputError
from xrattest.evidence import Node, ResultCode
from xrattest.hostroot import HostRoot
from xrattest.plugin.host import Host, RefusedCollector, RegisteredCollector
from xrattest.plugin.processes import Limits
from xrattest.plugin.runner import Progress, Surroundings, Task, run_collectors


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """What one run is asked for."""

    include: tuple[str, ...] | None = None
    """Selectors, in the order in which they are to stand in the dossier; None is every selector that a collector has."""
    nonce: str | None = None
    root: Path = Path("/")
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Options of this run over the configured ones: collector name, option name, value."""
    state_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class DossierSummary:
    """How collecting went."""

    selectors: tuple[SelectorObject, ...]
    start: datetime
    end: datetime

    def incomplete(self, include: Sequence[str] | None) -> list[SelectorObject]:
        """Return the selectors that give exit status 3: any Partial or Failure, and those of `include` that are Unavailable."""
        named = frozenset(include or ())
        return [
            selector
            for selector in self.selectors
            if selector.code in {ResultCode.PARTIAL, ResultCode.FAILURE}
            or (selector.code is ResultCode.UNAVAILABLE and selector.name in named)
        ]


def known_selectors(host: Host) -> list[str]:
    """Return the selectors that loaded plugins have collectors for, refused collectors included."""
    return sorted({entry.collector.selector for entry in _every_collector(host)})


def collect(  # noqa: PLR0913 - the two keywords are seams that only a terminal and a test use
    host: Host,
    settings: Settings,
    request: CollectRequest,
    out: IO[bytes],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> DossierSummary:
    """Collect what `request` asks for and write the dossier to `out`, with a final newline.

    Nothing is written before every collector has ended. Raises `InputError` for a selector, an option or a nonce that is
    none, and `OSError`; what goes wrong inside a collector is in the dossier.
    """
    chosen = choose_collectors(host, request.include)
    check_overrides([entry.collector for entry in chosen], request.options)
    check_nonce(request.nonce)
    tasks = [_task(entry, host, settings, request) for entry in chosen]
    surroundings = _surroundings(settings, request, clock)
    start = clock()
    facts = host_facts(HostRoot(request.root), surroundings.node)
    with spools() as made:
        selectors = _run(tasks, surroundings, made, progress)
        end = clock()
        write_dossier(out, DossierHead(start, request.nonce, facts), selectors, end)
    return DossierSummary(tuple(selectors), start, end)


def _run(
    tasks: Sequence[Task], surroundings: Surroundings, made: Spools, progress: Callable[[Progress], None]
) -> list[SelectorObject]:
    return merge_all(run_collectors(tasks, surroundings, made, progress))


def choose_collectors(
    host: Host, include: Sequence[str] | None
) -> list[RegisteredCollector | RefusedCollector]:
    """Return the collectors of the selectors in `include` (None: all), in its order. Raises `InputError` for an unknown one."""
    known = known_selectors(host)
    for selector in include or ():
        if selector not in known:
            raise InputError(_unknown(selector, known, host))
    wanted = dict.fromkeys(known if include is None else include)
    return [
        entry
        for selector in wanted
        for entry in _every_collector(host)
        if entry.collector.selector == selector
    ]


def _every_collector(host: Host) -> list[RegisteredCollector | RefusedCollector]:
    return [*host.collectors(), *host.refused]


def _unknown(selector: str, known: Sequence[str], host: Host) -> str:
    listed = ", ".join(known) or "none"
    failed = "; ".join(str(problem) for problem in host.problems)
    return f"no collector for selector {selector!r}; there are: {listed}" + (
        f". Not loaded: {failed}" if failed else ""
    )


def check_nonce(nonce: str | None) -> None:
    """Refuse a nonce that no envelope could carry. Raises `InputError`."""
    try:
        nonce_bytes(nonce)
    except ValueError as error:
        raise InputError(str(error)) from error


def _task(
    entry: RegisteredCollector | RefusedCollector, host: Host, settings: Settings, request: CollectRequest
) -> Task:
    override = request.options.get(entry.collector.name, {})
    try:
        configured = configured_options(entry.collector, host.sections(), settings.plugin)
        return Task(entry, merged_options(entry.collector, configured, override))
    except ConfigError as error:
        # A section that its own plugin refuses costs that plugin's part, as any other fault of it does.
        return Task(entry, refusal=f"configuration: {error}")


def _surroundings(settings: Settings, request: CollectRequest, clock: Callable[[], datetime]) -> Surroundings:
    plugins = settings.plugins
    limits = Limits(float(plugins.timeout), plugins.memory << 20, plugins.output << 20)
    return Surroundings(request.root, Node(settings.node), request.state_dir, limits, clock)
