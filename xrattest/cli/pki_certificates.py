"""`xrattest pki certificate`: show, export, clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from xrattest.cli.confirm import confirm
from xrattest.cli.options import output_file, output_option, print_json, this_app
from xrattest.config.trustpoint import SYSTEM_TRUSTPOINT
from xrattest.errors import PkiError
from xrattest.pki.trustpoint import TrustpointStore


@click.group()
def certificate() -> None:
    """Certificates of this host's trustpoints."""


@certificate.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def show(name: str | None, *, as_json: bool) -> None:
    """Show the certificates of one trustpoint, or of all.

    \b
    Example:
      xrattest pki certificate show system-trustpoint
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.pki.display import trustpoint_json, trustpoint_text

    store = TrustpointStore(this_app().locations.state_dir)
    found = [store.get(one) for one in ([name] if name else store.names())]
    if as_json:
        print_json([trustpoint_json(one) for one in found])
        return
    now = datetime.now(UTC)
    click.echo("\n".join(trustpoint_text(one, now) for one in found) or "no certificates", nl=not found)


@certificate.command()
@click.option(
    "--root", "part", flag_value="root", help="The root: what a verifier takes as its trust anchor."
)
@click.option("--leaf", "part", flag_value="leaf", help="The certificate of the signing key.")
@click.option("--chain", "part", flag_value="chain", default="chain", help="Both, leaf first. [default]")
@click.option(
    "--trustpoint", default=SYSTEM_TRUSTPOINT, show_default=True, metavar="T", help="Whose certificates."
)
@output_option
def export(part: str, trustpoint: str, output: Path | None) -> None:
    """Write certificates as PEM.

    \b
    Example:
      xrattest pki certificate export --root -o root.pem
    """  # noqa: D301 - click's \b keeps the example's lines
    from cryptography.hazmat.primitives.serialization import Encoding

    found = TrustpointStore(this_app().locations.state_dir).get(trustpoint)
    wanted = {"root": (found.root,), "leaf": (found.leaf,), "chain": (found.leaf, found.root)}[part]
    if None in wanted:
        raise PkiError(f"trustpoint {trustpoint} has no {part} to export: "
                       f"`xrattest pki trustpoint enroll {trustpoint}` makes one")  # fmt: skip
    with output_file(output) as file:
        file.writelines(one.public_bytes(Encoding.PEM) for one in wanted if one is not None)


@certificate.command()
@click.argument("name", default=SYSTEM_TRUSTPOINT)
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear(name: str, *, yes: bool) -> None:
    """Remove the certificates of a trustpoint; keys stay, and the serial counter too.

    \b
    Example:
      xrattest pki certificate clear system-trustpoint --yes
    """  # noqa: D301 - click's \b keeps the example's lines
    store = TrustpointStore(this_app().locations.state_dir)
    store.get(name)
    confirm(
        f"Clear the certificates of {name}? Verifiers that hold its root must be given a new one.", yes=yes
    )
    with store.lock():
        store.save(replace(store.get(name), root=None, leaf=None))
    click.echo(f"cleared the certificates of {name}")
