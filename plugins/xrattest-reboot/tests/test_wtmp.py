"""wtmp in every layout, whole and damaged."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from xrattest_reboot.wtmp import LAYOUTS, Damage, Kind, Record, choose_layout, read_records

VECTORS = Path(__file__).parent / "vectors"
LITTLE_384, BIG_384, LITTLE_400, BIG_400 = LAYOUTS
BOOT, RUN_LEVEL, LOGIN = 2, 1, 7


def record(layout, kind, seconds, user=b"reboot", pid=0):
    return layout.fields.pack(kind, 0, pid, user, seconds, 123456)


def read(raw, limit=1 << 30):
    return list(read_records(io.BytesIO(raw), len(raw), limit))


def test_the_real_one():
    raw = (VECTORS / "systemd-boot1.wtmp").read_bytes()
    assert choose_layout(raw, len(raw)) == LITTLE_384
    assert read(raw) == [Record(Kind.BOOT, 1795460794, 0)]
    assert "Mon Nov 23 19:06:34 2026" in (VECTORS / "systemd-boot1.last-x.txt").read_text()


@pytest.mark.parametrize("layout", LAYOUTS, ids=["little-384", "big-384", "little-400", "big-400"])
def test_every_layout(layout):
    raw = b"".join([
        record(layout, BOOT, 1_700_000_000), record(layout, LOGIN, 1_700_000_010, b"root", 5000),
        record(layout, RUN_LEVEL, 1_700_000_020, b"runlevel", ord("5")),
        record(layout, RUN_LEVEL, 1_700_000_100, b"shutdown"), record(layout, BOOT, 1_700_000_200),
        record(layout, RUN_LEVEL, 1_700_000_300, b"runlevel", ord("6") | ord("5") << 8),
    ])  # fmt: skip
    assert read(raw) == [
        Record(Kind.BOOT, 1_700_000_000, 0), Record(Kind.SHUTDOWN, 1_700_000_100, 3), Record(Kind.BOOT, 1_700_000_200, 4),
        Record(Kind.SHUTDOWN, 1_700_000_300, 5),
    ]  # fmt: skip


def test_seconds_after_2038_in_32_bits():
    assert read(record(LITTLE_384, BOOT, 0x9000_0000)) == [Record(Kind.BOOT, 0x9000_0000, 0)]


def test_sizes_of_the_c_library():
    assert [layout.size for layout in LAYOUTS] == [384, 384, 400, 400]
    assert struct.unpack_from("<I", record(LITTLE_384, BOOT, 77), 340) == (77,)
    assert struct.unpack_from("<q", record(LITTLE_400, BOOT, 77), 344) == (77,)


def test_a_truncated_file():
    raw = record(LITTLE_384, BOOT, 1) + record(LITTLE_384, BOOT, 2)
    assert read(raw[:-10]) == [
        Record(Kind.BOOT, 1, 0),
        Damage(384, "374 bytes after record 0 are no whole record"),
    ]
    assert read(raw[:20]) == [Damage(0, "none of its 20 bytes is a record of wtmp")]
    assert read(b"") == []


def test_damaged_records_are_told_and_left_behind():
    good = [record(LITTLE_384, BOOT, n) for n in range(6)]
    raw = good[0] + b"\xff" * 384 + good[2] + b"\xff" * 768 + good[5]
    assert read(raw) == [
        Record(Kind.BOOT, 0, 0), Damage(384, "record 1 is damaged"), Record(Kind.BOOT, 2, 2),
        Damage(1152, "records 3 to 4 are damaged"), Record(Kind.BOOT, 5, 5),
    ]  # fmt: skip


def test_garbage():
    assert read(b"\xff" * 5000) == [Damage(0, "none of its 5000 bytes is a record of wtmp")]


def test_only_the_newest_bytes_of_a_large_file_are_read():
    raw = b"".join(record(LITTLE_384, BOOT, n) for n in range(1, 101))
    found = read(raw, limit=384 * 10 + 5)
    assert found[0] == Damage(
        0, "the first 90 records are not read: the file is over the limit of 3845 bytes"
    )
    assert [item.time for item in found[1:]] == list(range(91, 101))


def test_a_file_that_shrinks_while_it_is_read():
    raw = record(LITTLE_384, BOOT, 1) * 3
    found = list(read_records(io.BytesIO(raw[:384]), len(raw), 1 << 20))
    assert found == [Record(Kind.BOOT, 1, 0), Damage(384, "the file became shorter while it was read")]


def test_any_changed_byte_is_an_answer():
    raw = bytearray(b"".join(record(LITTLE_384, BOOT, n) for n in (1, 2)))
    for position in range(len(raw)):
        for value in (0xFF, 0x80, raw[position] ^ 1):
            mutant = bytes(raw[:position]) + bytes([value]) + bytes(raw[position + 1 :])
            assert len(read(mutant)) <= 4
