"""Every form gives every byte back, over generated lists of all templates; and what the forms say is what was put in."""

from __future__ import annotations

import io
import json
import struct
from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ima_model import DESCRIPTORS, FORMATS, Made, binary
from xrattest import ima
from xrattest._proto.ima.v1 import ima_pb2 as pb
from xrattest.errors import CompactFormatError, JsonFormatError

PREFIXES = (
    b"sha256:\0",
    b"sha1:\0",
    b"sm3:\0",
    b"sm3-256:\0",
    b"unheard-of:\0",
    b"ima:sha256:\0",
    b"verity:sha512:\0",
    b"",
)
NAMES = st.binary(max_size=40) | st.text("a/ \n\u00e4\U0001f600", max_size=20).map(str.encode)


@st.composite
def entries(draw: st.DrawFn) -> Made:
    template = draw(st.sampled_from([*DESCRIPTORS, *FORMATS]))
    contents = []
    for identifier in DESCRIPTORS.get(template, template).split("|"):
        if identifier.startswith("d"):
            digest = draw(st.sampled_from(PREFIXES)) + draw(st.binary(max_size=32))
            contents.append(digest[:20].ljust(20, b"\0") if template == "ima" else digest)
        elif identifier.startswith("n"):
            contents.append(
                draw(NAMES) + (b"" if template == "ima" else draw(st.sampled_from([b"\0"] * 9 + [b""])))
            )
        else:
            contents.append(draw(st.binary(max_size=20)))
    pcr = draw(st.just(10) | st.integers(0, 63))
    template_hash = draw(st.sampled_from([None, None, None, b"\0", b"\x5a"]))
    return Made(template, tuple(contents), pcr, template_hash)


lists = st.builds(
    binary,
    st.lists(entries(), max_size=12),
    st.sampled_from(["sha1", "sha256", "sha384", "sha512"]),
    big=st.booleans(),
)


def blocks_of(content: bytes, profile: ima.Profile, target: int) -> bytes:
    out = io.BytesIO()
    ima.compact(content, out, profile, block_target=target)
    return out.getvalue()


def events_of(content: bytes) -> bytes:
    out = io.BytesIO()
    ima.write_events(content, out)
    return out.getvalue()


def messages(blocks: bytes) -> list[pb.ImaEventLog]:
    found = []
    while blocks:
        (length,) = struct.unpack_from("<I", blocks)
        found.append(pb.ImaEventLog.FromString(blocks[4 : 4 + length]))
        blocks = blocks[4 + length :]
    return found


@given(lists, st.integers(1, 3000))
def test_blocks_give_the_list_back(content, target):
    for profile in ("xr", "minimal"):
        out = io.BytesIO()
        ima.expand(blocks_of(content, profile, target), out)
        assert out.getvalue() == content


@settings(max_examples=50)
@given(lists)
def test_events_give_the_list_back(tmp_path_factory, content):
    path, out = tmp_path_factory.getbasetemp() / "events.json", io.BytesIO()
    path.write_bytes(events_of(content))
    ima.rebuild(path, 0, path.stat().st_size, out)
    assert out.getvalue() == content


@given(lists, st.integers(1, 3000))
def test_protobuf_alone_finds_the_readable_parts(content, target):
    events = [event for block in messages(blocks_of(content, "xr", target)) for event in block.events]
    found = list(ima.read(content))
    assert len(events) == len(found)
    for event, entry in zip(events, found, strict=True):
        assert (event.event_number, event.pcr_index, event.template_hash) == (
            entry.number,
            entry.pcr,
            entry.template_hash,
        )
        assert event.filedata_hash == (entry.digest or b"")
        assert event.filename_hint == (entry.name or b"")
        assert event.signature == (entry.signature or b"")
        assert event.template_data in (b"", entry.template_data)
        assert event.template_name in ("", entry.template)


@given(lists)
def test_leaves_say_the_readable_parts(content):
    for leaves, entry in zip(json.loads(events_of(content)), ima.read(content), strict=True):
        digest, signature = leaves.get("filedata-hash"), leaves.get("signature", "")
        assert (None if digest is None else b64decode(digest)) == entry.digest
        assert leaves.get("filedata-hash-algorithm") == entry.algorithm
        assert b64decode(signature) == (entry.signature or b"")
        assert leaves.get("filename-hint") == (
            None if entry.name is None else entry.name.decode("utf-8", "replace")
        )
        assert b64decode(leaves.get("template-data", "")) in (b"", entry.template_data)


WHOLE = binary([Made("d-ng|n-ng|sig|iuid", (b"sm3-256:\0dd", b"/a\0", b"\x03\x02", b"\0\0\0\0"))])


@pytest.mark.parametrize("change", [
    {"filename_hint": b"/b"}, {"filename_hint": b""}, {"filedata_hash": b"de"}, {"signature": b""},
    {"filedata_hash_algorithm": pb.HASH_ALGORITHM_SHA256}, {"template_data": b"other"}, {"template_name": "n-ng|d-ng|sig|iuid"},
])  # fmt: skip
def test_blocks_that_contradict_themselves_are_refused(change):
    (block,) = messages(blocks_of(WHOLE, "xr", 1000))
    for name, value in change.items():
        setattr(block.events[0], name, value)
    message = block.SerializeToString()
    with pytest.raises(CompactFormatError, match="not what its other fields say"):
        ima.expand(struct.pack("<I", len(message)) + message, io.BytesIO())


@pytest.mark.parametrize("change", [
    {"filename-hint": "/b"}, {"filename-hint": None}, {"filedata-hash": "ZGU="}, {"signature": None}, {"signature": ""},
    {"filedata-hash-algorithm": "sm3"}, {"template-data": "b3RoZXI="}, {"ima-template": "n-ng|d-ng|sig|iuid"},
])  # fmt: skip
def test_leaves_that_contradict_themselves_are_refused(change, tmp_path):
    (event,) = json.loads(events_of(WHOLE))
    merged = {name: value for name, value in (event | change).items() if value is not None}
    path = tmp_path / "events.json"
    path.write_text(json.dumps([merged]))
    with pytest.raises(JsonFormatError, match="not what the other leaves say"):
        ima.rebuild(path, 0, path.stat().st_size, io.BytesIO())


def test_template_data_alone_is_enough(tmp_path):
    (event,) = json.loads(events_of(WHOLE))
    for name in ("filename-hint", "filedata-hash", "filedata-hash-algorithm", "signature"):
        del event[name]
    path, out = tmp_path / "events.json", io.BytesIO()
    path.write_text(json.dumps([event]))
    ima.rebuild(path, 0, path.stat().st_size, out)
    assert out.getvalue() == WHOLE
