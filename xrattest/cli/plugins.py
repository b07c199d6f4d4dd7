"""`xrattest plugins`: what is loaded, from where, and what is not and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xrattest.cli.options import print_json, this_app

if TYPE_CHECKING:
    from xrattest.plugin.collector import Collector
    from xrattest.plugin.discovery import Plugin
    from xrattest.plugin.host import Host

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def plugins() -> None:
    """Show the plugins that are loaded; all of them run with the rights of xrattest.

    \b
    Example:
      xrattest plugins list
      xrattest --plugin ima --plugin rpm plugins list --json
    """  # noqa: D301 - click's \b keeps the example's lines


@plugins.command("list")
@json_option
def list_plugins(as_json: bool) -> int:
    """List the plugins with their distributions. Exit status 1 when one could not be used.

    \b
    Example:
      xrattest plugins list
    """  # noqa: D301 - click's \b keeps the example's lines
    host = this_app().host
    if as_json:
        print_json(
            {"plugins": [_describe(plugin, host) for plugin in host.plugins], "problems": _problems(host)}
        )
    else:
        _print_table(host)
    return 1 if host.problems else 0


@plugins.command()
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> int:
    """Show one plugin: where it comes from, its hooks, its collectors with their options.

    \b
    Example:
      xrattest plugins info reboot
    """  # noqa: D301 - click's \b keeps the example's lines
    host = this_app().host
    found = [plugin for plugin in host.plugins if plugin.name == name]
    problems = [problem for problem in _problems(host) if problem["plugin"] == name]
    if not found:
        names = ", ".join(plugin.name for plugin in host.plugins) or "none"
        told = "; ".join(f"{problem['stage']}: {problem['text']}" for problem in problems)
        raise click.UsageError(
            f"plugin {name!r} is not loaded{': ' + told if told else f'; loaded are: {names}'}"
        )
    description = {**_describe(found[0], host), "problems": problems}
    if as_json:
        print_json(description)
    else:
        _print_description(description)
    return 1 if problems else 0


def _describe(plugin: Plugin, host: Host) -> dict[str, Any]:
    own = [entry.collector for entry in host.collectors() if entry.plugin == plugin]
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "location": plugin.location,
        "hooks": list(plugin.hooks),
        "collectors": [_describe_collector(collector) for collector in own],
        "refused": [
            {"name": entry.collector.name, "selector": entry.collector.selector, "reason": entry.reason}
            for entry in host.refused
            if entry.plugin == plugin
        ],
    }


def _describe_collector(collector: Collector) -> dict[str, Any]:
    defaults = collector.options().model_dump(mode="json")
    return {
        "name": collector.name,
        "selector": collector.selector,
        "part": collector.part,
        "evidence-type": collector.evidence_type,
        "model-name": collector.model.name,
        "model-revision": collector.model.revision,
        "options": {name.replace("_", "-"): value for name, value in defaults.items()},
    }


def _problems(host: Host) -> list[dict[str, str]]:
    return [
        {"plugin": problem.plugin, "stage": problem.stage, "text": problem.text} for problem in host.problems
    ]


def _print_table(host: Host) -> None:
    rows = [("PLUGIN", "DISTRIBUTION", "VERSION", "SELECTORS", "LOCATION")]
    for plugin in host.plugins:
        selectors = sorted(
            {entry.collector.selector for entry in host.collectors() if entry.plugin == plugin}
        )
        cells = (
            plugin.name,
            plugin.distribution,
            plugin.version,
            ",".join(selectors) or "-",
            plugin.location,
        )
        rows.append(cells)
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        padded = (f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True))
        click.echo("  ".join(padded))
    for problem in host.problems:
        click.echo(f"xrattest: {problem}", err=True)


def _print_description(description: dict[str, Any]) -> None:
    for key in ("name", "distribution", "version", "location"):
        click.echo(f"{key:<14}{description[key]}")
    click.echo(f"{'hooks':<14}{', '.join(description['hooks'])}")
    for collector in description["collectors"]:
        click.echo(f"\ncollector {collector['name']}")
        for key in ("selector", "part", "evidence-type", "model-name", "model-revision"):
            click.echo(f"  {key:<16}{collector[key]}")
        for name, value in collector["options"].items():
            click.echo(f"  option {name} [default: {value}]")
    for refused in description["refused"]:
        click.echo(f"\nrefused: {refused['reason']}")
    for problem in description["problems"]:
        click.echo(f"\n{problem['stage']}: {problem['text']}")
