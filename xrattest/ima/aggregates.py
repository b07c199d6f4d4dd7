"""Boot aggregates: the entries that tie a list to the PCRs which firmware and boot loader extended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.pcrs import BANKS, PcrState
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Source, native_source

RANGES = (range(8), range(10))
"""PCRs that the kernel hashes: 0-7 in the SHA-1 bank and before Linux 5.8, 0-9 since then in the others (`ima_crypto.c`)."""


@dataclass(frozen=True, slots=True)
class BootAggregate:
    """An entry named `boot_aggregate`."""

    number: int
    offset: int
    pcr: int
    algorithm: str | None
    """As the kernel names it; None in template `ima`, where it is SHA-1."""
    digest: bytes
    """Zeros when the kernel found no TPM."""


@dataclass(frozen=True, slots=True)
class AggregatedPcrs:
    """The PCRs whose values a boot aggregate is the hash of."""

    bank: str
    pcrs: range


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What a kernel computes from the values of some PCRs."""

    bank: str
    pcrs: str
    """`0-7` or `0-9`."""
    digest: bytes


def boot_aggregates(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> list[BootAggregate]:
    """Return all boot aggregates of a list: one for the boot and one for each kexec since, so the last tells of this kernel.

    Raises `ImaFormatError`, `LimitError` (also for more than 4096 of them), `OSError`.
    """
    return [BootAggregate(*row) for row in _native.boot_aggregates(native_source(source), max_size)]


def compute_aggregates(pcrs: PcrState) -> Iterator[Aggregate]:
    """Yield the boot aggregates that a kernel may compute from PCR values.

    Per bank what kernels since 5.8 compute comes first; in the SHA-1 bank they all take PCR 0-7. Left out is what a value is
    missing for, and banks whose hash is not known here.
    """
    for bank, values in pcrs.items():
        for indexes in RANGES[:1] if bank == "sha1" else reversed(RANGES):
            digest = _digest(bank, values, indexes)
            if digest is not None:
                yield Aggregate(bank, f"{indexes[0]}-{indexes[-1]}", digest)


def check_boot_aggregate(digest: bytes, algorithm: str | None, pcrs: PcrState) -> AggregatedPcrs | None:
    """Find of which PCRs `digest` is the hash; None when of none that `pcrs` gives, or the algorithm has no bank.

    `algorithm` is as in the list: the bank's and the hash's alike; None means SHA-1.
    """
    bank = {None: "sha1", "sm3": "sm3_256", "sm3-256": "sm3_256"}.get(algorithm, algorithm)
    if bank not in BANKS:
        return None
    values = pcrs.get(bank, {})
    return next(
        (AggregatedPcrs(bank, span) for span in RANGES if _digest(bank, values, span) == digest), None
    )


def _digest(bank: str, values: Mapping[int, bytes], indexes: range) -> bytes | None:
    """Return the hash over some PCRs of a bank; None where a value is missing or the hash is not known."""
    if not all(index in values for index in indexes):
        return None
    content = b"".join(values[index] for index in indexes)
    if bank in BANKS:
        return _native.bank_hash(bank, content)
    # A TPM may have more banks than a list is replayed in.
    known = bank in hashlib.algorithms_available
    return hashlib.new(bank, content, usedforsecurity=True).digest() if known else None
