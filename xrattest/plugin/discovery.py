"""Find plugins by entry point and load each alone: what fails here is a `PluginProblem`, never somebody else's loss."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from xrattest.errors import PluginError
from xrattest.plugin.reasons import one_line, reason_of
from xrattest.plugin.registration import Registration, register
from xrattest.plugin.spec import API, NAME

Stage = Literal["discovery", "import", "register", "hook"]


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """Why a plugin, or one thing that it returned, is not used."""

    plugin: str
    stage: Stage
    text: str

    def __str__(self) -> str:
        return f"plugin {self.plugin!r} ({self.stage}): {self.text}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry point of the group `xrattest`, not yet imported."""

    name: str
    value: str
    """What the entry point names, such as `xrattest_ima` or `package.module:object`."""
    distribution: str
    version: str
    location: str
    """Directory that the distribution is installed in."""
    load: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Plugin:
    """A loaded plugin, where it comes from, and the hooks that it implements."""

    name: str
    distribution: str
    version: str
    location: str
    registration: Registration

    @property
    def hooks(self) -> tuple[str, ...]:
        """Names of the hooks that this plugin implements, sorted."""
        return self.registration.hooks


def find_candidates(problems: list[PluginProblem]) -> list[Candidate]:
    """Return every entry point of the group, by name then distribution; unreadable metadata costs its own distribution."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for distribution in metadata.distributions():
        name = "?"
        try:
            # Entry points are read per distribution because one malformed file makes `metadata.entry_points()` raise.
            entry_points = [point for point in distribution.entry_points if point.group == NAME]
            if not entry_points:
                continue
            name, version = distribution.metadata["Name"] or "?", distribution.version or "?"
            location = str(distribution.locate_file(""))
        except Exception as error:  # noqa: BLE001 - other people's metadata: any fault stays with that distribution
            problems.append(
                PluginProblem(_place(distribution), "discovery", f"unreadable metadata: {reason_of(error)}")
            )
            continue
        # The first on the path shadows later ones of the same name, as the import system has it.
        normalized = re.sub(r"[-_.]+", "-", name).lower()
        if normalized in seen:
            continue
        seen.add(normalized)
        found += [
            Candidate(point.name, point.value, name, version, location, point.load) for point in entry_points
        ]
    return sorted(found, key=lambda candidate: (candidate.name, candidate.distribution))


def _place(distribution: metadata.Distribution) -> str:
    return one_line(str(getattr(distribution, "_path", distribution.locate_file(""))))


def choose(
    candidates: Iterable[Candidate],
    allow: Sequence[str] | None,
    block: Sequence[str],
    problems: list[PluginProblem],
) -> list[Candidate]:
    """Apply allow and block lists, and refuse every candidate of a name that two distributions claim."""
    by_name: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if (allow is None or candidate.name in allow) and candidate.name not in block:
            by_name.setdefault(candidate.name, []).append(candidate)
    absent = [name for name in allow or () if name not in by_name and name not in block]
    problems += [PluginProblem(name, "discovery", "is allowed by name but not installed") for name in absent]
    chosen = []
    for name, claims in by_name.items():
        if len(claims) > 1:
            claimants = " and ".join(f"{claim.distribution} {claim.version}" for claim in claims)
            problems.append(
                PluginProblem(name, "discovery", f"{claimants} both claim this name; none is loaded")
            )
        else:
            chosen += claims
    return chosen


def load(candidate: Candidate, problems: list[PluginProblem]) -> Plugin | None:
    """Import and register one plugin; None, and a problem, when that fails in whatever way."""
    stage: Stage = "import"
    try:
        # What a plugin prints while it loads must not end up inside a dossier on standard output.
        with redirect_stdout(sys.stderr):
            loaded = candidate.load()
            stage = "register"
            check_api(loaded)
            registration = register(candidate.name, loaded)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and friends at import are that plugin's fault alone
        problems.append(PluginProblem(candidate.name, stage, reason_of(error)))
        return None
    location = getattr(loaded, "__file__", None)
    place = location if isinstance(location, str) else candidate.location
    return Plugin(candidate.name, candidate.distribution, candidate.version, place, registration)


def check_api(loaded: object) -> None:
    """Refuse a plugin written for another version of the plugin interface. Raises `PluginError`."""
    wanted = getattr(loaded, "XRATTEST_PLUGIN_API", API)
    if wanted != API or not isinstance(wanted, int) or isinstance(wanted, bool):
        raise PluginError(
            f"is written for plugin API {one_line(repr(wanted), 40)}; this xrattest has plugin API {API}"
        )
