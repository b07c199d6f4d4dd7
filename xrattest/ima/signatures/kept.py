"""Judgements kept: a list repeats its signatures, and the public-key operation is what they cost."""

from __future__ import annotations

from functools import lru_cache

from xrattest.ima.signatures.judging import Measured, judge_file_signature
from xrattest.ima.signatures.keys import Key, Keyring
from xrattest.ima.signatures.modsig import judge_modsig
from xrattest.ima.signatures.outcomes import Judgement
from xrattest.ima.signatures.portable import InodeFields, judge_portable

KEPT = 16_384
"""Judgements of each kind that are kept, the least recently used leave first."""

KEPT_BYTES = 8 << 10
"""Largest content that is kept: an ML-DSA signature with attributes fits, a hostile field of megabytes does not."""


def fits(*contents: bytes | None) -> bool:
    """Tell whether contents of an entry are few enough bytes to be kept."""
    return sum(len(content) for content in contents if content) <= KEPT_BYTES


class Judges:
    """The judgements of one keyring; what is equal in digest and signature is judged once."""

    def __init__(self, keyring: Keyring) -> None:
        """Judge by `keyring`, to which only `add` adds from here on."""
        self._keyring = keyring
        self.kept_file = lru_cache(KEPT)(self._judge_file)
        self._portable = lru_cache(KEPT)(self._judge_portable)
        self._modsig = lru_cache(KEPT)(self._judge_modsig)

    def add(self, key: Key) -> None:
        """Add a key; what was unknown may now be known. Raises `InputError` when the keyring is full."""
        self._keyring.add(key)
        for kept in (self.kept_file, self._portable, self._modsig):
            kept.cache_clear()

    def file(
        self, algorithm: str | None, digest_type: str | None, digest: bytes | None, value: bytes
    ) -> Judgement:
        """Judge as `judge_file_signature`."""
        if not fits(digest, value):
            return self._judge_file(algorithm, digest_type, digest, value)
        return self.kept_file(algorithm, digest_type, digest, value)

    def portable(self, measured: Measured, value: bytes, fields: InodeFields) -> Judgement:
        """Judge as `judge_portable`."""
        judge = self._portable if fits(measured.digest, value, *fields) else self._judge_portable
        return judge(measured, value, fields)

    def modsig(self, measured: Measured, message: bytes) -> Judgement:
        """Judge as `judge_modsig`."""
        if not fits(measured.digest, message):
            return self._judge_modsig(measured, message)
        return self._modsig(measured, message)

    def _judge_file(
        self, algorithm: str | None, digest_type: str | None, digest: bytes | None, value: bytes
    ) -> Judgement:
        return judge_file_signature(self._keyring, Measured(algorithm, digest_type, digest), value)

    def _judge_portable(self, measured: Measured, value: bytes, fields: InodeFields) -> Judgement:
        return judge_portable(self._keyring, measured, value, fields)

    def _judge_modsig(self, measured: Measured, message: bytes) -> Judgement:
        return judge_modsig(self._keyring, measured, message)
