"""IMA measurement lists: read, replay, and convert to and from the forms that travel.

A *source* is the kernel's binary list as a path, as bytes, or as a file open for reading; gzip and zstd are recognised.
Everything streams and is bounded: `max_size` limits the list, decompressed, in bytes (1 GiB unless raised). Damaged input
raises `ImaFormatError` with the entry's 0-based index and byte offset; too much of it raises `LimitError`.
"""

from xrattest.ima.aggregates import AggregatedPcrs, BootAggregate, boot_aggregates, check_boot_aggregate
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
from xrattest.ima.pcrs import BANKS, VARIANTS, PcrState
from xrattest.ima.prefixes import PrefixMatch, find_prefix
from xrattest.ima.replaying import Comparison, Mismatch, Replay, Truncated, replay
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Output, Source

__all__ = [
    "BANKS",
    "DEFAULT_MAX_SIZE",
    "LIVE_LIST",
    "VARIANTS",
    "AggregatedPcrs",
    "BootAggregate",
    "Comparison",
    "Entry",
    "Mismatch",
    "Output",
    "PcrState",
    "PrefixMatch",
    "Profile",
    "Replay",
    "Source",
    "Summary",
    "Truncated",
    "boot_aggregates",
    "check_boot_aggregate",
    "compact",
    "expand",
    "find_prefix",
    "read",
    "rebuild",
    "replay",
    "why_absent",
    "write_blocks",
    "write_events",
]
