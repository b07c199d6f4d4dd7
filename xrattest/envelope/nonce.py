"""The verifier's challenge: 2 to 128 lower-case hex digits, an even number of them."""

from __future__ import annotations

import re

_NONCE = re.compile(r"(?:[0-9a-f]{2}){1,64}")


def nonce_bytes(nonce: str | None) -> bytes:
    """Return the 0 to 64 bytes that a nonce stands for; an absent one stands for none. Raises `ValueError`."""
    if nonce is None:
        return b""
    if _NONCE.fullmatch(nonce) is None:
        raise ValueError("a nonce is 2 to 128 lower-case hex digits, an even number of them")
    return bytes.fromhex(nonce)
