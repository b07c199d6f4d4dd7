"""`xrattest pki quote-nonce`."""

from __future__ import annotations

import click

from xrattest.cli.options import this_app
from xrattest.config.trustpoint import SYSTEM_TRUSTPOINT
from xrattest.envelope.nonce import nonce_bytes
from xrattest.errors import PkiError
from xrattest.pki.trustpoint import TrustpointStore


@click.command("quote-nonce")
@click.option(
    "--nonce",
    required=True,
    metavar="HEX",
    help="The verifier's challenge, the one that `attest` gets: 2 to 128 lower-case hex digits, an even number of them.",
)
@click.option(
    "--trustpoint",
    default=SYSTEM_TRUSTPOINT,
    show_default=True,
    metavar="T",
    help="Whose key will sign the envelope.",
)
def quote_nonce(nonce: str, trustpoint: str) -> None:
    """Print what a TPM must be asked to sign along, so that its quote belongs to one envelope (tpm2_quote -q).

    It is a digest over the nonce and the key of the envelope: a quote over the bare nonce could be any machine's.

    \b
    Example:
      xrattest pki quote-nonce --nonce 1580
    """  # noqa: D301 - click's \b keeps the example's lines
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from xrattest.tpm import envelope_extra_data

    try:
        challenge = nonce_bytes(nonce)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--nonce") from error
    leaf = TrustpointStore(this_app().locations.state_dir).get(trustpoint).leaf
    if leaf is None:
        raise PkiError(
            f"trustpoint {trustpoint} has no certificate: `xrattest pki trustpoint enroll {trustpoint}` makes one"
        )
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    click.echo(envelope_extra_data(challenge, spki).hex())
