"""IMA measurement lists: read, replay, and convert to and from the forms that travel.

A *source* is the kernel's binary list as a path, as bytes, or as a file open for reading; gzip and zstd are recognised.
Everything streams and is bounded: `max_size` limits the list, decompressed, in bytes (1 GiB unless raised). Damaged input
raises `ImaFormatError` with the entry's 0-based index and byte offset; too much of it raises `LimitError`.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Literal, TypeAlias

from xrattest._core import ima as _native  # noqa: TID251 - this is the face

Source: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes]
Output: TypeAlias = IO[bytes] | int
Profile: TypeAlias = Literal["xr", "minimal"]

DEFAULT_MAX_SIZE: int = _native.DEFAULT_MAX_SIZE
"""Bytes of a list that are read unless the caller says otherwise."""

LIVE_LIST = "/sys/kernel/security/ima/binary_runtime_measurements"
"""Where the running kernel shows its list (securityfs)."""

_BATCH = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the list."""

    number: int
    """0-based position since boot."""
    offset: int
    """Byte offset in the list."""
    pcr: int
    template_hash: bytes
    """As recorded, not recomputed; all zeros for a violation."""
    template: str
    algorithm: str | None
    """Algorithm of `digest` as the kernel names it; None where the list names none (template `ima`)."""
    digest: bytes | None
    """Digest of the file; None, like `name`, where the template is not decoded (only `template_data` then says what was measured)."""
    name: bytes | None
    """Path as the kernel logged it: any bytes, blanks replaced by `_`."""
    signature: bytes | None
    """Content of `security.ima`: None where the template has no such field, empty where the file has none."""
    template_data: bytes

    @property
    def is_violation(self) -> bool:
        """Whether the kernel recorded a violation (time-of-measure, time-of-use or open writers), not a measurement."""
        return not any(self.template_hash)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An entry whose recorded template hash is not that of its data."""

    number: int
    offset: int
    computed: bytes


@dataclass(frozen=True, slots=True)
class Replay:
    """What a list amounts to when it is replayed from PCRs of zeros."""

    entries: int
    violations: int
    templates: Mapping[str, int]
    """Entries by template name."""
    pcrs: Mapping[str, Mapping[int, bytes]]
    """Bank name to PCR index to value; only PCRs that were extended."""
    mismatches: Sequence[Mismatch]
    """The first hundred of them."""
    mismatch_count: int

    @property
    def is_consistent(self) -> bool:
        """Whether every recorded template hash is that of its data. Alone this proves nothing: an attacker can recompute it."""
        return self.mismatch_count == 0


@dataclass(frozen=True, slots=True)
class Summary:
    """What went through a conversion."""

    entries: int
    list_bytes: int
    """Size of the kernel's binary list."""
    blocks: int
    """Compact blocks written or read; 0 where the other form has none."""


def read(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> Iterator[Entry]:
    """Yield the entries of a list in order. Raises `ImaFormatError`, `LimitError`, `OSError`, also after some entries."""
    reader = _native.EntryReader(_native_source(source), max_size)
    while batch := reader.next_batch(_BATCH):
        for row in batch:
            yield Entry(*row)


def replay(
    source: Source, banks: Sequence[str] = ("sha1", "sha256"), *, max_size: int = DEFAULT_MAX_SIZE
) -> Replay:
    """Recompute every template hash and extend PCRs in `banks` (sha1, sha256, sha384, sha512).

    What is extended is computed from the template data, a violation as all ones: the kernel's way since Linux 5.8. Raises
    `ImaFormatError`, `LimitError`, `OSError`; `ValueError` for another bank.
    """
    row = _native.replay(_native_source(source), list(banks), max_size)
    entries, violations, templates, states, mismatches, mismatch_count = row
    pcrs = {bank: dict(values) for bank, values in states}
    found = tuple(Mismatch(*mismatch) for mismatch in mismatches)
    return Replay(entries, violations, dict(templates), pcrs, found, mismatch_count)


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
    with _descriptor(out) as descriptor:
        return Summary(
            *_native.compact(
                _native_source(source), descriptor, profile, _timestamp(collected_at), block_target, max_size
            )
        )


def expand(source: Source, out: Output, *, max_size: int = DEFAULT_MAX_SIZE) -> Summary:
    """Write the kernel's binary list of compact blocks. Raises `CompactFormatError`, `LimitError`, `OSError`."""
    with _descriptor(out) as descriptor:
        return Summary(*_native.expand(_native_source(source), descriptor, max_size))


def write_events(
    source: Source,
    out: Output,
    *,
    layout: Literal["array", "lines"] = "array",
    max_size: int = DEFAULT_MAX_SIZE,
) -> Summary:
    """Write every entry as a JSON object with the leaves of IMA-EVENT (Cisco-IOS-XR-remote-attestation-act).

    `array` is one JSON text, `lines` one object per line. `rebuild` turns the array into the list again. Raises
    `ImaFormatError`, `LimitError`, `OSError`.
    """
    with _descriptor(out) as descriptor:
        return Summary(*_native.write_events(_native_source(source), descriptor, layout == "lines", max_size))


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
    with _descriptor(out) as descriptor:
        return Summary(
            *_native.write_blocks(
                _native_source(source), descriptor, profile, _timestamp(collected_at), block_target, max_size
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
    with _descriptor(out) as descriptor:
        return Summary(*_native.rebuild(json_path, start, end, descriptor, max_size))


def why_absent(exists: Callable[[str], bool], filesystems: str) -> str:
    """Say why there is no `LIVE_LIST`, and what turns it on.

    `exists` tells whether a path of the host is there; `filesystems` is the content of `/proc/filesystems`.
    """
    if "securityfs" not in filesystems.split():
        return "this kernel has no securityfs; IMA needs a kernel with CONFIG_SECURITYFS=y and CONFIG_IMA=y"
    if not exists("/sys/kernel/security"):
        return "/sys is not mounted here, as in many containers; mount it, and securityfs on /sys/kernel/security"
    if not exists("/sys/kernel/security/ima") and not exists("/sys/kernel/security/lsm"):
        return "securityfs is not mounted; run: mount -t securityfs securityfs /sys/kernel/security"
    return (
        "this kernel was built without IMA, or it was turned off at boot; it needs CONFIG_IMA=y, and a policy such as "
        "ima_policy=tcb on the kernel command line to measure more than the boot aggregate"
    )


def _native_source(source: Source) -> bytes | int | str | os.PathLike[str]:
    if isinstance(source, bytes | str | os.PathLike):
        return source
    try:
        return source.fileno()
    except io.UnsupportedOperation:
        return source.read()


def _timestamp(moment: datetime | None) -> tuple[int, int] | None:
    if moment is None:
        return None
    seconds, rest = divmod(moment - _EPOCH, timedelta(seconds=1))
    return seconds, rest.microseconds * 1000


@contextmanager
def _descriptor(out: Output) -> Iterator[int]:
    """Yield a descriptor for `out`; a file without one (a `BytesIO`) gets what was written when the block ends well."""
    if isinstance(out, int):
        yield out
        return
    try:
        descriptor = out.fileno()
    except io.UnsupportedOperation:
        with tempfile.TemporaryFile() as spool:
            yield spool.fileno()
            spool.seek(0)
            shutil.copyfileobj(spool, out)
        return
    out.flush()
    yield descriptor
