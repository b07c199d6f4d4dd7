"""Points of the kernel's list that earlier runs reached, so that a later one does not read from the start.

The kernel only appends to its list, so the bytes before an offset are the same until the next boot. A point is used only in
the boot that it was kept in, and when the entry before it is still there byte for byte. It saves work and proves nothing:
PCR values that were changed in this file lead to evidence that does not match what the verifier has.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xrattest.durable import atomic_file
from xrattest.ima import Position
from xrattest_ima.options import MOST_EVENTS

KEPT = 16
"""Most points that are kept, the furthest of them."""

_LARGEST_ENTRY = 64 << 20
_LARGEST_FILE = 1 << 20
_CHUNK = 1 << 16


class _Point(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    entries: int = Field(gt=0, le=MOST_EVENTS)
    offset: int = Field(gt=0, le=MOST_EVENTS)
    last: int = Field(ge=0)
    last_sha256: str
    """Of the entry before the point, bytes `last` to `offset` of the list."""
    hash: str
    big_endian: bool
    pcrs: dict[str, dict[str, str]]

    @classmethod
    def of(cls, position: Position, log: BinaryIO) -> Self | None:
        """Return `position` with the digest of the entry before it; None where there is none."""
        digest = None if position.last is None else _digest(log, position.last, position.offset)
        if position.last is None or digest is None:
            return None
        pcrs = {
            bank: {str(index): value.hex() for index, value in values.items()}
            for bank, values in position.pcrs.items()
        }
        return cls(
            entries=position.entries, offset=position.offset, last=position.last, last_sha256=digest,
            hash=position.hash, big_endian=position.big_endian, pcrs=pcrs,
        )  # fmt: skip

    def position(self) -> Position:
        """Return the point as a position. Raises `ValueError`."""
        pcrs = {
            bank: {int(index): bytes.fromhex(value) for index, value in values.items()}
            for bank, values in self.pcrs.items()
        }
        return Position(self.entries, self.offset, self.last, self.hash, self.big_endian, pcrs)


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Literal[1] = 1
    boot_id: str
    points: list[_Point] = Field(max_length=KEPT)


class Points:
    """The points of one boot, in the state directory."""

    def __init__(self, state_dir: Path, boot_id: str, banks: Sequence[str]) -> None:
        self._path = state_dir / "ima" / "resume.json"
        self._boot_id, self._banks = boot_id, frozenset(banks)
        self._points = self._read()

    def stand(self, log: BinaryIO, entries: int) -> Position | None:
        """Have `log` stand at the last point that has at most `entries` before it, and return it; None: it stands at the start."""
        usable = [point for point in self._points if point.entries <= entries]
        for point in sorted(usable, key=lambda point: point.entries, reverse=True):
            with suppress(OSError, ValueError):
                if _digest(log, point.last, point.offset) == point.last_sha256:
                    os.lseek(log.fileno(), point.offset, os.SEEK_SET)
                    return point.position()
        os.lseek(log.fileno(), 0, os.SEEK_SET)
        return None

    def keep(self, log: BinaryIO, positions: Iterable[Position]) -> None:
        """Remember `positions`. Where that cannot be written, the next run reads from the start, which loses nothing but time."""
        with suppress(OSError):
            points = {point.entries: point for point in self._points}
            made = [_Point.of(position, log) for position in positions]
            points |= {point.entries: point for point in made if point is not None}
            furthest = sorted(points.values(), key=lambda point: point.entries)[-KEPT:]
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_file(self._path, mode=0o600) as file:
                file.write(_Kept(boot_id=self._boot_id, points=furthest).model_dump_json().encode())

    def _read(self) -> list[_Point]:
        try:
            with self._path.open("rb") as file:
                kept = _Kept.model_validate_json(file.read(_LARGEST_FILE))
        except (OSError, ValidationError):
            return []
        return [
            point
            for point in kept.points
            if kept.boot_id == self._boot_id and point.pcrs.keys() == self._banks
        ]


def _digest(log: BinaryIO, start: int, end: int) -> str | None:
    """Return the SHA-256 of bytes `start` to `end` in hexadecimal; None when they are not there. Raises `OSError`."""
    if not 0 <= start < end <= start + _LARGEST_ENTRY:
        return None
    digest = hashlib.sha256()
    while start < end:
        # The kernel gives a page or so at a time, whatever is asked for.
        part = os.pread(log.fileno(), min(_CHUNK, end - start), start)
        if not part:
            return None
        digest.update(part)
        start += len(part)
    return digest.hexdigest()
