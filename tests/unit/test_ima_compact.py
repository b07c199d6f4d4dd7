"""Compact blocks: the published sample, the profiles as another protobuf implementation sees them, hostile blocks."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xrattest import ima
from xrattest._proto.ima.v1 import ima_pb2 as pb
from xrattest.errors import CompactFormatError, JsonFormatError, LimitError

ROOT = Path(__file__).parents[2]
VECTOR = ROOT / "tests" / "vectors" / "ima" / "sig-sha256.bin"

# One event of a router, as published, misread letters mended; its first four bytes are not its length.
SAMPLE = base64.b64decode(
    "1LYIABoMCO+ggIgGEKmxwZYBIkQIABAKGhTU2yPVDA5Rx+64ecp41qZQrLEWSCACKhSXl+340O7Taxz5JUeBYFHIr05F7jIOYm9vdF9hZ2dyZWdhdGVAAQ=="
)


def expand(blocks: bytes) -> bytes:
    out = io.BytesIO()
    ima.expand(blocks, out)
    return out.getvalue()


def compact(source, profile, **options) -> bytes:
    out = io.BytesIO()
    ima.compact(source, out, profile, **options)
    return out.getvalue()


def messages(blocks: bytes) -> list[pb.ImaEventLog]:
    found = []
    while blocks:
        (length,) = struct.unpack_from("<I", blocks)
        found.append(pb.ImaEventLog.FromString(blocks[4 : 4 + length]))
        blocks = blocks[4 + length :]
    return found


def framed(message: pb.ImaEventLog) -> bytes:
    encoded = message.SerializeToString()
    return struct.pack("<I", len(encoded)) + encoded


def sound_event(**changes) -> pb.ImaEvent:
    known = {
        "template": pb.TEMPLATE_IMA_NG,
        "filedata_hash_algorithm": 2,
        "filedata_hash": bytes(20),
        "filename_hint": b"/a",
    }
    return pb.ImaEvent(**(known | changes))


def test_published_sample_verifies():
    (event,) = ima.read(expand(SAMPLE))
    assert (event.number, event.pcr, event.template, event.name) == (0, 10, "ima-sig", b"boot_aggregate")
    assert (event.algorithm, event.signature) == ("sha1", b"")
    assert event.digest is not None
    assert event.digest.hex() == "9797edf8d0eed36b1cf92547816051c8af4e45ee"
    assert hashlib.sha1(event.template_data).digest() == event.template_hash
    assert ima.replay(expand(SAMPLE)).is_consistent


def test_published_sample_reads_the_same_elsewhere():
    block = pb.ImaEventLog.FromString(SAMPLE[4:])
    assert block.collected_at.ToDatetime(UTC).isoformat(timespec="seconds") == "2021-07-27T13:55:59+00:00"
    assert not block.HasField("version")
    (event,) = block.events
    data = b"sha1:\0" + event.filedata_hash, event.filename_hint + b"\0", event.signature
    assert (
        hashlib.sha1(b"".join(struct.pack("<I", len(part)) + part for part in data)).digest()
        == event.template_hash
    )
    # The same encoder gives back the published bytes, unset and zero fields included.
    assert block.SerializeToString() == SAMPLE[4:]


@pytest.mark.parametrize("block", [SAMPLE, SAMPLE[4:], struct.pack("<I", len(SAMPLE) - 4) + SAMPLE[4:]])
def test_sample_in_all_framings(block):
    assert expand(block) == expand(SAMPLE)


def test_xr_profile_has_every_leaf():
    moment = datetime(2026, 11, 23, 20, 0, 0, 250_000, tzinfo=UTC)
    blocks = messages(compact(VECTOR, "xr", collected_at=moment, block_target=4000))
    assert len(blocks) > 3
    entries = list(ima.read(VECTOR))
    number = 0
    for block in blocks:
        assert (block.version, block.first_event_number) == (1, number)
        assert block.collected_at.ToDatetime(UTC) == moment
        assert not block.packed_events
        assert not block.HasField("template_hash_algorithm")
        for event in block.events:
            entry = entries[number]
            assert (event.event_number, event.pcr_index, event.template_hash) == (
                number,
                entry.pcr,
                entry.template_hash,
            )
            assert (event.filedata_hash, event.filename_hint, event.signature) == (
                entry.digest,
                entry.name,
                entry.signature,
            )
            name = pb.HashAlgorithm.Name(event.filedata_hash_algorithm)
            assert name == f"HASH_ALGORITHM_{entry.algorithm.upper()}"
            assert event.template == pb.TEMPLATE_IMA_SIG
            assert not event.template_data
            number += 1
    assert number == len(entries)


def test_minimal_profile_leaves_out_what_follows():
    blocks = compact(VECTOR, "minimal")
    (block,) = messages(blocks)
    assert not block.events
    assert len(blocks) < len(compact(VECTOR, "xr")) / 2
    assert block.packed_events.startswith(b"\x28\xb5\x2f\xfd")


def test_any_protobuf_writer_is_read():
    log = pb.ImaEventLog(
        events=[sound_event(event_number=7), sound_event(pcr_index=11, template_hash=bytes(20))]
    )
    first, second = ima.read(expand(framed(log)))
    assert hashlib.sha1(first.template_data).digest() == first.template_hash
    assert (first.pcr, second.pcr, second.is_violation) == (10, 11, True)


@pytest.mark.parametrize(("log", "reason"), [
    (pb.ImaEventLog(version=2, events=[sound_event()]), "version 2 is not known"),
    (pb.ImaEventLog(first_event_number=3, events=[sound_event(event_number=4)]), "event 3: it says that it is event 4"),
    (pb.ImaEventLog(events=[sound_event(), sound_event(event_number=5)]), "event 1: it says that it is event 5"),
    (pb.ImaEventLog(events=[sound_event(template_hash=b"short")]), "template hash of 5 bytes"),
    (pb.ImaEventLog(events=[sound_event(pcr_index=64)]), "PCR 64 is over 63"),
    (pb.ImaEventLog(events=[sound_event(template=0)]), "template number 0 is not known"),
    (pb.ImaEventLog(events=[sound_event(template=6)]), "ima-buf without its template data"),
    (pb.ImaEventLog(events=[sound_event(template_data=b"x")]), "not what its other fields say"),
    (pb.ImaEventLog(events=[sound_event(signature=b"x")]), "has no signature"),
    (pb.ImaEventLog(events=[pb.ImaEvent(template=15, template_data=b"x", template_name="a b")]), "no kernel writes"),
    (pb.ImaEventLog(events=[pb.ImaEvent(template=3, template_data=b"x")]), "not of template ima"),
    (pb.ImaEventLog(events=[pb.ImaEvent()]), "names no template"),
    (pb.ImaEventLog(events=[sound_event()], packed_events=b"x"), "both plain and packed"),
    (pb.ImaEventLog(packed_events=b"noise"), "packed events are damaged"),
    (pb.ImaEventLog(template_hash_algorithm=1, events=[sound_event()]), "algorithm 1 is none of a template hash"),
])  # fmt: skip
def test_hostile_blocks_are_refused(log, reason):
    with pytest.raises(CompactFormatError, match=reason) as caught:
        expand(framed(log))
    assert (caught.value.block, caught.value.offset, caught.value.exit_code) == (0, 0, 2)


def test_second_block_is_named():
    blocks = compact(VECTOR, "xr", block_target=4000)
    (length,) = struct.unpack_from("<I", blocks)
    with pytest.raises(CompactFormatError) as caught:
        expand(blocks[:-1])
    assert caught.value.block == len(messages(blocks)) - 1
    with pytest.raises(CompactFormatError, match="begins with event") as caught:
        expand(blocks[: 4 + length] * 2)
    assert (caught.value.block, caught.value.offset) == (1, 4 + length)


def test_small_input_cannot_become_a_large_list():
    """A minimal block is a few bytes per entry; the limit is on what comes out."""
    blocks = compact(b"".join(VECTOR.read_bytes() for _ in range(50)), "minimal")
    with pytest.raises(LimitError):
        ima.expand(blocks, io.BytesIO(), max_size=100_000)


def test_base64_blocks_are_strict(tmp_path):
    out, path = io.BytesIO(), tmp_path / "blocks"
    ima.write_blocks(VECTOR, out, "xr", block_target=4000)
    for text, kind in [(out.getvalue().replace(b'","', b'=","', 1), JsonFormatError), (b'["AAAAAA==", 1]', JsonFormatError),
                       (b'["gICAgA=="]', CompactFormatError)]:  # fmt: skip
        path.write_bytes(text)
        with pytest.raises(kind):
            ima.rebuild(path, 0, len(text), io.BytesIO())


def test_documented_reader_runs(require_peer):
    """The example of docs/reference/compact-ima.md reads both profiles and rebuilds every template hash."""
    require_peer("zstd", package="zstd")
    page = (ROOT / "docs" / "reference" / "compact-ima.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    namespace: dict = {}
    exec(compile(example, "compact-ima.md", "exec"), namespace)
    entries = [(entry.number, entry.name, entry.template_hash) for entry in ima.read(VECTOR)]
    for profile in ("xr", "minimal"):
        blocks = compact(VECTOR, profile, block_target=4000)
        assert list(namespace["events"](io.BytesIO(blocks))) == entries
