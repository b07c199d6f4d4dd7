"""What ties a quote to one envelope: its extraData.

A quote over a bare nonce says that some TPM answered a challenge. That TPM need not be in the machine that signed the
envelope, so the value that is quoted names the envelope's key too.
"""

from __future__ import annotations

import hashlib
import struct

_DOMAIN = b"xrattest.quote\x00"


def envelope_extra_data(nonce: bytes, leaf_spki: bytes) -> bytes:
    """Return the 32 bytes of extraData that bind a quote to the envelope of `nonce` and a signing key.

    `SHA-256("xrattest.quote" 00 ‖ length of nonce u32 ‖ nonce ‖ SHA-256(leaf_spki))`, the length big-endian; `nonce` decoded,
    empty for none; `leaf_spki` the DER SubjectPublicKeyInfo of the signing certificate.
    """
    key = hashlib.sha256(leaf_spki).digest()
    return hashlib.sha256(_DOMAIN + struct.pack(">I", len(nonce)) + nonce + key).digest()
