"""Conversions of a list to and from the forms that travel; all of them give back the kernel's list byte for byte."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.filters import ALL, Filter
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Output, Source, descriptor_of, native_source

Profile: TypeAlias = Literal["xr", "minimal"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Summary:
    """What went through a conversion."""

    entries: int
    list_bytes: int
    """Bytes that these entries take in the kernel's binary list."""
    blocks: int
    """Compact blocks written or read; 0 where the other form has none."""
    first_event: int | None
    """Number of the first entry, 0 where the list begins at boot; None where there is no entry."""


def compact(  # noqa: PLR0913 - all but the first two have defaults
    source: Source,
    out: Output,
    profile: Profile = "xr",
    *,
    collected_at: datetime | None = None,
    block_target: int = _native.BLOCK_TARGET,
    max_size: int = DEFAULT_MAX_SIZE,
) -> Summary:
    """Write the list as compact blocks, one after another; `expand` gives back every byte.

    Profile `xr` needs nothing but protobuf to read; `minimal` leaves out what can be recomputed and compresses the rest. A
    block is closed after `block_target` bytes of events. Raises `ImaFormatError`, `LimitError`, `OSError`.
    """
    with descriptor_of(out) as descriptor:
        return Summary(
            *_native.compact(
                native_source(source), descriptor, profile, timestamp(collected_at), block_target, max_size
            )
        )


def expand(source: Source, out: Output, *, max_size: int = DEFAULT_MAX_SIZE) -> Summary:
    """Write the kernel's binary list of compact blocks. Raises `CompactFormatError`, `LimitError`, `OSError`."""
    with descriptor_of(out) as descriptor:
        return Summary(*_native.expand(native_source(source), descriptor, max_size))


def write_events(
    source: Source,
    out: Output,
    *,
    layout: Literal["array", "lines"] = "array",
    wanted: Filter = ALL,
    max_size: int = DEFAULT_MAX_SIZE,
) -> Summary:
    """Write every entry as a JSON object with the leaves of IMA-EVENT (Cisco-IOS-XR-remote-attestation-act).

    `array` is one JSON text, `lines` one object per line. `rebuild` turns the array of all entries into the list again. Only
    entries that `wanted` takes are written and counted. Raises
    `ImaFormatError`, `LimitError`, `OSError`.
    """
    with descriptor_of(out) as descriptor:
        return Summary(
            *_native.write_events(
                native_source(source), descriptor, layout == "lines", wanted.native, max_size
            )
        )


def write_blocks(  # noqa: PLR0913 - all but the first two have defaults
    source: Source,
    out: Output,
    profile: Profile = "xr",
    *,
    collected_at: datetime | None = None,
    block_target: int = _native.BLOCK_TARGET,
    max_size: int = DEFAULT_MAX_SIZE,
) -> Summary:
    """Write the list as a JSON array of compact blocks in base64 (`ima-event-log-compact`). Raises as `compact`."""
    with descriptor_of(out) as descriptor:
        return Summary(
            *_native.write_blocks(
                native_source(source), descriptor, profile, timestamp(collected_at), block_target, max_size
            )
        )


def rebuild(
    json_path: str | os.PathLike[str], start: int, end: int, out: Output, *, max_size: int = DEFAULT_MAX_SIZE
) -> Summary:
    """Write the kernel's binary list of the JSON array in bytes `start` to `end` of a file.

    The array is what `write_events` or `write_blocks` wrote. Raises `JsonFormatError` with the byte offset in the file (a
    leaf that is unknown, missing, repeated or not canonical; a gap in the event numbers), `CompactFormatError`,
    `LimitError`, `OSError`.
    """
    with descriptor_of(out) as descriptor:
        return Summary(*_native.rebuild(json_path, start, end, descriptor, max_size))


def timestamp(moment: datetime | None) -> tuple[int, int] | None:
    """Return seconds and nanoseconds since the epoch, as a protobuf Timestamp has them."""
    if moment is None:
        return None
    seconds, rest = divmod(moment - _EPOCH, timedelta(seconds=1))
    return seconds, rest.microseconds * 1000
