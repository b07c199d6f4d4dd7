"""`xrattest pki trustpoint`: enroll, list, show, delete."""

from __future__ import annotations

from typing import Any

import click

from xrattest.cli.columns import columns
from xrattest.cli.confirm import confirm
from xrattest.cli.options import App, print_json, this_app
from xrattest.config.trustpoint import SYSTEM_TRUSTPOINT
from xrattest.errors import PkiError
from xrattest.pki.trustpoint import TrustpointStore


@click.group()
def trustpoint() -> None:
    """Trustpoints: a key pair, its names and its certificates."""


@trustpoint.command()
@click.argument("name", default=SYSTEM_TRUSTPOINT)
@click.option("--new-root", is_flag=True, help="Make a new root as well. Verifiers must then be given it.")
def enroll(name: str, *, new_root: bool) -> None:
    """Issue a certificate for the trustpoint's key; the first time, make keys and root too.

    Run again, it re-keys: the leaf is issued anew, with the next serial number, for the key that is there now; the root stays,
    so verifiers notice nothing.

    \b
    Example:
      xrattest pki trustpoint enroll
      xrattest pki key generate rsa system-enroll-key --yes && xrattest pki trustpoint enroll
    """  # noqa: D301 - click's \b keeps the example's lines
    from datetime import UTC, datetime

    from xrattest.pki.display import trustpoint_text
    from xrattest.pki.enroll_self import enroll as enroll_trustpoint

    app = this_app()
    done = enroll_trustpoint(app.locations.state_dir, app.settings, name, new_root=new_root)
    for note in done.notes:
        click.echo(note, err=True)
    if done.new_root:
        click.echo("self-signed: this proves plumbing, not trust, until a verifier holds the root "
                         "(`xrattest pki certificate export --root`)", err=True)  # fmt: skip
    click.echo(trustpoint_text(done.trustpoint, datetime.now(UTC)), nl=False)


@trustpoint.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_trustpoints(*, as_json: bool) -> None:
    """List trustpoints, configured and enrolled.

    \b
    Example:
      xrattest pki trustpoint list
    """  # noqa: D301 - click's \b keeps the example's lines
    app = this_app()
    names = sorted({*app.settings.trustpoints, *TrustpointStore(app.locations.state_dir).names()})
    rows = [_summary(app, name) for name in names]
    if as_json:
        print_json(rows)
        return
    titles = ("name", "state", "key", "leaf-serial", "leaf-end")
    click.echo(columns(titles, ([row[title] for title in titles] for row in rows)), nl=False)


@trustpoint.command()
@click.argument("name", default=SYSTEM_TRUSTPOINT)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def show(name: str, *, as_json: bool) -> None:
    """Show a trustpoint's settings and state.

    \b
    Example:
      xrattest pki trustpoint show system-trustpoint --json
    """  # noqa: D301 - click's \b keeps the example's lines
    app = this_app()
    summary = _summary(app, name)
    if summary["state"] == "unknown":
        raise PkiError(
            f"no trustpoint {name} is configured or enrolled: `xrattest pki trustpoint list` lists them"
        )
    configured = app.settings.trustpoints.get(name)
    settings = None if configured is None else configured.model_dump(mode="json", by_alias=True)
    if as_json:
        print_json({**summary, "settings": settings})
        return
    for title, value in summary.items():
        click.echo(f"{title:30}: {value if value is not None else '-'}")
    for title, value in (settings or {}).items():
        click.echo(f"{title:30}: {_plain(value)}")


@trustpoint.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, *, yes: bool) -> None:
    """Remove a trustpoint's certificates and serial counter; keys and settings stay.

    \b
    Example:
      xrattest pki trustpoint delete lab --yes
    """  # noqa: D301 - click's \b keeps the example's lines
    store = TrustpointStore(this_app().locations.state_dir)
    if not store.path(name).exists():
        raise PkiError(f"trustpoint {name} is not enrolled: nothing to delete")
    confirm(
        f"Delete the certificates of {name}? Verifiers that hold its root must be given a new one.", yes=yes
    )
    with store.lock():
        store.delete(name)
    click.echo(f"deleted trustpoint {name}")


def _summary(app: App, name: str) -> dict[str, Any]:
    found = TrustpointStore(app.locations.state_dir).find(name)
    configured = app.settings.trustpoints.get(name)
    leaf = found.leaf if found is not None else None
    state = (
        "enrolled"
        if leaf is not None
        else "unknown"
        if found is None and configured is None
        else "not enrolled"
    )
    return {
        "name": name,
        "state": state,
        "configured": configured is not None,
        "key": None if configured is None else f"{configured.keypair.type.value} {configured.keypair.label}",
        "leaf-serial": None if leaf is None else str(leaf.serial_number),
        "leaf-end": None if leaf is None else f"{leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    }


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
