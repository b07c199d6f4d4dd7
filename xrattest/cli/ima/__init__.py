"""`xrattest ima`: commands on IMA measurement lists. They need neither a plugin nor a host."""

from __future__ import annotations

from importlib import import_module

import click

# name: module of xrattest.cli.ima that holds it, in a function of the same name with `_` for `-`
COMMANDS = {
    "show": "show",
    "describe": "describe",
    "replay": "replay",
    "check-quote": "check_quote",
    "appraise": "appraise",
    "reference-values": "appraise",
    "verify-signatures": "signatures",
    "join": "join",
    "compact": "convert",
    "expand": "convert",
}


class _Commands(click.Group):
    """Imports a command when it runs or is shown: some need cryptography, and replaying a list must start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"xrattest.cli.ima.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def ima() -> None:
    """Read, replay, appraise, join, compact and expand IMA measurement lists.

    \b
    Example:
      xrattest ima replay --log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
