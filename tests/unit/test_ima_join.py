"""Chunks and growing copies join to one list; what cannot be joined is refused with its name."""

from __future__ import annotations

import gzip
import io
import os
import threading

import pytest

from xrattest import ima
from xrattest.errors import ImaFormatError, LimitError
from xrattest.testing.lists import Recipe, write_list


def made(**options):
    out = io.BytesIO()
    known = write_list(Recipe(**options), out)
    return out.getvalue(), known


def cuts(content):
    return [entry.offset for entry in ima.read(content)] + [len(content)]


def joined(*sources, **options):
    out = io.BytesIO()
    result = ima.join(sources, out, **options)
    return out.getvalue(), result


def test_chunks_and_their_replay():
    content, known = made(entries=100, template="ima-ng,ima-sig,evm-sig", violation_every=5)
    at = cuts(content)
    again, result = joined(
        content[: at[30]], b"", gzip.compress(content[at[30] : at[70]]), io.BytesIO(content[at[70] :])
    )
    assert again == content
    assert [(part.label, part.entries, part.repeated) for part in result.parts] == [
        ("list 1", 30, 0), ("list 2", 0, 0), ("list 3", 40, 0), ("list 4", 30, 0),
    ]  # fmt: skip
    assert (result.entries, result.list_bytes) == (100, len(content))
    assert ima.replay(again).pcrs == known.pcrs


def test_copies_of_a_growing_list():
    content, _ = made(entries=50)
    at = cuts(content)
    again, result = joined(content[: at[20]], content[: at[35]], content[at[10] : at[30]], content)
    assert again == content
    assert [part.repeated for part in result.parts] == [0, 20, 20, 35]


def test_violations_alone_are_no_repetition():
    content, _ = made(entries=40, violation_every=3, seed=1)
    violations = [entry.number for entry in ima.read(content) if entry.is_violation]
    at = cuts(content)
    first = violations[0]
    one = content[at[first] : at[first + 1]]
    again, result = joined(content[: at[first + 1]], one)
    assert again == content[: at[first + 1]] + one
    assert result.parts[1].repeated == 0


def test_a_list_carried_over_kexec():
    content, known = made(entries=30, boots=3, template="ima-sig")
    found = ima.describe(content)
    assert found.boot_aggregates == 3
    assert found.last_boot_aggregate.number == known.boot_aggregates[-1] == 20
    assert found.last_boot_aggregate == ima.boot_aggregates(content)[-1]
    assert ima.replay(content).pcrs == known.pcrs
    at = cuts(content)
    assert joined(content[: at[10]], content[at[10] : at[20]], content[at[20] :])[0] == content


@pytest.mark.parametrize("other", [{"bank": "sha256"}, {"endian": "big"}])
def test_lists_of_another_form_are_refused(other):
    one, another = made(entries=3)[0], made(entries=3, seed=1, **other)[0]
    with pytest.raises(
        ImaFormatError,
        match=r"list 2: .*-endian with template hashes of .*, where list 1 is little-endian with",
    ):
        joined(one, another)


def test_errors_name_the_file_and_the_entry(tmp_path):
    content, _ = made(entries=5)
    path = tmp_path / "second"
    path.write_bytes(content[:-3])
    with pytest.raises(ImaFormatError, match=f"entry 4 at byte .*: {path}: the list ends inside") as caught:
        joined(content, path)
    assert caught.value.index == 4


def test_limits_hold_for_each_list_and_the_sum():
    one, another = made(entries=5)[0], made(entries=5, seed=1)[0]
    size = len(one) + len(another)
    assert joined(one, another, max_size=size)[0] == one + another
    with pytest.raises(LimitError):
        joined(one, another, max_size=size - 1)


def test_what_cannot_seek_is_read_too():
    content, _ = made(entries=5)
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as source:
        thread = threading.Thread(target=lambda: (os.write(writer, content), os.close(writer)))
        thread.start()
        assert joined(source)[0] == content
        thread.join()


def test_nothing_is_an_empty_list():
    assert joined()[0] == b""
