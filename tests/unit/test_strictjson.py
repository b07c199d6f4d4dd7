"""The strict reader and the writer against Python's json module, which is an oracle for values and for nothing stricter."""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest import strictjson
from xrattest.errors import JsonFormatError, LimitError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(10**60), 10**60) | st.floats(-1e99, 1e99, allow_nan=False).filter(
    lambda value: value == 0 or abs(value) > 1e-90
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=25,
)
LAYOUTS = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


@given(value=VALUES, layout=LAYOUTS)
def test_loads_is_json_loads(value, layout):
    text = json.dumps(value, **layout)
    assert strictjson.loads(text) == value
    assert strictjson.loads(text.encode()) == value


@given(st.binary(max_size=60) | st.text(max_size=40) | st.text('[]{},:"\\u0019ae+-.truefalsnN ', max_size=30))
def test_what_loads_accepts_json_accepts_too(text):
    try:
        value = strictjson.loads(text)
    except JsonFormatError:
        return
    assert json.loads(text) == value


LAXER = ("duplicate", "surrogate", "exponent", "longer than", "control")
"""What json accepts and the strict reader does not."""


@given(st.text('[]{},:"\\u0019ae+-.truefalsnN \n', max_size=30))
def test_what_loads_refuses_json_refuses_or_is_lax_about(text):
    try:
        value = json.loads(text, parse_constant=_refuse)
    except ValueError:
        with pytest.raises(JsonFormatError):
            strictjson.loads(text)
        return
    try:
        ours = strictjson.loads(text)
    except JsonFormatError as error:
        reason = str(error)
    else:
        assert ours == value
        return
    assert any(lax in reason for lax in LAXER)


def _refuse(name):
    raise ValueError(name)


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ('{"a": 1, "a": 2}', 9, "duplicate"),
        ('[{"é": [{"b": 1, "b": 2}]}]', 18, "duplicate"),
        (r'["\ud800"]', 2, "lone surrogate"),
        ('["a\ud800"]', 3, "lone surrogate"),
        ('["é\ud800"]', 4, "lone surrogate"),
        ("[NaN]", 1, "value was expected"),
        ("[1] [2]", 4, "after the end"),
        (b"\xef\xbb\xbf[]", 0, "value was expected"),
        ("[]".encode("utf-16"), 0, "value was expected"),
        (b'["\xff"]', 2, "UTF-8"),
    ],
)
def test_refusals_have_offsets(text, offset, reason):
    with pytest.raises(JsonFormatError, match=reason) as caught:
        strictjson.loads(text)
    assert caught.value.offset == offset


def test_limits():
    with pytest.raises(LimitError):
        strictjson.loads("[1,2,3]", max_size=6)
    strictjson.loads("[1,2,3]", max_size=7)
    with pytest.raises(JsonFormatError, match="deeper than 3"):
        strictjson.loads("[[[[]]]]", max_depth=3)


def follow(value, pointer):
    for step in pointer:
        value = value[step]
    return value


def containers(value, pointer=()):
    if isinstance(value, dict | list):
        yield pointer
        rows = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in rows:
            yield from containers(child, (*pointer, key))


KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}


@given(value=VALUES, layout=LAYOUTS, lead=st.binary(max_size=5), tail=st.binary(max_size=5))
@settings(max_examples=60, deadline=None)
def test_members_of_every_container(value, layout, lead, tail):
    text = json.dumps(value, **layout).encode()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "text")
        path.write_bytes(lead + text + tail)
        content = path.read_bytes()
        for pointer in containers(value):
            rows = strictjson.members(path, pointer=pointer, start=len(lead), end=len(lead) + len(text))
            container = follow(value, pointer)
            assert [row.key for row in rows] == (
                list(container) if isinstance(container, dict) else list(range(len(container)))
            )
            for row in rows:
                child = container[row.key]
                assert json.loads(content[row.start : row.end]) == child
                assert row.kind == KINDS.get(type(child), "number")
                assert strictjson.load_member(path, row, max_size=1 << 20) == child
                if row.kind == "string":
                    spool = path.with_name("spool")
                    assert strictjson.unescape_member(path, row, spool) == len(child.encode())
                    assert spool.read_bytes().decode() == child
                    spool.unlink()


