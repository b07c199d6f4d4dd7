"""The face `xrattest.ima` over real small lists (tests/vectors/ima) and lists made by hand."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import pytest

from xrattest import ima
from xrattest.errors import ImaFormatError, JsonFormatError, LimitError

VECTORS = Path(__file__).parents[1] / "vectors" / "ima"
CASES = sorted(path.stem for path in VECTORS.glob("*.json"))


def field(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def entry(
    name: bytes,
    *,
    template: bytes = b"ima-ng",
    pcr: int = 10,
    data: bytes | None = None,
    template_hash: bytes | None = None,
):
    if data is None:
        data = field(b"sha256:\0" + hashlib.sha256(name).digest()) + field(name + b"\0")
        data += field(b"") if template == b"ima-sig" else b""
    recorded = hashlib.sha1(data).digest() if template_hash is None else template_hash
    return struct.pack("<I", pcr) + recorded + field(template) + field(data)


def rebuild(text: bytes, directory: Path) -> bytes:
    path, out = directory / "events.json", io.BytesIO()
    path.write_bytes(b'{"x": ' + text + b"}")
    ima.rebuild(path, 6, 6 + len(text), out)
    return out.getvalue()


@pytest.fixture(params=CASES)
def vector(request) -> tuple[Path, dict]:
    return VECTORS / f"{request.param}.bin", json.loads((VECTORS / f"{request.param}.json").read_text())


def test_there_are_vectors():
    assert len(CASES) == 7


def test_replay_equals_the_tpm(vector):
    path, expected = vector
    replay = ima.replay(path, ["sha1", "sha256", "sha384", "sha384:sha1-padded"])
    # Linux 6.1 had no SHA-384 when IMA started.
    names = {"sha384": "sha384:sha1-padded"} if expected["case"].endswith("k61") else {}
    for bank, pcrs in expected["pcrs"].items():
        replayed = replay.pcrs[names.get(bank, bank)]
        assert {str(index): value.hex() for index, value in replayed.items()} == pcrs
    assert (replay.entries, dict(replay.templates)) == (expected["entries"], expected["templates"])
    assert replay.violations == len(expected["violation_indices"])
    assert replay.is_consistent


def test_read_yields_what_the_list_says(vector):
    path, expected = vector
    entries = list(ima.read(path))
    assert [entry.number for entry in entries if entry.is_violation] == expected["violation_indices"]
    assert entries[0].name == b"boot_aggregate"
    for found in entries:
        assert found.template in expected["templates"]
        assert found.name is not None
        assert found.digest is not None
        recomputed = found.template_data
        if found.template == "ima":
            recomputed = found.digest + found.name.ljust(256, b"\0")
        assert found.is_violation or hashlib.sha1(recomputed).digest() == found.template_hash


@pytest.mark.parametrize("profile", ["xr", "minimal"])
@pytest.mark.parametrize("block_target", [1, 4000, 1 << 19])
def test_compact_gives_the_list_back(vector, profile, block_target):
    path, expected = vector
    blocks, out = io.BytesIO(), io.BytesIO()
    written = ima.compact(path, blocks, profile, block_target=block_target)
    read = ima.expand(blocks.getvalue(), out)
    assert out.getvalue() == path.read_bytes()
    assert read == written == ima.Summary(expected["entries"], path.stat().st_size, written.blocks, 0)
    assert (written.blocks == expected["entries"]) == (block_target == 1)


@pytest.mark.parametrize("write", [ima.write_events, ima.write_blocks])
def test_json_gives_the_list_back(vector, write, tmp_path):
    path, _ = vector
    out = io.BytesIO()
    write(path, out)
    assert rebuild(out.getvalue(), tmp_path) == path.read_bytes()


def test_sources_and_outputs_of_all_kinds(vector, tmp_path):
    path, expected = vector
    content = path.read_bytes()
    packed = tmp_path / "list.gz"
    packed.write_bytes(gzip.compress(content))
    with path.open("rb") as file:
        for source in (path, str(path), content, io.BytesIO(content), file, packed, gzip.compress(content)):
            assert ima.replay(source).entries == expected["entries"]
    place = tmp_path / "blocks"
    with place.open("wb") as file:
        file.write(b"before ")
        ima.compact(path, file)
        file.write(b" after")
    assert place.read_bytes().startswith(b"before ")
    assert place.read_bytes().endswith(b" after")
    descriptor = os.open(place, os.O_WRONLY | os.O_TRUNC)
    ima.compact(path, descriptor)
    os.close(descriptor)
    out = io.BytesIO()
    ima.expand(place, out)
    assert out.getvalue() == content


def test_event_leaves_follow_the_model():
    out = io.BytesIO()
    odd = b"/a\xff\n\x01"
    ima.write_events(
        entry(b"/bin/ls", template=b"ima-sig") + entry(odd) + entry(b"", template=b"ima-buf", data=b"xyz"),
        out,
    )
    first, second, third = json.loads(out.getvalue())
    assert list(first) == ["event-number", "ima-template", "filename-hint", "filedata-hash", "filedata-hash-algorithm",
                           "template-hash-algorithm", "template-hash", "pcr-index"]  # fmt: skip
    assert (first["event-number"], first["pcr-index"], first["filename-hint"]) == ("0", 10, "/bin/ls")
    assert second["filename-hint"] == odd.decode("utf-8", "replace")
    assert second["filename-hint-bytes"] == "L2H/CgE="
    assert third["template-data"] == "eHl6"
    assert "filename-hint" not in third


def test_lines_are_one_object_each():
    out = io.BytesIO()
    assert ima.write_events(entry(b"/a\nb") * 3, out, layout="lines").entries == 3
    lines = out.getvalue().splitlines()
    assert [json.loads(line)["event-number"] for line in lines] == ["0", "1", "2"]


def test_violation_extends_ones_and_mismatch_is_named():
    content = entry(b"/a") + entry(b"/t", template_hash=bytes(20)) + entry(b"/f", template_hash=b"\x01" * 20)
    replay = ima.replay(content, ["sha256"])
    data = [found.template_data for found in ima.read(content)]
    value = bytes(32)
    for extended in (hashlib.sha256(data[0]).digest(), b"\xff" * 32, hashlib.sha256(data[2]).digest()):
        value = hashlib.sha256(value + extended).digest()
    assert replay.pcrs["sha256"] == {10: value}
    (mismatch,) = replay.mismatches
    assert (mismatch.number, mismatch.computed) == (2, hashlib.sha1(data[2]).digest())
    assert mismatch.offset == len(content) * 2 // 3
    assert not replay.is_consistent
    assert replay.mismatch_count == 1


def test_mismatches_are_counted_beyond_those_kept():
    replay = ima.replay(entry(b"/f", template_hash=b"\x01" * 20) * 250)
    assert (len(replay.mismatches), replay.mismatch_count) == (100, 250)


def test_other_pcrs_and_banks():
    replay = ima.replay(entry(b"/a", pcr=11) + entry(b"/b"), ["sha512", "sha1"])
    assert {bank: set(pcrs) for bank, pcrs in replay.pcrs.items()} == {"sha512": {10, 11}, "sha1": {10, 11}}
    with pytest.raises(ValueError, match="no bank"):
        ima.replay(b"", ["md5"])


def test_per_bank_list_is_recognised():
    data = field(b"sha256:\0" + bytes(32)) + field(b"/a\0")
    content = struct.pack("<I", 10) + hashlib.sha256(data).digest() + field(b"ima-ng") + field(data)
    assert ima.replay(content).is_consistent
    (only,) = ima.read(content)
    assert len(only.template_hash) == 32


def test_empty_list():
    assert list(ima.read(b"")) == []
    assert ima.replay(b"").pcrs == {"sha1": {}, "sha256": {}}
    out = io.BytesIO()
    assert ima.compact(b"", out) == ima.Summary(0, 0, 0, None)
    assert ima.expand(b"", out) == ima.Summary(0, 0, 0, None)
    assert out.getvalue() == b""


@pytest.mark.parametrize(("content", "reason"), [
    (b'{"cli-output": "x"}', "neither the kernel's binary"),
    (b"\x0a\0\0\0ab", "ends inside its first entry"),
    (entry(b"/a", pcr=64), "neither the kernel's binary"),
    (entry(b"/a") + entry(b"/a", pcr=64), "no PCR has the number 64"),
    (entry(b"/a", template=b"ima ng"), "neither the kernel's binary"),
    (entry(b"/a") + entry(b"/a", template=b"ima ng"), "not printable"),
    (entry(b"/a") + entry(b"/a", template=b"x" * 256), "template name of 256 bytes"),
    (entry(b"/a") + bytes([10, 0, 0, 0]) + bytes(20) + field(b"ima") + bytes(20) + field(b"x" * 256), "over the limit of 279"),
    (gzip.compress(entry(b"/a"), mtime=0)[:-9], "compressed input is damaged"),
])  # fmt: skip
def test_damage_is_named(content, reason):
    with pytest.raises(ImaFormatError, match=reason) as caught:
        ima.replay(content)
    assert caught.value.exit_code == 2


def test_cut_at_every_byte():
    content = entry(b"/a") + entry(b"/b", template=b"ima-sig") + entry(b"/c")
    bounds = [found.offset for found in ima.read(content)]
    for end in range(1, len(content)):
        if end in bounds:
            assert ima.replay(content[:end]).entries == bounds.index(end)
            continue
        with pytest.raises(ImaFormatError) as caught:
            list(ima.read(content[:end]))
        assert caught.value.offset == max(bound for bound in bounds if bound < end)
        assert caught.value.index == bounds.index(caught.value.offset)


def test_flipped_bits_change_the_replay_or_fail():
    content = b"".join(entry(f"/{number}".encode()) for number in range(3))
    sound = astuple(ima.replay(content))
    for bit in range(len(content) * 8):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        with contextlib.suppress(ImaFormatError):
            assert astuple(ima.replay(bytes(flipped))) != sound


def test_limits_can_be_raised(tmp_path):
    content = entry(b"/a") * 10
    for run in (lambda limit: ima.replay(content, max_size=limit), lambda limit: list(ima.read(gzip.compress(content), max_size=limit)),
                lambda limit: ima.compact(content, io.BytesIO(), max_size=limit)):  # fmt: skip
        run(len(content))
        with pytest.raises(LimitError):
            run(len(content) - 1)
    events = tmp_path / "events"
    with events.open("wb") as file:
        ima.write_events(content, file)
    ima.rebuild(events, 0, events.stat().st_size, io.BytesIO(), max_size=len(content))
    with pytest.raises(LimitError):
        ima.rebuild(events, 0, events.stat().st_size, io.BytesIO(), max_size=len(content) - 1)


def test_json_errors_say_where(tmp_path):
    out = io.BytesIO()
    ima.write_events(entry(b"/a") * 2, out)
    text = out.getvalue().replace(b'"event-number":"1"', b'"event-number":"7"')
    with pytest.raises(JsonFormatError, match="event 7 does not follow") as caught:
        rebuild(text, tmp_path)
    # The text stands 6 bytes into its file, the second object after the first and a comma.
    assert caught.value.offset == 6 + text.index(b"},{") + 2
    with pytest.raises(JsonFormatError):
        rebuild(text[:-5], tmp_path)


def test_absent_files_are_os_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        ima.replay(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        ima.replay(tmp_path)


def test_why_absent():
    filesystems = "nodev\tsysfs\nnodev\tsecurityfs\n\text4\n"
    for there, reason in [
        (set(), "/sys is not mounted"),
        ({"/sys/kernel/security"}, "mount -t securityfs"),
        ({"/sys/kernel/security", "/sys/kernel/security/lsm"}, "built without IMA"),
    ]:
        assert reason in ima.why_absent(there.__contains__, filesystems)
    assert "no securityfs" in ima.why_absent(lambda _: True, "\text4\n")


def test_memory_stays_bounded(tmp_path):
    big = tmp_path / "big"
    with big.open("wb") as file:
        for _ in range(20):
            file.write(entry(b"/usr/lib/some/file") * 25_000)
    program = (
        "import resource, sys; from xrattest import ima\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "ima.replay(sys.argv[1]); ima.compact(sys.argv[1], sys.argv[2] and open(sys.argv[2], 'wb'), 'minimal')\n"
        "ima.expand(sys.argv[2], open('/dev/null', 'wb'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown = subprocess.run(
        [sys.executable, "-c", program, big, tmp_path / "c"], check=True, capture_output=True, text=True
    )
    assert big.stat().st_size > 50 << 20
    assert int(grown.stdout) < 32 << 10, "KiB"
