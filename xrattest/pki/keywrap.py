"""A private key under a passphrase: scrypt, then AES-256-GCM; versioned, every byte of the header authenticated.

PKCS#8's own encryption is not used: the library's rounds for it (2048 of PBKDF2) let a passphrase be guessed cheaply.

```
container = "XRAK" ‖ version u8 = 1 ‖ log2(n) u8 ‖ r u8 = 8 ‖ p u8 = 1 ‖ salt[16] ‖ nonce[12] ‖ ciphertext ‖ tag[16]
key       = scrypt(passphrase, salt, n, r, p) of 32 bytes (RFC 7914)
AAD       = the container up to the nonce, nonce included ‖ context
```

`context` is what the caller binds to the key (label, kind, public key): a container moved under another label does not open.
"""

from __future__ import annotations

import secrets
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from xrattest.errors import PkiError

MAGIC = b"XRAK"
VERSION = 1
LOG2_N = 17
"""n = 2^17 with r = 8 takes 128 MiB and about half a second: once per command for us, per guess for a thief."""

_R, _P = 8, 1
_LOG2_N_RANGE = range(14, 21)
_HEAD = struct.Struct(">4sBBBB16s12s")
_TAG = 16
MAX_CONTAINER = 64 * 1024


def wrap(secret: bytes, passphrase: bytes, context: bytes, *, log2_n: int = LOG2_N) -> bytes:
    """Return the container of `secret`. Raises `ValueError` for a cost outside 2^14 to 2^20."""
    if log2_n not in _LOG2_N_RANGE:
        raise ValueError(f"log2(n) {log2_n} is not in {_LOG2_N_RANGE}")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    head = _HEAD.pack(MAGIC, VERSION, log2_n, _R, _P, salt, nonce)
    return head + AESGCM(_derive(passphrase, salt, log2_n)).encrypt(nonce, secret, head + context)


def unwrap(container: bytes, passphrase: bytes, context: bytes) -> bytes:
    """Return the secret in `container`.

    Raises `PkiError`: no container, another version, a cost outside the limits (it would take the reader's memory), or a
    passphrase that does not open it. A wrong passphrase and a changed container cannot be told apart.
    """
    if (
        len(container) < _HEAD.size + _TAG
        or len(container) > MAX_CONTAINER
        or not container.startswith(MAGIC)
    ):
        raise PkiError("no wrapped key")
    head, sealed = container[: _HEAD.size], container[_HEAD.size :]
    _, version, log2_n, r, p, salt, nonce = _HEAD.unpack(head)
    if version != VERSION:
        raise PkiError(f"wrapped key of version {version}, not {VERSION}")
    if log2_n not in _LOG2_N_RANGE or (r, p) != (_R, _P):
        raise PkiError(f"wrapped key with scrypt parameters n=2^{log2_n} r={r} p={p} that are not ours")
    try:
        return AESGCM(_derive(passphrase, salt, log2_n)).decrypt(nonce, sealed, head + context)
    except InvalidTag:
        raise PkiError("wrong passphrase, or the wrapped key was changed") from None


def _derive(passphrase: bytes, salt: bytes, log2_n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log2_n, r=_R, p=_P).derive(passphrase)
