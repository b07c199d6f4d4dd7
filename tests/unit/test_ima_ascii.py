"""Ascii lists give the binary list; what their text leaves open is proven by template hashes, or told."""

from __future__ import annotations

import gzip
import io
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest import ima
from xrattest.errors import AsciiListWarning, ImaFormatError
from xrattest.testing.lists import TEMPLATES, Recipe, write_list

VECTORS = Path(__file__).parents[1] / "vectors" / "ima"
BINARY, TEXT = ((VECTORS / f"sig-sha256.{suffix}").read_bytes() for suffix in ("bin", "txt"))
EVERY = ",".join([*TEMPLATES, "d-ng|n-ng|sig|iuid|igid|imode"])


def both(**options):
    binary, text = io.BytesIO(), io.BytesIO()
    write_list(Recipe(**options), binary, text)
    return binary.getvalue(), text.getvalue()


def binary_of(text):
    out = io.BytesIO()
    joined = ima.join([text], out)
    return out.getvalue(), joined.parts[0].warnings[0]


def test_a_real_list_with_line_ends_in_names():
    binary, said = binary_of(TEXT)
    assert binary == BINARY
    assert (said.entries, said.lines, said.joined, said.violations, said.unproven) == (176, 177, 1, 2, 0)
    assert said.proven == 174
    assert said.first_unproven is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_everything_that_reads_lists_takes_ascii_and_warns(pack):
    text = pack(TEXT)
    with pytest.warns(AsciiListWarning, match="174 of 176"):
        assert ima.replay(text).pcrs == ima.replay(BINARY).pcrs
    with pytest.warns(AsciiListWarning):
        assert list(ima.read(text)) == list(ima.read(BINARY))
    with pytest.warns(AsciiListWarning):
        assert ima.boot_aggregates(text) == ima.boot_aggregates(BINARY)
    for write in (ima.compact, ima.write_blocks, ima.write_events):
        ours, theirs = io.BytesIO(), io.BytesIO()
        with pytest.warns(AsciiListWarning):
            write(text, ours)
        write(BINARY, theirs)
        assert ours.getvalue() == theirs.getvalue()


def test_describe_warns_in_its_answer():
    ours, theirs = ima.describe(TEXT), ima.describe(BINARY)
    assert (ours.form, theirs.form) == ("ascii", "binary")
    assert (len(ours.warnings), len(theirs.warnings)) == (1, 0)
    for name in (
        "endian",
        "template_hash",
        "entries",
        "list_bytes",
        "violations",
        "templates",
        "last_boot_aggregate",
    ):
        assert getattr(ours, name) == getattr(theirs, name)
    assert theirs.last_boot_aggregate == ima.boot_aggregates(BINARY)[-1]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 40),
    entries=st.integers(1, 40),
    bank=st.sampled_from(["sha1", "sha256", "sha384", "sha512"]),
    endian=st.sampled_from(["little", "big"]),
    odd=st.integers(0, 3),
)
def test_ascii_of_any_list_gives_the_binary_list(seed, entries, bank, endian, odd):
    # The first entry is of a template whose hash tells the byte order.
    binary, text = both(
        entries=entries,
        template=EVERY.removeprefix("ima,"),
        seed=seed,
        bank=bank,
        endian=endian,
        odd_every=odd,
    )
    made, said = binary_of(text)
    assert made == binary
    assert said.proven == said.entries == entries


def test_one_wrong_digit_is_told_and_disturbs_nothing_else():
    _, text = both(entries=20, template="ima-sig", odd_every=3)
    at = text.index(b"\n10 ", text.index(b"\n10 ") + 1) + 4
    wrong = text[:at] + (b"1" if text[at : at + 1] == b"0" else b"0") + text[at + 1 :]
    with pytest.warns(AsciiListWarning, match="19 of 20 .* 1 have a wrong template hash .* entry 2 in line"):
        replay = ima.replay(wrong)
    assert [mismatch.number for mismatch in replay.mismatches] == [2]
    assert replay.entries == 20


def test_a_cut_list_is_refused_or_taken_as_far_as_it_goes():
    _, text = both(entries=5)
    cut = text[:-10]
    with pytest.raises(ImaFormatError, match="line 5: the list ends inside this line") as caught:
        ima.replay(cut)
    assert caught.value.index == 4
    assert caught.value.offset == text.rindex(b"\n", 0, -1) + 1
    with pytest.warns(AsciiListWarning):
        lenient = ima.replay(cut, lenient=True)
    assert (lenient.entries, lenient.truncated.number) == (4, 4)


def test_errors_name_the_line():
    with pytest.raises(
        ImaFormatError, match="line 2: a line that does not begin with the number of a PCR"
    ) as caught:
        ima.replay(TEXT.split(b"\n")[0] + b"\n\n")
    assert (caught.value.index, caught.value.exit_code) == (1, 2)


def test_binary_lists_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ima.replay(BINARY)
        list(ima.read(BINARY))
