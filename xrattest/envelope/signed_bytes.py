r"""What a signature is made over: one function per signature version gives the bytes before the text.

Version 01 signs `nonce bytes ‖ 00 00 00 01 ‖ UTF-8 of the decoded cli-output`. Nonce and text have no length of their own, so
the bytes alone could be read in two ways: nonce `X` with a text that starts `Y\0\0\0\1`, or nonce `X ‖ 00000001 ‖ Y` with the
rest. The first reading needs U+0000 in the text. Signer and reader refuse that character, so the last zero byte ends the
version and one reading is left.

The text lies in a file and is never held: RSA, ECDSA and DSA sign a digest, and for Ed25519, which has to see the whole message
twice, prefix and text are put into an unlinked file and mapped, so that its pages belong to the file system, not to this process.
"""

from __future__ import annotations

import mmap
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from xrattest import strictjson
from xrattest.envelope.algorithms import Algorithm
from xrattest.envelope.nonce import nonce_bytes
from xrattest.errors import EnvelopeError


def _prefix_01(nonce: bytes) -> bytes:
    return nonce + (1).to_bytes(4, "big")


VERSIONS: dict[str, Callable[[bytes], bytes]] = {"01": _prefix_01}
"""By `signature-version`: nonce bytes to the signed bytes before the text."""

CURRENT = "01"
"""The version that is written."""


def prefix(version: str, nonce: str | None) -> bytes:
    """Return the signed bytes that come before the text. Raises `EnvelopeError` (unknown version), `ValueError` (nonce)."""
    try:
        build = VERSIONS[version]
    except KeyError:
        raise EnvelopeError(f"signature-version {version[:64]!r} is none of {', '.join(VERSIONS)}") from None
    return build(nonce_bytes(nonce))


@contextmanager
def signed_input(algorithm: Algorithm, before: bytes, text: Path) -> Iterator[bytes | memoryview]:
    """Yield what the algorithm signs of `before` and the file `text`: their digest, or the message itself, mapped.

    The message is gone when the block ends. The temporary file for it lies beside `text`. Raises `OSError`.
    """
    if algorithm.digest is not None:
        yield strictjson.digest_with_prefix(before, text, algorithm.digest)
        return
    # Resolved, since a file without a name is given as /proc/self/fd/N, beside which nothing can be made.
    with tempfile.TemporaryFile(dir=text.resolve().parent) as message:
        message.write(before)
        with text.open("rb") as source:
            shutil.copyfileobj(source, message, 1 << 20)
        message.flush()
        with mmap.mmap(message.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            yield view
