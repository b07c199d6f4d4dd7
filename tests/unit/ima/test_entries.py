"""`xrattest.ima.read`: entries of every template, against lists built in Python and the kernel's own."""

from __future__ import annotations

import json
import stat
import struct
import threading
from pathlib import Path

import pytest

from tests.ima_model import DESCRIPTORS, Made, binary
from xrattest import ima
from xrattest.errors import ImaFormatError

VECTORS = Path(__file__).parents[2] / "vectors" / "ima"
DIGEST = bytes(range(32))


def only(entry: Made, **layout: bool) -> ima.Entry:
    (found,) = ima.read(binary([entry], **layout))
    return found


def test_fields_carry_the_kernels_names_and_values():
    for template, fields in DESCRIPTORS.items():
        first = DIGEST[:20] if template == "ima" else b"sha256:\0" + DIGEST
        contents = first, b"/a\0", *(bytes([place]) for place in range(fields.count("|") - 1))
        entry = only(Made(template, contents))
        assert list(entry.fields) == fields.split("|")
        assert tuple(entry.fields.values()) == contents
        assert (entry.template, entry.digest) == (template, DIGEST[: 20 if template == "ima" else 32])
        # Only template ima has no NUL after a name: there it belongs to it.
        assert entry.name == (b"/a\0" if template == "ima" else b"/a")


@pytest.mark.parametrize(("template", "content", "expected"), [
    ("ima-ng", b"sha256:\0" + DIGEST, (None, "sha256", DIGEST, True)),
    ("ima-ng", b"sm3:\0" + DIGEST, (None, "sm3", DIGEST, True)),
    ("ima-ng", b"sm3-256:\0" + DIGEST, (None, "sm3-256", DIGEST, True)),
    ("ima-ng", b"unheard-of:\0" + DIGEST, (None, "unheard-of", DIGEST, None)),
    ("ima-ng", b"sha512:\0" + DIGEST, (None, "sha512", DIGEST, False)),
    ("ima-ng", b"sha1:\0", (None, "sha1", b"", False)),
    ("ima-ng", DIGEST[:20], (None, None, DIGEST[:20], None)),
    ("ima-ng", b"", (None, None, b"", None)),
    ("ima-ngv2", b"ima:sha256:\0" + DIGEST, ("ima", "sha256", DIGEST, True)),
    ("ima-ngv2", b"verity:sha256:\0" + DIGEST, ("verity", "sha256", DIGEST, True)),
    ("ima-ngv2", b"sha256:\0" + DIGEST, (None, "sha256", DIGEST, True)),
])  # fmt: skip
def test_digests_of_all_kinds(template, content, expected):
    entry = only(Made(template, (content, b"/a\0")))
    assert (entry.digest_type, entry.algorithm, entry.digest, entry.digest_fits) == expected


def test_formats_of_an_administrator():
    template = "d-ng|n-ng|sig|iuid|igid|imode"
    for big, order in ((False, "<"), (True, ">")):
        numbers = (
            struct.pack(order + "I", 1000),
            struct.pack(order + "I", 0),
            struct.pack(order + "H", 0o100644),
        )
        entry = only(Made(template, (b"sha1:\0" + DIGEST[:20], b"/a\0", b"\x03\x02", *numbers)), big=big)
        assert (entry.uid, entry.gid, entry.mode) == (1000, 0, 0o100644)
        assert (entry.name, entry.signature) == (b"/a", b"\x03\x02")
    for template, contents, digest, name in [
        ("n-ng", (b"/a\0",), None, b"/a"),
        ("d|n", (DIGEST[:16], b"/a\0"), DIGEST[:16], b"/a"),
        ("mystery", (b"??",), None, None),
    ]:
        entry = only(Made(template, contents))
        assert (entry.digest, entry.name, entry.signature, entry.uid) == (digest, name, None, None)


def test_extended_attributes():
    contents = (
        b"",
        b"/a\0",
        b"\x05\x02",
        b"security.ima|security.selinux\0",
        struct.pack("<II", 2, 3),
        b"\x04\x01abc",
    )
    entry = only(Made("evm-sig", (*contents, b"", b"", b"")))
    assert entry.xattrs == [(b"security.ima", b"\x04\x01"), (b"security.selinux", b"abc")]
    assert entry.signature == b"\x05\x02"
    assert only(Made("evm-sig", (*contents[:5], b"\x04\x01ab", b"", b"", b""))).xattrs is None
    assert only(Made("ima-ng", (b"", b"/a\0"))).xattrs is None


def test_data_of_another_form_has_no_parts():
    data = struct.pack("<I", 9) + b"short"
    content = (
        struct.pack("<I", 10)
        + bytes(20)
        + struct.pack("<I", 6)
        + b"ima-ng"
        + struct.pack("<I", len(data))
        + data
    )
    (entry,) = ima.read(content)
    assert (entry.fields, entry.digest, entry.name, entry.algorithm) == ({}, None, None, None)
    assert entry.template_data == data


def test_a_field_that_stands_twice_shows_once():
    entry = only(Made("n-ng|n-ng", (b"/first\0", b"/second\0")))
    assert entry.fields == {"n-ng": b"/first\0"}
    assert entry.name == b"/first"


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.bin")), ids=lambda path: path.stem)
def test_every_entry_of_a_real_list_is_taken_apart(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    for entry in ima.read(path):
        assert entry.fields
        assert entry.name
        # A violation has the zeros of a SHA-1 digest under the name of the list's algorithm.
        assert entry.digest_fits is not False or entry.is_violation
        assert entry.is_violation == (entry.number in expected["violation_indices"])
        if entry.fields.get("iuid"):
            assert entry.uid == int(entry.name.partition(b"/own_")[2] or 0)
            assert stat.S_ISREG(entry.mode)
            assert entry.xattrs is not None


def test_equal_entries():
    content = binary([Made("ima-ng", (b"", b"/a\0"))] * 2)
    (first, second), (again, _) = ima.read(content), ima.read(content)
    assert first == again
    assert hash(first) == hash(again)
    assert first != second
    assert first != "an entry"
    assert repr(first) == 'Entry(number=0, pcr=10, template="ima-ng", name=b"/a")'


def test_entries_before_damage_are_read():
    content = binary([Made("ima-ng", (b"", b"/a\0"))] * 10_000)
    entries = ima.read(content[:-1])
    for number in range(9_999):
        assert next(entries).number == number
    with pytest.raises(ImaFormatError) as caught:
        next(entries)
    assert caught.value.index == 9_999
    assert list(entries) == []


def test_threads_share_an_iterator():
    entries = ima.read(binary([Made("ima-ng", (b"", b"/a\0"))] * 20_000))
    numbers: list[int] = []
    threads = [
        threading.Thread(target=lambda: numbers.extend(entry.number for entry in entries)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(20_000))
