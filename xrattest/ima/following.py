"""One pass over a list that replays what it reads, so that the events and the PCR values that it gives belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.conversions import Profile, Summary, timestamp
from xrattest.ima.pcrs import PcrState, from_rows, to_rows
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Output, Source, descriptor_of, native_source


@dataclass(frozen=True, slots=True)
class Position:
    """How far a pass came."""

    entries: int
    """Entries before it, since boot: also the number of the one that comes next."""
    offset: int
    """Byte offset of the entry that comes next."""
    last: int | None
    """Byte offset of the entry before it; None at the start of the list."""
    hash: str
    """Algorithm of the list's template hashes."""
    big_endian: bool
    pcrs: PcrState
    """After the entries before it; only PCRs that were extended."""


class Follower:
    """Reads a list once, in steps: skip, write what follows, ask where that led.

    A source is read from where it stands. With `position`, where an earlier pass over the same list ended, that is that
    byte; nothing here can tell whether the list is the same.
    """

    def __init__(
        self,
        source: Source,
        banks: Sequence[str] = ("sha1", "sha256"),
        *,
        position: Position | None = None,
        max_size: int = DEFAULT_MAX_SIZE,
    ) -> None:
        """Open the source. Raises `ImaFormatError`, `OSError`; `ValueError` for an unknown bank and an impossible position."""
        row = None if position is None else (
            position.entries, position.offset, position.last, position.hash, position.big_endian, to_rows(position.pcrs),
        )  # fmt: skip
        self._native = _native.Follower(native_source(source), list(banks), row, max_size)

    def skip_to(self, entries: int) -> bool:
        """Replay until `entries` of them are behind; False when the list ends before. Raises `ImaFormatError`, `LimitError`, `OSError`."""
        return self._native.skip_to(entries)

    def write_events(self, out: Output) -> Summary:
        """Write the rest as `write_events` does. Raises `ImaFormatError`, `LimitError`, `OSError`."""
        with descriptor_of(out) as descriptor:
            return Summary(*self._native.write_events(descriptor))

    def write_blocks(
        self, out: Output, profile: Profile = "xr", *, collected_at: datetime | None = None
    ) -> Summary:
        """Write the rest as `write_blocks` does. Raises `ImaFormatError`, `LimitError`, `OSError`."""
        with descriptor_of(out) as descriptor:
            return Summary(
                *self._native.write_blocks(descriptor, profile, timestamp(collected_at), _native.BLOCK_TARGET)
            )

    def position(self) -> Position:
        """Return how far the pass came."""
        entries, offset, last, algorithm, big_endian, states = self._native.position()
        return Position(entries, offset, last, algorithm, big_endian, from_rows(states))
