"""Read boot and shutdown records of wtmp(5), in whichever layout the file has, in bounded memory.

Sources: glibc's `struct utmp` (sysdeps/gnu/bits/utmp.h): 384 bytes where times are kept in 32 bits on a 64-bit system
(`__WORDSIZE_TIME64_COMPAT32`: x86-64, ppc64, s390x) and on 32-bit systems, 400 bytes elsewhere (aarch64, riscv64); systemd's
src/shared/utmp-wtmp.c and util-linux's login-utils/last.c for what marks a boot and a shutdown.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

RUN_LVL = 1
BOOT_TIME = 2
LAST_TYPE = 9
"""ACCOUNTING, the greatest ut_type."""

CHUNK_RECORDS = 4096
SAMPLE_RECORDS = 64
"""Records that tell which layout a file has."""

_DOWN_RUNLEVELS = frozenset({ord("0"), ord("6")})


class Kind(enum.Enum):
    """What a record marks."""

    BOOT = "boot"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True)
class Record:
    """A boot or a shutdown; `time` in seconds since the epoch."""

    kind: Kind
    time: int
    index: int
    """0-based number of the record in the file."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read: `count` records or `size` bytes from byte `offset` on."""

    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """One of the layouts of `struct utmp`: type, pid, user, seconds and microseconds from each record."""

    fields: struct.Struct

    @property
    def size(self) -> int:
        """Bytes of one record."""
        return self.fields.size

    def plausible(self, raw: bytes) -> bool:
        """Tell whether `raw` may be a record: a known type, zero padding, less than a second of microseconds."""
        kind, padding, _, _, _, microseconds = self.fields.unpack(raw)
        return bool(0 <= kind <= LAST_TYPE and padding == 0 and 0 <= microseconds < 1_000_000)


# ut_type, padding, ut_pid, (ut_line, ut_id), ut_user, (ut_host, ut_exit, ut_session), tv_sec, tv_usec, (the rest)
_NARROW = "hHi36x32s264xIi36x"
_WIDE = "hHi36x32s268xqq40x"
LAYOUTS = tuple(Layout(struct.Struct(order + fields)) for fields in (_NARROW, _WIDE) for order in ("<", ">"))
"""384 bytes little- and big-endian, then 400 bytes."""


def choose_layout(sample: bytes, size: int) -> Layout | None:
    """Return the layout that most records of `sample`, the head of a file of `size` bytes, may have; None when none fits."""
    scores = {layout: _score(layout, sample, size) for layout in LAYOUTS}
    best = max(LAYOUTS, key=lambda layout: scores[layout])
    return best if scores[best][0] > 0 else None


def _score(layout: Layout, sample: bytes, size: int) -> tuple[float, bool]:
    whole = len(sample) // layout.size
    records = [sample[i * layout.size : (i + 1) * layout.size] for i in range(min(whole, SAMPLE_RECORDS))]
    # A record of zeros fits every layout and so tells nothing.
    telling = [record for record in records if any(record)]
    fitting = sum(layout.plausible(record) for record in telling)
    return (fitting / len(telling) if telling else 0.0, size % layout.size == 0)


def read_records(file: BinaryIO, size: int, limit: int) -> Iterator[Record | Damage]:
    """Yield the boots and shutdowns in the last `limit` bytes of a wtmp file of `size` bytes, in the file's order.

    What is no record is yielded as `Damage`, one per run of bad records; reading goes on behind it. Raises `OSError`.
    """
    sample = file.read(SAMPLE_RECORDS * LAYOUTS[-1].size)
    if size == 0:
        return
    layout = choose_layout(sample, size)
    if layout is None:
        yield Damage(0, f"none of its {size} bytes is a record of wtmp")
        return
    first = max(0, -(-(size - limit) // layout.size))
    if first:
        yield Damage(
            0, f"the first {first} records are not read: the file is over the limit of {limit} bytes"
        )
    file.seek(first * layout.size)
    yield from _records(file, layout, first, size // layout.size)
    if size % layout.size:
        whole = size // layout.size
        yield Damage(
            whole * layout.size, f"{size % layout.size} bytes after record {whole - 1} are no whole record"
        )


def _records(file: BinaryIO, layout: Layout, first: int, end: int) -> Iterator[Record | Damage]:
    bad_from: int | None = None
    index = first
    while index < end:
        chunk = file.read(min(CHUNK_RECORDS, end - index) * layout.size)
        if len(chunk) < layout.size:
            yield Damage(index * layout.size, "the file became shorter while it was read")
            return
        for start in range(0, len(chunk) - layout.size + 1, layout.size):
            raw = chunk[start : start + layout.size]
            good = layout.plausible(raw)
            if good and bad_from is not None:
                yield _bad_run(layout, bad_from, index)
            bad_from = None if good else index if bad_from is None else bad_from
            record = _record(layout, raw, index) if good else None
            if record is not None:
                yield record
            index += 1
    if bad_from is not None:
        yield _bad_run(layout, bad_from, index)


def _bad_run(layout: Layout, start: int, end: int) -> Damage:
    records = f"record {start} is" if end - start == 1 else f"records {start} to {end - 1} are"
    return Damage(start * layout.size, f"{records} damaged")


def _record(layout: Layout, raw: bytes, index: int) -> Record | None:
    kind, _, pid, user, seconds, _ = layout.fields.unpack(raw)
    name = user.split(b"\0", 1)[0]
    if kind == BOOT_TIME:
        return Record(Kind.BOOT, seconds, index)
    # The low byte of a run level record's pid is the level that was entered.
    if kind == RUN_LVL and (name == b"shutdown" or (name == b"runlevel" and pid & 0xFF in _DOWN_RUNLEVELS)):
        return Record(Kind.SHUTDOWN, seconds, index)
    return None
