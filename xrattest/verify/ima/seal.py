"""What the envelope around a dossier says that its evidence must match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xrattest.errors import QuoteError
from xrattest.tpm import envelope_extra_data


@dataclass(frozen=True, slots=True)
class Seal:
    """Nonce and signing key of an envelope."""

    nonce: bytes
    """Decoded; empty for none."""
    leaf_spki: bytes | None
    """DER SubjectPublicKeyInfo of the certificate that the signature was judged with; None when there is none."""

    def extra_data(self, binding: Literal["envelope", "nonce"]) -> bytes:
        """Return what a quote must have been asked to sign along. Raises `QuoteError` (`no-nonce`, `no-signer`)."""
        if binding == "nonce":
            if not self.nonce:
                raise QuoteError("no-nonce", "the envelope has no nonce that a quote could answer")
            return self.nonce
        if self.leaf_spki is None:
            raise QuoteError("no-signer", "there is no signing certificate that a quote could name")
        return envelope_extra_data(self.nonce, self.leaf_spki)


UNSEALED = Seal(b"", None)
"""No envelope: no quote can be bound to it."""
