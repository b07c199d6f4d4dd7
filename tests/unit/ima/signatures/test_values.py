"""The content of security.ima and security.evm: each form, each lie, any bytes."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures.algorithms import BY_NUMBER
from xrattest.ima.signatures.values import DigestValue, ForeignValue, SignatureValue, ValueType, parse_value


def built(kind=3, version=2, number=4, signature=b"s", size=None) -> bytes:
    return (
        struct.pack(">BBBIH", kind, version, number, 0xA1B2C3D4, len(signature) if size is None else size)
        + signature
    )


def test_digests():
    assert parse_value(b"\x01" + bytes(20)) == DigestValue(BY_NUMBER[2], bytes(20))
    assert parse_value(b"\x04\x06" + bytes(64)) == DigestValue(BY_NUMBER[6], bytes(64))


@given(
    st.sampled_from([3, 5, 6]),
    st.sampled_from([2, 3]),
    st.sampled_from(sorted(BY_NUMBER)),
    st.binary(min_size=1, max_size=600),
)
def test_a_signature_is_what_was_built(kind, version, number, signature):
    assert parse_value(built(kind, version, number, signature)) == SignatureValue(
        ValueType(kind), version, BY_NUMBER[number], bytes.fromhex("a1b2c3d4"), signature
    )


@given(st.binary(max_size=80))
def test_any_bytes_are_parsed_or_refused(content):
    with contextlib.suppress(ImaSignatureError):
        assert isinstance(parse_value(content), DigestValue | SignatureValue | ForeignValue)


@pytest.mark.parametrize(("content", "offset", "reason"), [
    (b"", 0, "empty"),
    (b"\x07", 0, "no kernel writes the type 0x07"),
    (b"\x04", 1, "ends before its hash algorithm"),
    (b"\x04\x17" + bytes(32), 1, "no hash algorithm has the number 23"),
    (b"\x04\x04" + bytes(33), 2, "a sha256 digest has 32 bytes, not 33"),
    (b"\x01" + bytes(19), 1, "a sha1 digest has 20 bytes, not 19"),
    (b"\x03", 1, "ends before its version"),
    (b"\x03\x04", 1, "no signature has the version 4"),
    (b"\x03\x02", 2, "ends before its signature"),
    (built(signature=b""), 9, "ends before its signature"),
    (built(size=2), 7, "says that the signature has 2 bytes, and has 1"),
    (built(size=0), 7, "says that the signature has 0 bytes, and has 1"),
    (built(size=0xFFFF), 7, "says that the signature has 65535 bytes"),
    (built(signature=bytes(65536), size=0), 7, "and has 65536"),
    (built() + b"\0", 7, "and has 2"),
    (built(number=23), 2, "no hash algorithm has the number 23"),
    (built(number=255), 2, "no hash algorithm has the number 255"),
])  # fmt: skip
def test_lies_are_named(content, offset, reason):
    with pytest.raises(ImaSignatureError, match=reason) as caught:
        parse_value(content)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\x02" + bytes(20), "HMAC"), (b"\x03\x01" + bytes(40), "version 1")]
)
def test_what_cannot_be_judged_is_said(content, reason):
    parsed = parse_value(content)
    assert isinstance(parsed, ForeignValue)
    assert reason in parsed.reason
