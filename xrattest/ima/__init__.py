"""IMA measurement lists: read, replay, and convert to and from the forms that travel.

A *source* is the kernel's binary list as a path, as bytes, or as a file open for reading; gzip and zstd are recognised.
Everything streams and is bounded: `max_size` limits the list, decompressed, in bytes (1 GiB unless raised). Damaged input
raises `ImaFormatError` with the entry's 0-based index and byte offset; too much of it raises `LimitError`.
"""

from xrattest.ima.conversions import (
    Profile,
    Summary,
    compact,
    expand,
    rebuild,
    write_blocks,
    write_events,
)
from xrattest.ima.entries import Entry, read
from xrattest.ima.live import LIVE_LIST, why_absent
from xrattest.ima.replaying import Mismatch, Replay, replay
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Output, Source

__all__ = [
    "DEFAULT_MAX_SIZE",
    "LIVE_LIST",
    "Entry",
    "Mismatch",
    "Output",
    "Profile",
    "Replay",
    "Source",
    "Summary",
    "compact",
    "expand",
    "read",
    "rebuild",
    "replay",
    "why_absent",
    "write_blocks",
    "write_events",
]
