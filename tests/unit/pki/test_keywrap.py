"""The container of a private key: round trip, tampering, limits."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest.errors import PkiError
from xrattest.pki import keywrap
from xrattest.pki.keywrap import unwrap, wrap

FAST = 14


@settings(max_examples=15, deadline=None)
@given(st.binary(max_size=300), st.binary(min_size=1, max_size=40), st.binary(max_size=40))
def test_round_trip(secret, passphrase, context):
    container = wrap(secret, passphrase, context, log2_n=FAST)
    assert unwrap(container, passphrase, context) == secret
    assert secret not in container or len(secret) < 4


def test_two_containers_of_one_secret_differ():
    assert wrap(b"k", b"p", b"", log2_n=FAST) != wrap(b"k", b"p", b"", log2_n=FAST)


def test_the_default_cost_is_the_documented_one():
    started = time.process_time()
    container = wrap(b"k", b"passphrase", b"")
    assert container[5] == 17
    assert time.process_time() - started > 0.05
    assert unwrap(container, b"passphrase", b"") == b"k"


def test_wrong_passphrase_or_context():
    container = wrap(b"k", b"right one", b"label a", log2_n=FAST)
    for passphrase, context in ((b"wrong one", b"label a"), (b"right one", b"label b"), (b"", b"label a")):
        with pytest.raises(PkiError, match="wrong passphrase"):
            unwrap(container, passphrase, context)


def test_every_changed_byte_is_noticed():
    container = wrap(b"private", b"passphrase", b"c", log2_n=FAST)
    for position in range(len(container)):
        changed = bytearray(container)
        changed[position] ^= 1 << position % 8
        with pytest.raises(PkiError):
            unwrap(bytes(changed), b"passphrase", b"c")


def test_truncation_and_length():
    container = wrap(b"private", b"passphrase", b"c", log2_n=FAST)
    for content in (
        b"",
        container[:-1],
        container[:40],
        container + b"\0",
        b"\0" * 100,
        container + b"\0" * keywrap.MAX_CONTAINER,
    ):
        with pytest.raises(PkiError):
            unwrap(content, b"passphrase", b"c")


@pytest.mark.parametrize("log2_n", [0, 13, 21, 40, 255])
def test_a_cost_that_would_take_the_readers_memory_is_refused_before_it_is_paid(log2_n):
    container = bytearray(wrap(b"k", b"passphrase", b"", log2_n=FAST))
    container[5] = log2_n
    with pytest.raises(PkiError, match="not ours"):
        unwrap(bytes(container), b"passphrase", b"")
    with pytest.raises(ValueError, match="not in"):
        wrap(b"k", b"p", b"", log2_n=log2_n)
