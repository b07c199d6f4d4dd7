"""IMA measurement lists: read, replay, and convert to and from the forms that travel.

A *source* is the kernel's list as a path, as bytes, or as a file open for reading; gzip and zstd are recognised, and so is
the ascii form, which says less than the binary one: reading it issues an `AsciiListWarning` that says what is left open.
Everything streams and is bounded: `max_size` limits the list, decompressed, in bytes (1 GiB unless raised). Damaged input
raises `ImaFormatError` with the entry's 0-based index and byte offset (in the text, decompressed, and with the line's number
in the reason, where that is ascii); too much of it raises `LimitError`.
"""

from xrattest.ima.aggregates import (
    Aggregate,
    AggregatedPcrs,
    BootAggregate,
    boot_aggregates,
    check_boot_aggregate,
    compute_aggregates,
)
from xrattest.ima.conversions import (
    Profile,
    Summary,
    compact,
    expand,
    rebuild,
    write_blocks,
    write_events,
)
from xrattest.ima.describing import Description, describe
from xrattest.ima.entries import Entry, read
from xrattest.ima.filters import Filter
from xrattest.ima.following import Follower, Position
from xrattest.ima.joining import Joined, Part, join
from xrattest.ima.live import LIVE_LIST, why_absent
from xrattest.ima.pcr_values import parse_pcr_value, parse_pcr_values
from xrattest.ima.pcrs import BANKS, VARIANTS, PcrState
from xrattest.ima.prefixes import PrefixMatch, find_prefix
from xrattest.ima.replaying import Comparison, Mismatch, Replay, Truncated, replay
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Output, Source

__all__ = [
    "BANKS",
    "DEFAULT_MAX_SIZE",
    "LIVE_LIST",
    "VARIANTS",
    "Aggregate",
    "AggregatedPcrs",
    "BootAggregate",
    "Comparison",
    "Description",
    "Entry",
    "Filter",
    "Follower",
    "Joined",
    "Mismatch",
    "Output",
    "Part",
    "PcrState",
    "Position",
    "PrefixMatch",
    "Profile",
    "Replay",
    "Source",
    "Summary",
    "Truncated",
    "boot_aggregates",
    "check_boot_aggregate",
    "compact",
    "compute_aggregates",
    "describe",
    "expand",
    "find_prefix",
    "join",
    "parse_pcr_value",
    "parse_pcr_values",
    "read",
    "rebuild",
    "replay",
    "why_absent",
    "write_blocks",
    "write_events",
]
