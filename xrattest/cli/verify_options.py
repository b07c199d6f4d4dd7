"""Options of `xrattest verify` that name what vouches for the evidence inside an envelope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xrattest.errors import InputError, QuoteError

if TYPE_CHECKING:
    from xrattest.tpm import AttestationKey

attestation_keys_option = click.option(
    "--ak",
    "attestation_keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A TPM's attestation key that must have signed each node's quote (repeatable): its public area (tpm2_createak -u), "
    "or PEM or DER, which do not say what the key may sign.",
)
quote_binding_option = click.option(
    "--quote-binding",
    type=click.Choice(["envelope", "nonce"]),
    default="envelope",
    show_default=True,
    help="What a quote must answer: nonce and signing key (`pki quote-nonce`), or the bare nonce, which any machine's TPM answers.",
)


def load_attestation_keys(paths: Sequence[Path]) -> tuple[AttestationKey, ...]:
    """Return the keys in `paths`. Raises `InputError` with the path (no key, or one that may not sign quotes), `OSError`."""
    from xrattest.tpm import MAX_INPUT, load_key

    keys = []
    for path in paths:
        with path.open("rb") as file:
            content = file.read(MAX_INPUT + 1)
        try:
            keys.append(load_key(content))
        except (InputError, QuoteError) as error:
            raise InputError(f"{path}: {error}") from error
    return tuple(keys)
