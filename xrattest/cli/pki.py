"""`xrattest pki`: keys, trustpoints, certificates."""

from __future__ import annotations

import click

from xrattest.cli.pki_certificates import certificate
from xrattest.cli.pki_keys import key
from xrattest.cli.pki_quote_nonce import quote_nonce
from xrattest.cli.pki_trustpoints import trustpoint


@click.group()
def pki() -> None:
    """Keys, trustpoints and certificates of this host.

    \b
    Example:
      xrattest pki trustpoint enroll
      xrattest pki certificate export --root -o root.pem
    """  # noqa: D301 - click's \b keeps the example's lines


pki.add_command(key)
pki.add_command(trustpoint)
pki.add_command(certificate)
pki.add_command(quote_nonce)
