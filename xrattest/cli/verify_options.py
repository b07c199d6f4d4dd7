"""Options of `xrattest verify` that name what vouches for the evidence inside an envelope."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from xrattest.errors import InputError, QuoteError

if TYPE_CHECKING:
    from xrattest.tpm import AttestationKey
    from xrattest.verify.ima import ImaDemands

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_OPTIONS = (
    click.option("--ak", "attestation_keys", type=_FILE, multiple=True, metavar="FILE",
                 help="A TPM's attestation key that must have signed each node's quote (repeatable): its public area "
                 "(tpm2_createak -u), or PEM or DER, which do not say what the key may sign."),
    click.option("--quote-binding", type=click.Choice(["envelope", "nonce"]), default="envelope", show_default=True,
                 help="What a quote must answer: nonce and signing key (`pki quote-nonce`), or the bare nonce, which any "
                 "machine's TPM answers."),
    click.option("--ima-key", "ima_keys", type=_FILE, multiple=True, metavar="CERT",
                 help="Certificates that sign files, DER or PEM (repeatable): every signature in the IMA log must be one of theirs."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vouchers:
    """What the options name."""

    attestation_keys: tuple[Path, ...]
    quote_binding: Literal["envelope", "nonce"]
    ima_keys: tuple[Path, ...]

    def demands(self) -> ImaDemands:
        """Read what is named. Raises `InputError` with the path, `OSError`."""
        from xrattest.ima.signatures import read_keys
        from xrattest.verify.ima import ImaDemands

        return ImaDemands(
            attestation_keys=load_attestation_keys(self.attestation_keys),
            quote_binding=self.quote_binding,
            file_signers=tuple(key for path in self.ima_keys for key in read_keys(path)),
        )


def voucher_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a click command with these options; it gets them as `vouchers`."""

    @functools.wraps(command)
    def gathered(**given: Any) -> Any:  # noqa: ANN401 - whatever the command takes and returns
        vouchers = Vouchers(**{field.name: given.pop(field.name) for field in fields(Vouchers)})
        return command(vouchers=vouchers, **given)

    return functools.reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), gathered)


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
