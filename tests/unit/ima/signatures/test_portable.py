"""Portable EVM signatures against the fields of evm-sig."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures import Keyring, Kind, Result
from xrattest.ima.signatures.judging import Measured
from xrattest.ima.signatures.portable import InodeFields, attributes_of, inode_of, judge_portable

UID, GID, MODE = 1000, 100, 0o100755
LAYOUTS = {"64-bit": "QIIIHxx", "32-bit": "IIIIHxx"}


def fields(attributes: dict[bytes, bytes], order="<") -> InodeFields:
    return InodeFields(
        b"|".join(attributes) + b"\0",
        b"".join(struct.pack(f"{order}I", len(value)) for value in attributes.values()),
        b"".join(attributes.values()),
        struct.pack(f"{order}I", UID),
        struct.pack(f"{order}I", GID),
        struct.pack(f"{order}H", MODE),
    )


def digest_of(attributes, layout="64-bit", order="<") -> bytes:
    misc = struct.pack(order + LAYOUTS[layout], 0, 0, UID, GID, MODE)
    return hashlib.sha256(b"".join(attributes.values()) + misc).digest()


@pytest.fixture
def attributes(making) -> dict[bytes, bytes]:
    return {
        b"security.selinux": b"system_u:object_r:bin_t:s0\0",
        b"security.ima": b"\x04\x04" + making.DIGEST,
    }


@pytest.fixture
def judge(making, keyring):
    def run(value, given, keys=keyring, algorithm="sha256", digest=making.DIGEST):
        return judge_portable(keys, Measured(algorithm, None, digest), value, given)

    return run


@pytest.mark.parametrize(("listed", "signed"), [("<", "<"), (">", ">"), ("<", ">")])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("version", [2, 3])
def test_every_kernels_layout(making, judge, attributes, layout, listed, signed, version):
    value = making.value(digest=digest_of(attributes, layout, signed), kind=5, version=version)
    found = judge(value, fields(attributes, listed))
    assert (found.kind, found.result) == (Kind.EVM_PORTABLE, Result.VALID), found


@pytest.mark.parametrize(
    "change",
    [{"uid": struct.pack("<I", 0)}, {"gid": struct.pack("<I", 1)}, {"mode": struct.pack("<H", 0o104755)}],
)
def test_owner_group_and_mode_are_covered(making, judge, attributes, change):
    value = making.value(digest=digest_of(attributes), kind=5)
    assert judge(value, fields(attributes)._replace(**change)).result == Result.INVALID


def test_attributes_and_their_order_are_covered(making, judge, attributes):
    value = making.value(digest=digest_of(attributes), kind=5)
    backwards = dict(reversed(attributes.items()))
    assert judge(value, fields(backwards)).result == Result.INVALID
    assert judge(value, fields({b"security.ima": attributes[b"security.ima"]})).result == Result.INVALID


def test_the_digest_covered_is_the_one_measured(making, judge, attributes):
    value = making.value(digest=digest_of(attributes), kind=5)
    other = judge(value, fields(attributes), digest=bytes(32))
    assert (other.result, other.reason) == (
        Result.INVALID,
        "it covers another digest of the file than the one measured",
    )
    assert (
        judge(value, fields(attributes), algorithm="sha512", digest=bytes(64)).result == Result.NOT_CHECKABLE
    )


def test_a_signature_that_is_covered_has_its_own_outcome(making, judge):
    attributes = {b"security.ima": making.value()}
    value = making.value(digest=digest_of(attributes), kind=5)
    assert judge(value, fields(attributes)).result == Result.VALID


def test_security_ima_must_be_covered(making, judge):
    attributes = {b"security.capability": b"cap"}
    assert (
        judge(making.value(digest=digest_of(attributes), kind=5), fields(attributes)).result == Result.INVALID
    )
    damaged = {b"security.ima": b"\x04\x04short"}
    found = judge(making.value(digest=digest_of(damaged), kind=5), fields(damaged))
    assert found.result == Result.INVALID
    assert "a sha256 digest has 32 bytes" in found.reason


def test_other_outcomes(making, judge, attributes):
    value = making.value(digest=digest_of(attributes), kind=5)
    assert judge(value, fields(attributes), Keyring()).result == Result.UNKNOWN_KEY
    assert judge(value, InodeFields(None, None, None, None, None, None)).result == Result.NOT_CHECKABLE
    assert judge(value, fields(attributes)._replace(uid=b"")).result == Result.NOT_CHECKABLE
    assert judge(making.value(), fields(attributes)).result == Result.INVALID
    assert judge(b"", fields(attributes)).result == Result.UNSIGNED
    gost = value[:2] + b"\x12" + value[3:]
    assert judge(gost, fields(attributes)).result == Result.UNSUPPORTED


@pytest.mark.parametrize("change", [
    {"lengths": b""}, {"lengths": b"\xff" * 8}, {"lengths": bytes(8)}, {"lengths": bytes(7)}, {"values": b""}, {"names": b""},
    {"names": b"|".join([b"a"] * 65), "lengths": bytes(260)}, {"uid": b"\0\0"}, {"mode": bytes(4)}, {"gid": bytes(8)},
])  # fmt: skip
def test_lying_fields_are_refused(making, judge, attributes, change):
    found = judge(making.value(digest=digest_of(attributes), kind=5), fields(attributes)._replace(**change))
    assert found.result == Result.INVALID
    assert found.reason


@given(st.builds(InodeFields, *[st.none() | st.binary(max_size=24)] * 6))
def test_any_fields_are_read_or_refused(given_fields):
    try:
        inode = inode_of(given_fields)
    except ImaSignatureError:
        return
    assert inode is None or len(list(inode.signed_bytes())) in {2, 4}


@given(st.dictionaries(st.binary(min_size=1, max_size=9).filter(lambda name: not set(name) & set(b"|\0")), st.binary(max_size=9), min_size=1),
       st.sampled_from("<>"))  # fmt: skip
def test_attributes_are_those_written(attributes, order):
    found = attributes_of(fields(attributes, order))
    assert found is not None
    assert dict(found[0]) == attributes
