"""What the envelope needs from a key: declared here, satisfied by `xrattest.pki`, introduced to each other by `cli`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Signer(Protocol):
    """A private key with its certificate chain."""

    @property
    def algorithm(self) -> str:
        """The `digest-algorithm` of the envelope, such as `RSA-SHA256` or `ED25519` (formats: envelope, version 01)."""

    @property
    def serial_number(self) -> int:
        """Serial number of the leaf certificate; its decimal form is the envelope's `pub-key-id`."""

    @property
    def chain(self) -> Sequence[bytes]:
        """DER certificates, root first, leaf last."""

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign a message by its digest (RSA, ECDSA, DSA). Raises `PkiError`."""

    def sign_message(self, message: bytes | memoryview) -> bytes:
        """Sign a whole message (Ed25519, which has no prehash form here). Raises `PkiError`."""
