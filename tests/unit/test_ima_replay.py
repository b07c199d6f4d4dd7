"""Replay, prefix search and boot aggregates against plain hashlib, over generated lists."""

from __future__ import annotations

import hashlib
import io
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest import ima
from xrattest.errors import ImaFormatError, InputError, LimitError

ALGORITHMS = {bank: bank for bank in ("sha1", "sha256", "sha384", "sha512")}
if "sm3" in hashlib.algorithms_available:
    ALGORITHMS["sm3_256"] = "sm3"
VARIANTS = [name for name in ima.VARIANTS if name.partition(":")[0] in ALGORITHMS]


def digest(bank: str, content: bytes) -> bytes:
    return hashlib.new(ALGORITHMS[bank], content).digest()


def size(bank: str) -> int:
    return len(digest(bank, b""))


def field(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


@dataclass(frozen=True)
class Made:
    """An entry of template ima-ng."""

    name: bytes
    pcr: int = 10
    violation: bool = False

    @property
    def data(self) -> bytes:
        return field(b"sha256:\0" + hashlib.sha256(self.name).digest()) + field(self.name + b"\0")

    def encode(self, bank: str = "sha1") -> bytes:
        recorded = bytes(size(bank)) if self.violation else digest(bank, self.data)
        return struct.pack("<I", self.pcr) + recorded + field(b"ima-ng") + field(self.data)


def encode(entries: Sequence[Made], bank: str = "sha1") -> bytes:
    return b"".join(entry.encode(bank) for entry in entries)


def extended(variant: str, entry: Made) -> bytes:
    """Return what the kernel extends into a bank, as the kernel's sources say."""
    bank, _, scheme = variant.partition(":")
    if entry.violation:
        ones = 20 if scheme == "sha1-padded-violations" else size(bank)
        return (b"\xff" * ones).ljust(size(bank), b"\0")
    return digest("sha1" if scheme else bank, entry.data).ljust(size(bank), b"\0")


def model(variant: str, entries: Sequence[Made]) -> dict[int, bytes]:
    bank = variant.partition(":")[0]
    pcrs: dict[int, bytes] = {}
    for entry in entries:
        old = pcrs.get(entry.pcr, bytes(size(bank)))
        pcrs[entry.pcr] = digest(bank, old + extended(variant, entry))
    return pcrs


entries_ = st.lists(
    st.builds(Made, st.binary(max_size=90), st.sampled_from([10, 10, 10, 11, 5]), st.sampled_from([False, False, True])),
    max_size=12,
)  # fmt: skip


@given(entries_, st.sampled_from(list(ALGORITHMS)))
def test_replay_is_the_model(entries: list[Made], recorded: str) -> None:
    replay = ima.replay(encode(entries, recorded), VARIANTS)
    assert replay.pcrs == {variant: model(variant, entries) for variant in VARIANTS}
    assert (replay.entries, replay.violations) == (len(entries), sum(entry.violation for entry in entries))
    assert replay.is_consistent


@given(entries_, st.data())
def test_prefix_and_rest_are_the_whole(entries: list[Made], data: st.DataObject) -> None:
    until = data.draw(st.integers(0, len(entries)))
    content = encode(entries)
    head = ima.replay(content, VARIANTS, until=until)
    assert (head.entries, head.more) == (until, until < len(entries))
    rest = ima.replay(encode(entries[until:]), VARIANTS, start=head.pcrs)
    assert rest.pcrs == ima.replay(content, VARIANTS).pcrs


def quoted(
    selections: Sequence[tuple[str, Sequence[int]]], variants: Mapping[str, str], entries: Sequence[Made], known: ima.PcrState
) -> bytes:  # fmt: skip
    """Return the digest that a TPM quotes after `entries`."""
    values = b""
    for bank, indexes in selections:
        now = model(variants[bank], entries)
        values += b"".join(
            now.get(index) or known.get(bank, {}).get(index, bytes(size(bank))) for index in indexes
        )
    return hashlib.sha256(values).digest()


SELECTIONS = [("sha256", range(12)), ("sha1", (10,)), ("sha384", (0, 10, 11))]
KNOWN = {
    bank: {index: digest(bank, bytes([index])) for index in (0, 1, 2, 3, 4, 6, 7, 8, 9)}
    for bank in ("sha1", "sha256", "sha384")
}


@given(entries_, st.data())
def test_prefix_is_found(entries: list[Made], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(entries)))
    schemes = {bank: data.draw(st.sampled_from([name for name in VARIANTS if name.partition(":")[0] == bank]))
               for bank in ("sha1", "sha256", "sha384")}  # fmt: skip
    wanted = quoted(SELECTIONS, schemes, entries[:count], KNOWN)
    found = ima.find_prefix(encode(entries), SELECTIONS, wanted, "sha256", KNOWN)
    if not entries:
        assert found is None
        return
    assert found is not None
    # Every entry touches a selected PCR, so exactly one number of entries fits.
    assert (found.first, found.entries, found.total, found.later) == (
        count,
        count,
        len(entries),
        len(entries) - count,
    )
    for bank, selected in SELECTIONS:
        values = {
            index: value
            for index, value in model(schemes[bank], entries[:count]).items()
            if index in selected
        }
        assert found.pcrs[bank] == values
        named = model(found.schemes[bank], entries[:count])
        assert {index: named[index] for index in values} == values


