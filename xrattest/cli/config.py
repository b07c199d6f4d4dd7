"""`xrattest config`: show, change and roll back the one configuration."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import click

from xrattest.cli.columns import columns
from xrattest.cli.options import App, print_json, this_app
from xrattest.errors import ConfigError

if TYPE_CHECKING:
    from xrattest.config.document import Sections
    from xrattest.config.store import ConfigStore

label_option = click.option("--label", metavar="TEXT", help="A short name for the commit.")
comment_option = click.option("--comment", metavar="TEXT", help="Why.")


@click.group()
def config() -> None:
    """The one configuration and its commits.

    \b
    Example:
      xrattest config set trustpoints.system-trustpoint.lifetime-certificate 300
      xrattest config diff
      xrattest config rollback 1000000001
    """  # noqa: D301 - click's \b keeps the example's lines


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--written", is_flag=True, help="The file as it is, comments included, without the defaults.")
def show(*, as_json: bool, written: bool) -> None:
    """Show the configuration in force, defaults included.

    \b
    Example:
      xrattest config show --json
    """  # noqa: D301 - click's \b keeps the example's lines
    import tomlkit

    from xrattest.config.document import parse

    store = _store(this_app(), judge_sections=False)
    in_force = store.load().model_dump(mode="json", by_alias=True, exclude_none=not as_json)
    if written:
        print_json(parse(store.text())) if as_json else click.echo(store.text(), nl=False)
    elif as_json:
        print_json(in_force)
    else:
        click.echo(tomlkit.dumps(in_force), nl=False)


@config.command("set")
@click.argument("key")
@click.argument("value", required=False)
@click.option("--delete", is_flag=True, help="Remove KEY, so that its default holds again.")
@label_option
@comment_option
def set_key(key: str, value: str | None, label: str | None, comment: str | None, *, delete: bool) -> None:
    """Set KEY, a dotted path, to VALUE (TOML, or a bare string), as a commit.

    \b
    Example:
      xrattest config set hostname lab1
      xrattest config set plugins.block '["reboot"]' --comment "not on this host"
      xrattest config set trustpoints.system-trustpoint.keypair '{type = "ed25519", label = "system-enroll-key"}'
      xrattest config set --delete hostname
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.config.document import parse_value

    if delete == (value is not None):
        raise click.UsageError("give KEY and VALUE, or --delete KEY")
    store = _store(this_app())
    if value is None:
        done = store.delete(key, user=who(), label=label, comment=comment)
    else:
        done = store.set(key, parse_value(value), user=who(), label=label, comment=comment)
    click.echo(f"committed {done.id}")


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def history(*, as_json: bool) -> None:
    """List the commits, newest first.

    \b
    Example:
      xrattest config history
    """  # noqa: D301 - click's \b keeps the example's lines
    store = _store(this_app(), judge_sections=False)
    commits = [commit.summary() for commit in reversed(store.history())]
    if as_json:
        print_json(commits)
        return
    titles = ("id", "time", "user", "client", "label", "comment")
    if commits:
        click.echo(columns(titles, ([commit[title] for title in titles] for commit in commits)), nl=False)
    else:
        click.echo("no commits")
    if store.hand_edited():
        click.echo(
            "the file was edited by hand since; the next `config` command that writes adopts it", err=True
        )


@config.command()
@click.argument("older", required=False)
@click.argument("newer", required=False)
def diff(older: str | None, newer: str | None) -> None:
    """Show what changed: the last commit, from commit OLDER to the file, or from OLDER to NEWER.

    \b
    Example:
      xrattest config diff 1000000001 1000000003
    """  # noqa: D301 - click's \b keeps the example's lines
    store = _store(this_app(), judge_sections=False)
    if older is None:
        commits = store.history()
        if not commits:
            raise ConfigError("no commits: nothing to compare")
        click.echo(commits[-1].diff, nl=False)
        return
    click.echo(store.diff(older, newer), nl=False)


@config.command()
@click.argument("commit")
@label_option
@comment_option
def rollback(commit: str, label: str | None, comment: str | None) -> None:
    """Make the configuration what it was after COMMIT, as a new commit.

    \b
    Example:
      xrattest config rollback 1000000001
    """  # noqa: D301 - click's \b keeps the example's lines
    reason = comment or f"rollback to {commit}"
    done = _store(this_app()).rollback(commit, user=who(), label=label, comment=reason)
    click.echo(f"committed {done.id}")


def who() -> str:
    """Return the user who runs this; with sudo, the one behind root as well."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo {behind})" if behind and behind != name else name


def _store(app: App, *, judge_sections: bool = True) -> ConfigStore:
    from xrattest.config.store import ConfigStore

    return ConfigStore.at(app.locations, sections=plugin_sections(app) if judge_sections else None)


def plugin_sections(app: App) -> Sections:
    """Return the models of the sections that loaded plugins declare; none while the configuration is broken."""
    try:
        _ = app.settings
    except ConfigError:
        # A command that mends the configuration must not need it; the sections are judged at the next commit.
        return {}
    return {section.name: section.model for section in app.host.sections()}
