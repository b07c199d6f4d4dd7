"""Editing TOML text: comments survive, keys are TOML's, values are TOML or bare."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.config import document
from xrattest.errors import ConfigError

TEXT = """\
# who we are
hostname = "a"  # for now

[plugins]
# short
timeout = 10
"""


def test_an_edit_keeps_comments_and_order():
    edited = document.set_key(TEXT, "hostname", "b")
    assert edited == TEXT.replace('"a"', '"b"')
    assert document.set_key(TEXT, "plugins.memory", 512).startswith(TEXT.rstrip("\n"))


def test_a_top_level_key_lands_before_the_tables():
    edited = document.set_key("[plugins]\ntimeout = 10\n", "hostname", "a")
    assert document.parse(edited) == {"hostname": "a", "plugins": {"timeout": 10}}


def test_delete_gives_back_the_default():
    assert document.parse(document.delete_key(TEXT, "plugins.timeout")) == {"hostname": "a", "plugins": {}}
    with pytest.raises(ConfigError, match="not set"):
        document.delete_key(TEXT, "plugins.memory")
    with pytest.raises(ConfigError, match="not set"):
        document.delete_key(TEXT, "hostname.x")


@pytest.mark.parametrize(
    ("written", "value"),
    [("300", 300), ("true", True), ('"x y"', "x y"), ("CN=lab1,C=US", "CN=lab1,C=US"), ("[1, 2]", [1, 2]),
     ("lab1", "lab1"), ("file:/etc/x", "file:/etc/x"), ('{type = "rsa"}', {"type": "rsa"}), ("10.1.1.1", "10.1.1.1")],
)  # fmt: skip
def test_values(written, value):
    assert document.parse_value(written) == value


@pytest.mark.parametrize("written", ["[1, 2", "{a", '"x', "'x"])
def test_what_opens_like_toml_and_is_none_is_refused(written):
    with pytest.raises(ConfigError, match="not a TOML value"):
        document.parse_value(written)


@pytest.mark.parametrize("key", ["", ".", "a.", "a b", "a = 1\nb", "a\n", "a#", "[a]", "a=1,b", '"a'])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(ConfigError):
        document.set_key("", key, 1)


def test_a_quoted_part_may_hold_a_dot():
    assert document.parse_key('plugin."a.b".c') == ("plugin", "a.b", "c")


def test_a_value_is_no_table():
    with pytest.raises(ConfigError, match="hostname is a value"):
        document.set_key(TEXT, "hostname.x", 1)


names = st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True)
values = st.one_of(st.integers(-(2**63), 2**63 - 1), st.booleans(), st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])),
                   st.lists(st.integers(0, 9), max_size=3))  # fmt: skip


@given(st.lists(st.tuples(st.lists(names, min_size=1, max_size=3), values), max_size=8))
def test_what_is_set_reads_back(changes):
    text, expected = "", {}
    for path, value in changes:
        try:
            text = document.set_key(text, ".".join(path), value)
        except ConfigError:
            continue
        table = expected
        for part in path[:-1]:
            table = table.setdefault(part, {})
        table[path[-1]] = value
    assert document.parse(text) == expected


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_stumble(text):
    with suppress(ConfigError):
        document.validate(text, {})


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_key_or_value_makes_the_editor_stumble(key, value):
    with suppress(ConfigError):
        document.validate(document.set_key(TEXT, key, document.parse_value(value)), {})