def test_member_limits(tmp_path):
    path = tmp_path / "text"
    path.write_text("[1, 22, 333]")
    with pytest.raises(LimitError, match="limit of 2"):
        strictjson.members(path, max_members=2)
    last = strictjson.members(path, max_members=3)[-1]
    with pytest.raises(LimitError):
        strictjson.load_member(path, last, max_size=2)
    with pytest.raises(LimitError):
        strictjson.members(path, max_size=11)
    with pytest.raises(FileNotFoundError):
        strictjson.members(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        strictjson.members(tmp_path)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_escape_file_is_minimal(text):
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name, "source"), Path(name, "target")
        source.write_bytes(text.encode())
        with target.open("wb") as file:
            written = strictjson.escape_file(source, file.fileno())
        assert written == target.stat().st_size
        # Python escapes DEL where RFC 8259 does not ask for it; otherwise the shortest form is one.
        assert target.read_bytes().decode() == json.dumps(text, ensure_ascii=False)[1:-1]


def test_escape_file_appends_and_leaves_the_descriptor_open(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("b\n")
    with target.open("wb", buffering=0) as file:
        file.write(b"a")
        strictjson.escape_file(source, file.fileno())
        file.write(b"c")
    assert target.read_bytes() == b"ab\\nc"
    descriptor = os.open(target, os.O_RDONLY)
    os.close(descriptor)
    for closed in (descriptor, -1):
        with pytest.raises(OSError):
            strictjson.escape_file(source, closed)


def test_escaping_to_a_reader_that_left(tmp_path):
    source = tmp_path / "source"
    source.write_text("x" * 500_000)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with pytest.raises(BrokenPipeError):
            strictjson.escape_file(source, writing)
    finally:
        os.close(writing)


def write(writer, value):
    """Write a value with every way that the writer has."""
    if isinstance(value, dict):
        with writer.object():
            for index, (key, child) in enumerate(value.items()):
                if index % 2:
                    writer.member(key, child)
                else:
                    writer.key(key)
                    write(writer, child)
    elif isinstance(value, list):
        with writer.array():
            for child in value:
                write(writer, child)
    else:
        writer.value(value)


@given(VALUES)
def test_writer_is_json_dumps(value):
    out = io.BytesIO()
    write(strictjson.JsonWriter(out), value)
    assert out.getvalue() == json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert strictjson.loads(out.getvalue()) == value


def test_writer_copies_and_quotes_files(tmp_path):
    part, text = tmp_path / "part", tmp_path / "text"
    part.write_bytes(b'xx{"a":1}yy')
    text.write_text('q"\n')
    for out in (io.BytesIO(), (tmp_path / "out").open("w+b")):
        with out:
            writer = strictjson.JsonWriter(out)
            with writer.array():
                writer.copy_from(part, 2, 9)
                writer.raw(b"null")
                writer.text_from(text)
            out.seek(0)
            assert out.read() == b'[{"a":1},null,"q\\"\\n"]'
    with pytest.raises(OSError, match="ends 9 bytes before"):
        strictjson.JsonWriter(io.BytesIO()).copy_from(part, 0, 20)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda writer: (writer.value(1), writer.value(2)),
        lambda writer: writer.key("a"),
        lambda writer: writer.value(math.nan),
        lambda writer: writer.value(math.inf),
        lambda writer: writer.value("\ud800"),
    ],
)
def test_writer_misuse(misuse):
    with pytest.raises(ValueError):
        misuse(strictjson.JsonWriter(io.BytesIO()))


@pytest.mark.parametrize(
    "misuse",
    [
        lambda writer: writer.value(1),
        lambda writer: (writer.member("a", 1), writer.member("a", 2)),
        lambda writer: (writer.key("a"), writer.key("b")),
        lambda writer: writer.key("a"),
        lambda writer: writer.member("\udc80", 1),
    ],
)
def test_writer_misuse_in_an_object(misuse):
    writer = strictjson.JsonWriter(io.BytesIO())
    with pytest.raises(ValueError), writer.object():
        misuse(writer)


def test_memory_does_not_grow_with_the_text(tmp_path):
    # 96 MiB of rows and one string of 96 MiB, read by a process that may have 96 MiB more than it starts with.
    path = tmp_path / "text"
    with path.open("wb") as file:
        file.write(b'{"rows":[0')
        for _ in range(96):
            file.write(b',{"k":"0123456789"}' * 55_000)
        file.write(b'],"text":"' + b"x" * (96 << 20) + b'"}')
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom xrattest import strictjson\n"
        "pages = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (pages + (96 << 20),) * 2)\n"
        "text = Path(sys.argv[1])\nrows = strictjson.members(text)\n"
        "size = strictjson.unescape_member(text, rows[1], text.with_name('spool'))\n"
        "print([row.key for row in rows], size)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout == f"['rows', 'text'] {96 << 20}\n", done.stderr
