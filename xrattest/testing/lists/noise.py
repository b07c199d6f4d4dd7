"""A stream of bytes that a seed fixes for good, whatever the version of Python."""

from __future__ import annotations

import hashlib

_BLOCK = 1 << 20


class Noise:
    """Bytes of SHAKE-128 over the seed and a counter; the same seed gives the same bytes everywhere."""

    def __init__(self, seed: int) -> None:
        self._seed = b"xrattest list %d block " % seed
        self._counter = 0
        self._block = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, at most 1 MiB."""
        at = self._at
        if at + count > len(self._block):
            digest = hashlib.shake_128(self._seed + b"%d" % self._counter).digest(_BLOCK)
            self._block, self._counter, at = digest, self._counter + 1, 0
        self._at = at + count
        return self._block[at : at + count]

    def below(self, bound: int) -> int:
        """Return a number from 0 to `bound` - 1; even enough for bounds far below 2**32."""
        return int.from_bytes(self.take(4), "little") % bound
