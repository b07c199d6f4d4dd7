"""Structures of real quotes, typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from xrattest import tpm
from xrattest.errors import InputError, LimitError, TpmFormatError

VECTORS = Path(__file__).parents[2] / "vectors" / "tpm"


def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def test_a_quote():
    quote = tpm.parse_attest(read("rsa/quote.msg"))
    assert quote.clock == tpm.Clock(86241, 3, 0, True)
    assert quote.selection == (
        tpm.BankSelection("sha1", tuple(range(11))),
        tpm.BankSelection("sha256", tuple(range(11))),
    )
    assert quote.extra_data.hex() == read("rsa/nonce.hex").decode().strip()
    assert quote.signed == read("rsa/quote.msg")
    wrapped = tpm.parse_attest(len(quote.signed).to_bytes(2, "big") + quote.signed)
    assert wrapped == quote


def test_a_signature():
    assert tpm.parse_signature(read("rsa/quote.sig")).scheme == "rsassa"
    signature = tpm.parse_signature(read("ecc/quote.sig"))
    assert (signature.scheme, signature.hash, [len(number) for number in signature.numbers]) == (
        "ecdsa",
        "sha256",
        [32, 32],
    )


def test_a_public_area():
    area = tpm.parse_public(read("rsa/ak.pub"))
    assert (area.scheme, area.exponent, area.curve) == (("rsassa", "sha256"), 65537, None)
    assert area.name.hex().startswith("000b")


def test_pcr_values():
    values = tpm.parse_pcr_file(read("rsa/quote.pcrs"))
    assert {bank: list(pcrs) for bank, pcrs in values.items()} == {
        "sha1": list(range(11)),
        "sha256": list(range(11)),
    }
    assert values["sha1"][0].hex() == "9672f6662bccf526f11e8442382262cb796eb11a"


def test_errors_say_where():
    with pytest.raises(TpmFormatError, match=r"^TPMS_ATTEST: byte 139: 1 bytes follow the end$") as caught:
        tpm.parse_attest(read("rsa/quote.msg") + b"\x00")
    assert (caught.value.structure, caught.value.offset) == ("TPMS_ATTEST", 139)
    assert isinstance(caught.value, InputError)
    with pytest.raises(LimitError):
        tpm.parse_attest(bytes(tpm.MAX_INPUT + 1))


def test_one_pcr_with_two_values_is_refused():
    data = bytearray(read("rsa/quote.pcrs"))
    data[4 + 8] = 0x04  # the second bank is sha1 too, and its values are 32 bytes long
    with pytest.raises(TpmFormatError, match="32 bytes"):
        tpm.parse_pcr_file(bytes(data))
    # Both banks sha256: the sha1 values are too short.
    data[4], data[4 + 8] = 0x0B, 0x0B
    with pytest.raises(TpmFormatError, match="20 bytes"):
        tpm.parse_pcr_file(bytes(data))
    assert tpm.parse_pcr_file(two_banks(b"\x01" * 20, b"\x01" * 20)) == {"sha1": {10: b"\x01" * 20}}
    with pytest.raises(TpmFormatError, match="two values for sha1 PCR 10"):
        tpm.parse_pcr_file(two_banks(b"\x01" * 20, b"\x02" * 20))


def two_banks(first: bytes, second: bytes) -> bytes:
    """Return a file that selects PCR 10 of sha1 twice."""
    selection = b"\x04\x00\x03\x00\x04\x00\x00\x00" * 2 + bytes(8 * 14)
    values = b"".join(
        len(value).to_bytes(2, "little") + value.ljust(64, b"\x00") for value in (first, second)
    )
    little = [(number).to_bytes(4, "little") for number in (2, 1, 2)]
    return little[0] + selection + little[1] + little[2] + values + bytes(66 * 6)
