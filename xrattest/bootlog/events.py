"""Events of a log, each with its data explained and its digests compared with that data."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

from xrattest._core import bootlog as _native  # noqa: TID251 - this is the face
from xrattest.bootlog.certificates import with_subjects
from xrattest.errors import BootLogFormatError

Source: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes]

DEFAULT_MAX_SIZE: int = _native.DEFAULT_MAX_SIZE
"""Bytes of a log that are read unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of one event."""

    algorithm_id: int
    """TPM number (TCG Algorithm Registry), such as 11."""
    algorithm: str | None
    """The kernel's name, such as `sha256`; None for a number that is not known here."""
    value: bytes

    @property
    def label(self) -> str:
        """Name of the algorithm, else its number in hex."""
        return self.algorithm or f"{self.algorithm_id:#06x}"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the log."""

    number: int
    """0-based position."""
    offset: int
    """Byte offset in the log."""
    pcr: int
    """0 to 23; of an `EV_NO_ACTION` any 32-bit number."""
    type: int
    """Event type (PC Client Platform Firmware Profile, section 10.4.1)."""
    type_name: str | None
    """Such as `EV_SEPARATOR`; None for a type that is not known here."""
    digests: tuple[Digest, ...]
    """In the order of the log."""
    data: bytes
    """What the firmware says of the event; not always what was hashed."""
    description: str
    """`data` in words; may hold line breaks and whatever else an attacker put into the log: print it escaped."""
    decoded: Mapping[str, Any] | None
    """The parts of `data` by name, bytes as lower-case hex; None where it could not be decoded."""
    digest_verified: bool | None
    """True: every digest is that of (a part of) `data`. False: it should be, and is not. None: the log cannot tell."""
    digest_covers: str | None
    """Which part of `data` the digests are of, when `digest_verified` is True."""


@dataclass(frozen=True, slots=True)
class EventLog:
    """A log, read whole."""

    events: tuple[Event, ...]
    is_crypto_agile: bool
    """False for a log of TPM 1.2, which has SHA-1 alone."""
    algorithms: Mapping[int, int]
    """TPM number of every algorithm that the log declares, and the bytes of its digests."""
    padding: int
    """Zero bytes after the last event."""
    defect: BootLogFormatError | None
    """Why reading ended before the log did; `events` are those before."""
    unread: bytes
    """What follows the last event that could be read; empty where there is no defect."""

    @classmethod
    def load(cls, source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> EventLog:
        """Read a log, damaged ones up to the damage. Raises `BootLogFormatError` for a damaged header, `LimitError`, `OSError`."""
        log = _native.Log(native_source(source), max_size)
        agile, algorithms = log.format()
        rows: list[_native.EventRow] = []
        padding, defect, unread = 0, None, b""
        try:
            padding = log.each_event(rows.append)
        except BootLogFormatError as error:
            defect, unread = error, log.content()[error.offset :]
        return cls(tuple(_event(row) for row in rows), agile, dict(algorithms), padding, defect, unread)


def read(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> Iterator[Event]:
    """Yield the events of a log. Raises `BootLogFormatError` also after some events, `LimitError`, `OSError`."""
    log = EventLog.load(source, max_size=max_size)
    yield from log.events
    if log.defect is not None:
        raise log.defect


def native_source(source: Source) -> bytes | int | str | os.PathLike[str]:
    """Return what the native module takes for `source`."""
    if isinstance(source, bytes | str | os.PathLike):
        return source
    try:
        return source.fileno()
    except io.UnsupportedOperation:
        return source.read()


def _event(row: _native.EventRow) -> Event:
    return Event(
        number=row["number"],
        offset=row["offset"],
        pcr=row["pcr"],
        type=row["type"],
        type_name=row["type_name"],
        digests=tuple(Digest(*digest) for digest in row["digests"]),
        data=row["data"],
        description=row["description"],
        decoded=None if row["decoded"] is None else with_subjects(row["decoded"]),
        digest_verified=row["digest_verified"],
        digest_covers=row["digest_covers"],
    )