LIST = [Made(b"boot_aggregate"), Made(b"/a"), Made(b"/b", pcr=11), Made(b"/c", pcr=11), Made(b"/d")]


def test_entries_that_touch_nothing_selected_are_covered_too() -> None:
    wanted = quoted([("sha1", [10])], {"sha1": "sha1"}, LIST[:2], {})
    found = ima.find_prefix(encode(LIST), [("sha1", [10])], wanted, "sha256")
    assert found is not None
    assert (found.first, found.entries, found.total) == (2, 4, 5)


def test_no_prefix() -> None:
    content = encode(LIST)
    assert ima.find_prefix(content, [("sha1", [10])], bytes(32), "sha256") is None
    # A PCR that the list extends is never taken from outside, or any list would match any quote.
    stranger = {"sha1": {10: b"\x07" * 20}}
    wanted = hashlib.sha256(b"\x07" * 20).digest()
    assert ima.find_prefix(content, [("sha1", [10])], wanted, "sha256", stranger) is None
    # A quote of PCRs that the list does not extend says nothing about it.
    assert (
        ima.find_prefix(content, [("sha1", [10 - 1])], hashlib.sha256(bytes(20)).digest(), "sha256") is None
    )
    assert ima.find_prefix(content, [], hashlib.sha256().digest(), "sha256") is None


def test_prefix_of_an_incremental_list() -> None:
    state = ima.replay(encode(LIST[:2])).pcrs
    wanted = quoted([("sha256", [10, 11])], {"sha256": "sha256"}, LIST[:4], {})
    found = ima.find_prefix(encode(LIST[2:]), [("sha256", [11, 10])], wanted, "sha256", start=state)
    assert found is not None
    assert (found.entries, found.later) == (2, 1)
    assert found.pcrs["sha256"] == model("sha256", LIST[:4])


def test_prefix_reads_files_and_refuses_pipes(tmp_path) -> None:
    place = tmp_path / "list"
    place.write_bytes(b"head" + encode(LIST))
    wanted = quoted([("sha1", [10])], {"sha1": "sha1"}, LIST, {})
    with place.open("rb", buffering=0) as file:
        file.seek(4)
        found = ima.find_prefix(file, [("sha1", [10])], wanted, "sha256")
    assert found is not None
    assert found.entries == 5
    read, write = os.pipe()
    os.write(write, encode(LIST))
    os.close(write)
    with os.fdopen(read, "rb") as pipe, pytest.raises(OSError, match="read twice"):
        ima.find_prefix(pipe, [("sha1", [10])], wanted, "sha256")


def test_outcomes_of_expected_values() -> None:
    entries = [*LIST, Made(b"/e", violation=True)]
    expected = {
        "sha1": {10: model("sha1", LIST)[10], 11: model("sha1", LIST)[11], 7: bytes(20)},
        "sha256": {10: model("sha256:sha1-padded", entries)[10], 11: bytes(32)},
        "sha384": {10: model("sha384:sha1-padded-violations", entries)[10]},
        "sha512:sha1-padded": {10: model("sha512", entries)[10]},
    }
    replay = ima.replay(encode(entries), expected=expected)
    told = {
        (found.bank, found.pcr): (found.outcome, found.scheme, found.first, found.entries)
        for found in replay.comparisons
    }
    assert told == {
        ("sha1", 7): ("untouched", None, None, None),
        ("sha1", 10): ("lags", "sha1", 5, 5),
        ("sha1", 11): ("match", "sha1", 4, 6),
        ("sha256", 10): ("match", "sha256:sha1-padded", 6, 6),
        ("sha256", 11): ("lags", "sha256", 0, 2),
        ("sha384", 10): ("match", "sha384:sha1-padded-violations", 6, 6),
        ("sha512", 10): ("never", None, None, None),
    }  # fmt: skip


def test_truncated_tail_only_when_asked() -> None:
    content = encode(LIST)
    with pytest.raises(ImaFormatError):
        ima.replay(content[:-3])
    replay = ima.replay(content[:-3], lenient=True)
    assert (replay.entries, replay.is_consistent) == (4, True)
    assert replay.truncated is not None
    assert (replay.truncated.number, replay.truncated.offset) == (4, len(encode(LIST[:4])))
    assert "ends inside its template data" in replay.truncated.reason
    assert ima.replay(content, lenient=True).truncated is None
    # A corrupt entry is no truncated tail.
    corrupt = content + struct.pack("<I", 99) + content[4:]
    with pytest.raises(ImaFormatError, match="no PCR has the number 99"):
        ima.replay(corrupt, lenient=True)


