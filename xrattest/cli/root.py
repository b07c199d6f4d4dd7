"""The `xrattest` group: its commands are named here and imported only when asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from xrattest import __version__
from xrattest.cli.options import App

# name: (module of xrattest.cli that holds a command of this name, one line for --help)
COMMANDS: dict[str, tuple[str, str]] = {
    "attest": ("attest", "Collect evidence and sign it in one go."),
    "dossier": ("dossier", "Collect evidence into a dossier."),
    "sign": ("sign", "Wrap any text in a signed envelope."),
    "verify": ("verify", "Judge a signed envelope."),
    "ima": ("ima", "Read, replay, compact and expand IMA measurement lists."),
    "boot": ("boot", "Read and replay the firmware's event log."),
    "inventory": ("inventory", "Take and show filesystem inventory snapshots."),
    "packages": ("packages", "List packages and their fingerprints."),
    "pki": ("pki", "Keys, trustpoints and certificates."),
    "config": ("config", "The one configuration and its commits."),
    "plugins": ("plugins", "What is loaded, and from where."),
}


class LazyGroup(click.Group):
    """Imports a command's module when the command runs, and asks plugins for theirs only when the name is not ours."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return our commands, then those of plugins."""
        return [*COMMANDS, *sorted(_plugin_commands(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command called `cmd_name`; None when neither xrattest nor a plugin has it."""
        if cmd_name in COMMANDS:
            module = import_module(f"xrattest.cli.{COMMANDS[cmd_name][0]}")
            command: click.Command = getattr(module, cmd_name)
            return command
        return _plugin_commands(ctx).get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands without importing ours."""
        rows = [(name, line) for name, (_, line) in COMMANDS.items()]
        plugins = _plugin_commands(ctx)
        rows += [(name, plugins[name].get_short_help_str()) for name in sorted(plugins)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _plugin_commands(ctx: click.Context) -> dict[str, click.Command]:
    app = ctx.find_object(App) or App()
    return app.plugin_commands(reserved=frozenset(COMMANDS))


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="xrattest", message="%(prog)s %(version)s")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="XRATTEST_CONFIG",
    show_envvar=True,
    help="Configuration file. [default: /etc/xrattest/config.toml for root, else the XDG config directory]",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    envvar="XRATTEST_STATE_DIR",
    show_envvar=True,
    help="Keys, certificates and snapshots. [default: /var/lib/xrattest for root, else the XDG state directory]",
)
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="NAME",
    help="Load only this plugin (repeatable); -NAME blocks it.",
)
@click.pass_context
def xrattest(
    ctx: click.Context, config_file: Path | None, state_dir: Path | None, plugins: tuple[str, ...]
) -> None:
    """Collect integrity evidence from this host, sign it, verify it.

    \b
    Example:
      xrattest attest --nonce 1580 -o envelope.json
      xrattest pki certificate export --root -o root.pem
      xrattest verify envelope.json --trust-anchor root.pem --nonce 1580
    """  # noqa: D301 - click's \b keeps the example's lines
    ctx.obj = App(config_file=config_file, state_dir=state_dir, plugins=plugins)
