"""Write docs/reference/cli.md from the commands' own help; a test fails when the page is not what this writes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

from xrattest.cli.options import App
from xrattest.cli.root import COMMANDS, xrattest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"
WIDTH = 100

HEAD = """# Command line

Every command, as its own `--help` tells it. Commands of plugins are not listed here. This page is written by `make cli-reference`.

| exit status | meaning |
|---|---|
| 0 | done; for `verify`: verdict pass |
| 1 | failed; for `verify`: verdict fail |
| 2 | usage; input that is not what the command reads |
| 3 | done, but a selector named in `--include` is `Unavailable`, or any is `Partial` or `Failure`; for `verify`: indeterminate |
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command of ours with its full name, groups before what is in them."""
    for name, (module, _) in COMMANDS.items():
        yield from _below(name, getattr(import_module(f"xrattest.cli.{module}"), name))


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            child = command.get_command(context, sub)
            assert child is not None
            yield from _below(f"{name} {sub}", child)


def page() -> str:
    """Return the whole page."""
    # No plugin is loaded: the page tells what this distribution has.
    top = click.Context(
        xrattest, info_name="xrattest", max_content_width=WIDTH, terminal_width=WIDTH, obj=App()
    )
    parts = [HEAD]
    for name, command in commands():
        context = click.Context(
            command, info_name=name, parent=top, max_content_width=WIDTH, terminal_width=WIDTH
        )
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        parts.append(f"## `xrattest {name}`\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(f"writing {PAGE.name}\n")
    PAGE.write_text(page(), encoding="utf-8")
