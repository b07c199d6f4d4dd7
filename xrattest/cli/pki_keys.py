"""`xrattest pki key`: make, list and destroy key pairs."""

from __future__ import annotations

import click

from xrattest.cli.confirm import confirm
from xrattest.cli.options import App, print_json, this_app
from xrattest.config.model import KeyKind
from xrattest.config.secrets import resolve
from xrattest.pki.keys import check_label, check_size
from xrattest.pki.keystore import ZEROIZE_NOTE, KeyStore
from xrattest.pki.trustpoint import TrustpointStore

KIND = click.Choice([kind.value for kind in KeyKind])


@click.group()
def key() -> None:
    """Key pairs of this host, by kind and label."""


@key.command()
@click.argument("kind", type=KIND)
@click.argument("label", default="")
@click.option(
    "--size", type=int, metavar="BITS", help="RSA: 2048 to 4096; DSA: 2048, 3072, 4096. [default: 2048]"
)
@click.option(
    "--legacy", is_flag=True, help="Allow 1024 bits for RSA and DSA. Verifiers call such a key weak."
)
@click.option("--passphrase", metavar="REF", help="Encrypt the private key: file:/path, credential:NAME or env:NAME. "
              "[default: that of the trustpoint which names the key]")  # fmt: skip
@click.option("--yes", is_flag=True, help="Replace a key of that label without asking.")
def generate(
    kind: str, label: str, size: int | None, passphrase: str | None, *, legacy: bool, yes: bool
) -> None:
    """Make a key pair; without LABEL it is called the_default.

    \b
    Example:
      xrattest pki key generate rsa system-enroll-key --size 3072
      xrattest pki key generate ed25519
    """  # noqa: D301 - click's \b keeps the example's lines
    app, key_kind = this_app(), KeyKind(kind)
    label = check_label(label)
    check_size(key_kind, size, legacy=legacy)
    store = KeyStore(app.locations.state_dir)
    reference = passphrase or _configured_passphrase(app, key_kind, label)
    secret = None if reference is None else resolve(reference)
    replace = store.exists(key_kind, label)
    if replace:
        confirm(f"There is a {kind} key {label} already: replace it?", yes=yes)
    with TrustpointStore(app.locations.state_dir).lock():
        made = store.generate(key_kind, label, size=size, legacy=legacy, passphrase=secret, replace=replace)
    click.echo(f"generated the {kind} key {made.label}, {made.size} bits")
    if replace:
        _warn_users(app, key_kind, label)


@key.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_keys(*, as_json: bool) -> None:
    """Show the public part of every key pair.

    \b
    Example:
      xrattest pki key list
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.pki.display import key_text

    keys = KeyStore(this_app().locations.state_dir).list()
    if as_json:
        print_json([one.to_json() for one in keys])
        return
    click.echo("\n".join(key_text(one) for one in keys) or "no keys", nl=not keys)


@key.command()
@click.argument("kind", type=KIND)
@click.argument("label", default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
def zeroize(kind: str, label: str, *, yes: bool) -> None:
    """Overwrite and remove a key pair.

    \b
    Example:
      xrattest pki key zeroize rsa mykey --yes
    """  # noqa: D301 - click's \b keeps the example's lines
    app, key_kind = this_app(), KeyKind(kind)
    label = check_label(label)
    store = KeyStore(app.locations.state_dir)
    store.info(key_kind, label) if not yes else None
    confirm(f"Destroy the {kind} key {label}? Nothing brings it back.", yes=yes)
    with TrustpointStore(app.locations.state_dir).lock():
        store.zeroize(key_kind, label)
    click.echo(f"zeroized the {kind} key {label}")
    click.echo(ZEROIZE_NOTE, err=True)
    _warn_users(app, key_kind, label)


def _configured_passphrase(app: App, kind: KeyKind, label: str) -> str | None:
    for settings in app.settings.trustpoints.values():
        if any((pair.type, pair.label) == (kind, label) for pair in (settings.keypair, settings.ca_keypair)):
            return settings.passphrase
    return None


def _warn_users(app: App, kind: KeyKind, label: str) -> None:
    """Say which enrolled trustpoints have a certificate for a key that is gone."""
    store = TrustpointStore(app.locations.state_dir)
    for name, settings in app.settings.trustpoints.items():
        pairs = {
            (settings.keypair.type, settings.keypair.label): "",
            (settings.ca_keypair.type, settings.ca_keypair.label): " --new-root",
        }
        option = pairs.get((kind, label))
        if option is not None and store.find(name) is not None:
            click.echo(f"trustpoint {name} has a certificate for the old key: "
                             f"run `xrattest pki trustpoint enroll {name}{option}`", err=True)  # fmt: skip
