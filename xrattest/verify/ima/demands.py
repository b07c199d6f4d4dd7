"""What a verifier asks of IMA logs, beyond their being there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xrattest.envelope import OpenedEnvelope
from xrattest.errors import EnvelopeError
from xrattest.ima.signatures import Key
from xrattest.tpm import AttestationKey
from xrattest.verify.ima.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class ImaDemands:
    """One member per thing that can be asked for; the default asks for nothing, and its check is then a skip."""

    attestation_keys: tuple[AttestationKey, ...] = ()
    """Keys one of which must have signed each node's quote."""
    quote_binding: Literal["envelope", "nonce"] = "envelope"
    """What the quote's extraData must be: the value that names nonce and signing key, or the bare nonce."""
    file_signers: tuple[Key, ...] = ()
    """Keys that sign files; with any, `ima.signatures` is required."""
    rules: Rules | None = None
    """How entries are judged: `ima.reference-values` where they name references, `ima.violations` always."""
    previous: tuple[OpenedEnvelope | EnvelopeError, ...] = ()
    """Envelopes before the one that is judged, oldest first: the list has to go on from the last of them."""


NOTHING_ASKED = ImaDemands()
"""The default."""
