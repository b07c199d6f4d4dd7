"""What a terminal would obey is spelled out; everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.terminal import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("naïve ✓", "naïve ✓"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("\u202egnp", "\\u202egnp"),
        ("\udc80", "\\udc80"),
    ],
)
def test_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_always_printable(text: str) -> None:
    assert printable(text).isprintable()
