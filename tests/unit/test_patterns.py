"""Patterns of a verifier against paths of whoever is verified."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.patterns import Patterns


def test_the_first_that_matches_is_told_globs_before_regexes():
    patterns = Patterns(["/usr/*", "/usr/**"], ["/.*"])
    assert patterns.first(b"/usr/bin") == "/usr/*"
    assert patterns.first(b"/usr/bin/sh") == "/usr/**"
    assert patterns.first(b"/etc/\xff\n") == "/.*"
    assert patterns.first(b"etc") is None


def test_no_pattern_matches_nothing():
    assert Patterns().first(b"") is None
    assert not Patterns()
    assert Patterns([""]).first(b"") == ""


@pytest.mark.parametrize("regex", ["(", r"(a)\1", "(?=a)", "a)|(b", "(?<=x)y", "(?x) a # no end"])
def test_what_cannot_be_matched_in_linear_time_is_refused(regex):
    with pytest.raises(ValueError, match=re.escape(regex.split()[0][:1])):
        Patterns(regexes=[regex])


def test_too_many_or_too_large_are_refused():
    with pytest.raises(ValueError, match="more than 10000"):
        Patterns(["a"] * 10_001)
    with pytest.raises(ValueError, match="bytes"):
        Patterns(["a" * (1 << 20) + "b"])
    with pytest.raises(ValueError, match="size"):
        Patterns(regexes=["((a{1000}){1000}){1000}"])


def test_a_pattern_that_backtracking_engines_never_finish():
    assert Patterns(regexes=["(a+)+b", "(a|a)*c", "(.*)*d"]).first(b"a" * 100_000) is None


@given(st.text(st.characters(codec="ascii", exclude_characters="\n"), max_size=12), st.binary(max_size=12))
def test_literal_patterns_agree_with_comparison(text, other):
    patterns = Patterns(regexes=[re.escape(text)])
    assert patterns.first(text.encode()) is not None
    assert (patterns.first(other) is not None) == (other == text.encode())
