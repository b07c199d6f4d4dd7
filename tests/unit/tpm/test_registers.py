"""PCR values inside a dossier."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest import tpm
from xrattest.errors import InputError
from xrattest.tpm.composite import DIGEST_SIZES

SHA256 = "A" * 43 + "="


@st.composite
def registers(draw):
    banks = draw(st.lists(st.sampled_from(sorted(DIGEST_SIZES)), unique=True))
    return {
        bank: draw(
            st.dictionaries(
                st.integers(0, 23),
                st.binary(min_size=DIGEST_SIZES[bank], max_size=DIGEST_SIZES[bank]),
                min_size=1,
            )
        )
        for bank in banks
    }


@given(registers())
def test_values_come_back(values):
    assert tpm.registers_of(json.loads(json.dumps(tpm.register_members(values)))) == values


def test_sha256_has_the_list_of_the_model():
    zeros = {"sha1": {0: bytes(20)}, "sha384": {0: bytes(48)}, "sha256": {1: bytes(32), 0: bytes(32)}}
    members = tpm.register_members(zeros)
    assert [(row["bank"], row["index"]) for row in members["PCR"]] == [("sha256", 0), ("sha256", 1)]
    assert [row["bank"] for row in members["pcr-other-banks"]] == ["sha384", "sha1"]
    assert tpm.register_members({}) == {"PCR": []}


def test_a_value_without_a_bank_is_told_by_its_length():
    assert tpm.registers_of({"PCR": [{"index": 3, "value": SHA256}]}) == {"sha256": {3: bytes(32)}}
    assert tpm.registers_of({}) == {}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"PCR": 1}, "PCR is no list"),
        ({"pcr-other-banks": [7]}, "pcr-other-banks is no list"),
        ({"PCR": [{"index": 32, "value": SHA256}]}, "32 is no PCR"),
        ({"PCR": [{"index": True, "value": SHA256}]}, "True is no PCR"),
        ({"PCR": [{"index": 0, "value": "AAAA"}]}, "no value of bank"),
        ({"PCR": [{"index": 0, "value": SHA256[:-1]}]}, "no canonical base64"),
        ({"PCR": [{"index": 0, "value": SHA256, "bank": "sha1"}]}, "no value of bank 'sha1'"),
        ({"PCR": [{"index": 0, "value": SHA256}], "pcr-other-banks": [{"index": 0, "value": "E" + SHA256[1:]}]}, "two values"),
    ],
)  # fmt: skip
def test_what_breaks_the_form_is_refused(item, reason):
    with pytest.raises(InputError, match=reason):
        tpm.registers_of(item)
