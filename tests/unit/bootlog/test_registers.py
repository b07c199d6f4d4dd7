"""PCR values inside a dossier."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest import bootlog
from xrattest.errors import InputError

SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sm3_256": 32}


@st.composite
def registers(draw):
    banks = draw(st.lists(st.sampled_from(sorted(SIZES)), unique=True))
    return {
        bank: draw(
            st.dictionaries(
                st.integers(0, 23), st.binary(min_size=SIZES[bank], max_size=SIZES[bank]), min_size=1
            )
        )
        for bank in banks
    }


@given(registers())
def test_values_come_back(values):
    assert bootlog.registers_of(json.loads(json.dumps(bootlog.register_members(values)))) == values


def test_sha256_has_the_model_s_list():
    members = bootlog.register_members(
        {"sha1": {0: bytes(20)}, "sha384": {0: bytes(48)}, "sha256": {1: bytes(32), 0: bytes(32)}}
    )
    assert [row["index"] for row in members["PCR"]] == [0, 1]
    assert members["pcr-bank"] == "sha256"
    assert [bank["pcr-bank"] for bank in members["other-banks"]] == ["sha384", "sha1"]


def test_a_list_without_a_bank_is_told_by_its_size():
    row = {"index": 3, "value": "A" * 43 + "="}
    assert bootlog.registers_of({"PCR": [row]}) == {"sha256": {3: bytes(32)}}
    assert bootlog.registers_of({"PCR": []}) == {}


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        ({"PCR": 1}, "no list"),
        ({"PCR": [{"index": 24, "value": "A" * 28}]}, "index"),
        ({"PCR": [{"index": True, "value": "A" * 28}]}, "index"),
        ({"PCR": [{"index": 0, "value": "AAAA"}]}, "20 to 64 bytes"),
        ({"PCR": [{"index": 0, "value": "A" * 43 + "="}] * 2}, "index of its own"),
        ({"PCR": [{"index": 0, "value": "A" * 43 + "="}], "pcr-bank": "sha1"}, "has not 20 bytes"),
        (
            {
                "PCR": [{"index": 0, "value": "A" * 43 + "="}],
                "other-banks": [{"PCR": [{"index": 0, "value": "A" * 43 + "="}]}],
            },
            "before",
        ),
        ({"other-banks": 7}, "no list"),
        ({"other-banks": [7]}, "no object"),
    ],
)
def test_what_breaks_the_form_is_refused(node, reason):
    with pytest.raises(InputError, match=reason):
        bootlog.registers_of(node)
