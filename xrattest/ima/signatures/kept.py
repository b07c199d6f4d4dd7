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


class Judges:
    """The judgements of one keyring; what is equal in digest and signature is judged once."""

    def __init__(self, keyring: Keyring) -> None:
        """Judge by `keyring`, to which only `add` adds from here on."""
        self._keyring = keyring
        self._file = lru_cache(KEPT)(self._judge_file)
        self._portable = lru_cache(KEPT)(self._judge_portable)
        self._modsig = lru_cache(KEPT)(self._judge_modsig)

    def add(self, key: Key) -> None:
        """Add a key; what was unknown may now be known. Raises `InputError` when the keyring is full."""
        self._keyring.add(key)
        for kept in (self._file, self._portable, self._modsig):
            kept.cache_clear()

    def file(self, measured: Measured, value: bytes) -> Judgement:
        """Judge as `judge_file_signature`."""
        if len(value) + len(measured.digest or b"") > KEPT_BYTES:
            return self._judge_file(measured, value)
        return self._file(measured, value)

    def portable(self, measured: Measured, value: bytes, fields: InodeFields) -> Judgement:
        """Judge as `judge_portable`."""
        size = len(value) + len(measured.digest or b"") + sum(len(field or b"") for field in fields)
        return (self._judge_portable if size > KEPT_BYTES else self._portable)(measured, value, fields)

    def modsig(self, measured: Measured, message: bytes) -> Judgement:
        """Judge as `judge_modsig`."""
        if len(message) + len(measured.digest or b"") > KEPT_BYTES:
            return self._judge_modsig(measured, message)
        return self._modsig(measured, message)

    def _judge_file(self, measured: Measured, value: bytes) -> Judgement:
        return judge_file_signature(self._keyring, measured, value)

    def _judge_portable(self, measured: Measured, value: bytes, fields: InodeFields) -> Judgement:
        return judge_portable(self._keyring, measured, value, fields)

    def _judge_modsig(self, measured: Measured, message: bytes) -> Judgement:
        return judge_modsig(self._keyring, measured, message)
