"""Subject names in the configuration's notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.config.distinguished_name import ATTRIBUTES, escape, parse


def test_the_form_of_xr():
    assert parse("CN=lab1-ca,C=US,ST=CA,L=San Jose,O=cisco systems,OU=ASR") == (
        ("CN", "lab1-ca"), ("C", "US"), ("ST", "CA"), ("L", "San Jose"), ("O", "cisco systems"), ("OU", "ASR"))  # fmt: skip


@pytest.mark.parametrize(
    ("written", "value"),
    [(r"CN=a\,b", "a,b"), (r"cn= a ", "a"), (r"CN=a\ ", "a "), (r"CN=\ a", " a"), (r"CN=\C3\A9", "é"), (r"CN=a=b", "a=b"),
     (r"CN=a\\", "a\\"), (r"CN=a\+b", "a+b"), (r"CN=\#a", "#a")],
)  # fmt: skip
def test_escapes(written, value):
    assert parse(written) == (("CN", value),)


@pytest.mark.parametrize(
    "written",
    ["", "CN", "CN=", "CN=a,", ",CN=a", "XX=a", "C=usa", "C=us", "CN=" + "a" * 65, "CN=a+OU=b", "CN=a\\", r"CN=\FF", "CN=a\nb",
     'CN="a"', "CN=a\0b", "CN=" + "a" * 900, "unstructuredName=x", "CN=\udc80"],
)  # fmt: skip
def test_what_is_no_name_is_refused(written):
    with pytest.raises(ValueError):
        parse(written)


@given(st.text(min_size=1, max_size=64).filter(str.isprintable))
def test_escape_and_parse_are_inverse(value):
    assert parse(f"CN={escape(value)},O=x") == (("CN", value), ("O", "x"))


@given(st.text(max_size=80))
def test_any_text_is_parsed_or_refused(text):
    try:
        pairs = parse(text)
    except ValueError:
        return
    assert all(keyword in ATTRIBUTES and value for keyword, value in pairs)