def test_mismatch_says_everything() -> None:
    content = bytearray(encode(LIST))
    offset = len(encode(LIST[:1]))
    content[offset + 4] ^= 1
    (found,) = ima.replay(bytes(content)).mismatches
    assert (found.number, found.offset, found.template, found.name) == (1, offset, "ima-ng", b"/a")
    assert found.computed == digest("sha1", LIST[1].data)
    assert found.recorded == bytes(content[offset + 4 : offset + 24]) != found.computed


def test_what_cannot_be_replayed_is_a_value_error() -> None:
    content = encode(LIST)
    for call in (
        lambda: ima.replay(content, ["sha1:sha1"]),
        lambda: ima.replay(content, ["sha256"], start={"sha1": {10: bytes(20)}}),
        lambda: ima.replay(content, expected={"sha1": {10: bytes(19)}}),
        lambda: ima.replay(content, expected={"sha1": {64: bytes(20)}}),
        lambda: ima.find_prefix(content, [("sha1", [64])], b"", "sha256"),
        lambda: ima.find_prefix(content, [("sha3", [10])], b"", "sha256"),
    ):
        with pytest.raises(ValueError, match=r"bank|PCR"):
            call()


@pytest.mark.skipif("sm3_256" not in ALGORITHMS, reason="this OpenSSL has no SM3")
@pytest.mark.parametrize("entries", [LIST, [Made(b"/v", violation=True), *LIST]])
def test_sm3_lists_are_told_from_sha256_ones(entries: list[Made]) -> None:
    for bank in ("sha256", "sm3_256"):
        content = encode(entries, bank)
        replay = ima.replay(content)
        assert (replay.template_hash_algorithm, replay.is_consistent) == (bank, True)
        blocks, out = io.BytesIO(), io.BytesIO()
        ima.compact(content, blocks, "minimal")
        ima.expand(blocks.getvalue(), out)
        assert out.getvalue() == content
    first = next(at for at, entry in enumerate(entries) if not entry.violation)
    spoiled = bytearray(encode(entries, "sm3_256"))
    spoiled[len(encode(entries[:first], "sm3_256")) + 4] ^= 1
    replay = ima.replay(bytes(spoiled))
    assert (replay.template_hash_algorithm, replay.mismatch_count) == ("sm3_256", 1)


def test_boot_aggregates() -> None:
    entries = [Made(b"boot_aggregate"), Made(b"/usr/boot_aggregate"), Made(b"boot_aggregate", pcr=11)]
    found = ima.boot_aggregates(encode(entries))
    assert [(entry.number, entry.pcr, entry.algorithm) for entry in found] == [
        (0, 10, "sha256"),
        (2, 11, "sha256"),
    ]
    assert found[0].digest == hashlib.sha256(b"boot_aggregate").digest()
    with pytest.raises(LimitError):
        ima.boot_aggregates(encode([Made(b"boot_aggregate")]) * 4097)


@pytest.mark.parametrize("bank", list(ALGORITHMS))
def test_check_boot_aggregate(bank: str) -> None:
    pcrs = {bank: {index: digest(bank, bytes([index])) for index in range(24)}}
    of = {last: digest(bank, b"".join(pcrs[bank][index] for index in range(last))) for last in (7, 8, 9, 10)}
    named = {"sm3_256": "sm3-256"}.get(bank, bank)
    for last in (8, 10):
        assert ima.check_boot_aggregate(of[last], named, pcrs) == ima.AggregatedPcrs(bank, range(last))
    assert ima.check_boot_aggregate(of[7], named, pcrs) is None
    assert ima.check_boot_aggregate(of[9], named, pcrs) is None
    assert ima.check_boot_aggregate(of[8], "md5", pcrs) is None
    assert ima.check_boot_aggregate(of[8], named, {}) is None
    del pcrs[bank][9]
    assert ima.check_boot_aggregate(of[10], named, pcrs) is None
    assert ima.check_boot_aggregate(of[8], None, pcrs) == (
        ima.AggregatedPcrs("sha1", range(8)) if bank == "sha1" else None
    )


@pytest.mark.parametrize(
    "text", ["sha256:10:0x00", "sha256:10:0", "10:00", "sha256:100:00", "sha256:10:00 more", "SHA256:10:00"]
)
def test_pcr_values_that_are_none(text: str) -> None:
    with pytest.raises(InputError, match="line 2"):
        ima.parse_pcr_values(f"# a remark\n{text}\n")


def test_pcr_values_of_both_forms() -> None:
    assert ima.parse_pcr_values("sha1:10:aB\n\nsha384:sha1-padded:11:00") == {
        "sha1": {10: b"\xab"},
        "sha384:sha1-padded": {11: b"\0"},
    }
    printed = "  sha1:\n    0 : 0xAB\n    10: 0x01\n  sha384:\n  sha3_256:\n    0 : 0x00\n"
    assert ima.parse_pcr_values(printed) == {"sha1": {0: b"\xab", 10: b"\1"}}
