"""Options of the commands that collect, and how a run of theirs is told: progress, warnings, exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xrattest.cli.incremental_ima import OPTION, SELECTOR, read_incremental
from xrattest.cli.options import App, nonce_option, output_option, root_option
from xrattest.terminal import printable

if TYPE_CHECKING:
    from xrattest.attest import CollectRequest, DossierSummary
    from xrattest.plugin.runner import Progress

INCOMPLETE = 3
"""Exit status: done, but some evidence is missing."""

_OPTIONS = (
    click.option("--include", "include", multiple=True, metavar="SEL[,SEL…]",
                 help="Only these selectors (repeatable). [default: every collector's]"),
    nonce_option,
    click.option("--display", type=click.Choice(["full", "compact"]),
                 help="How measurement lists are written: event by event, or in compact blocks."),
    click.option("--log", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                 help="Read this measurement list, below --root, instead of the kernel's."),
    click.option("--incremental-ima", metavar="JSON",
                 help="Send a node's measurements after an event only: "
                      '{"ima_start": [{"NODE": {"start_event": N, "start_time": "…"}}]}.'),
    click.option("--set", "assignments", multiple=True, metavar="COLLECTOR.OPTION=VALUE",
                 help="Set an option of a collector for this run (repeatable); VALUE in TOML. `plugins info` lists them."),
    root_option,
    output_option,
)  # fmt: skip


def dossier_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a click command with the options of a dossier."""
    return reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), command)


def make_request(app: App, given: dict[str, Any]) -> CollectRequest:
    """Return what the options ask for. Raises `click.UsageError`, `InputError`."""
    from xrattest.attest import CollectRequest
    from xrattest.attest.options import parse_override

    selectors = [name.strip() for names in given["include"] for name in names.split(",")]
    if not all(selectors):
        raise click.UsageError("--include has an empty name")
    options: dict[str, dict[str, Any]] = {}
    for assignment in given["assignments"]:
        collector, option, value = parse_override(assignment)
        options.setdefault(collector, {})[option] = value
    if given["incremental_ima"] is not None and selectors:
        selectors.append(SELECTOR)
    include = tuple(dict.fromkeys(selectors)) or None
    if given["display"] is not None:
        _set_option(app, include, "display", given["display"], options, flag="--display")
    if given["log"] is not None:
        # In a tree, the file is looked up there; on this host, from the working directory.
        live = given["root"] == Path("/")
        log = str(given["log"].absolute() if live else given["log"])
        _set_option(app, include, "log", log, options, flag="--log")
    if given["incremental_ima"] is not None:
        value = read_incremental(given["incremental_ima"], app.settings.node)
        _set_option(app, include, OPTION, value, options, flag="--incremental-ima")
    return CollectRequest(include, given["nonce"], given["root"], options, app.locations.state_dir)


def _set_option(
    app: App,
    include: tuple[str, ...] | None,
    name: str,
    value: object,
    options: dict[str, dict[str, Any]],
    *,
    flag: str,
) -> None:
    """Give `value` to every chosen collector that has an option called `name`. Raises `click.UsageError` when none has."""
    from xrattest.attest.collect import choose_collectors

    collectors = [entry.collector for entry in choose_collectors(app.host, include)]
    having = [collector.name for collector in collectors if name in collector.options.model_fields]
    if not having:
        raise click.UsageError(f"{flag}: none of the chosen collectors has such an option")
    for collector in having:
        options.setdefault(collector, {})[name] = value


@contextmanager
def progress_shown(app: App) -> Iterator[Callable[[Progress], None]]:
    """Yield a progress callback that shows on stderr, when that is a terminal, which collector runs."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with app.stderr.status("loading plugins") as status:
        yield lambda step: status.update(f"[{step.number}/{step.total}] collecting {step.collector}")


def tell(app: App, request: CollectRequest, summary: DossierSummary) -> int:
    """Say on stderr what is missing, a line each, and return the exit status."""
    incomplete = summary.incomplete(request.include)
    for selector in incomplete:
        reason = selector.reason or "; ".join(map(_described, selector.problems[:3]))
        more = len(selector.problems) - 3
        _warn(f"{selector.name}: {selector.code}: {reason}" + (f"; and {more} more" if more > 0 else ""))
    for problem in app.host.problems:
        _warn(str(problem))
    return INCOMPLETE if incomplete or app.host.problems else 0


def _described(problem: Mapping[str, str]) -> str:
    return f"{problem['path']}: {problem['reason']}" if "path" in problem else problem["reason"]


def _warn(message: str) -> None:
    click.echo(f"xrattest: {printable(message)}", err=True)


def output_of(given: dict[str, Any]) -> Path | None:
    """Return the file named with `-o`, None for standard output."""
    output: Path | None = given["output"]
    return output
