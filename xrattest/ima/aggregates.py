"""Boot aggregates: the entries that tie a list to the PCRs which firmware and boot loader extended."""

from __future__ import annotations

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


def boot_aggregates(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> list[BootAggregate]:
    """Return all boot aggregates of a list: one for the boot and one for each kexec since, so the last tells of this kernel.

    Raises `ImaFormatError`, `LimitError` (also for more than 4096 of them), `OSError`.
    """
    return [BootAggregate(*row) for row in _native.boot_aggregates(native_source(source), max_size)]


def check_boot_aggregate(digest: bytes, algorithm: str | None, pcrs: PcrState) -> AggregatedPcrs | None:
    """Find of which PCRs `digest` is the hash; None when of none that `pcrs` gives, or the algorithm has no bank.

    `algorithm` is as in the list: the bank's and the hash's alike; None means SHA-1.
    """
    bank = {None: "sha1", "sm3": "sm3_256", "sm3-256": "sm3_256"}.get(algorithm, algorithm)
    values = pcrs.get(bank or "", {})
    if bank not in BANKS:
        return None
    for indexes in RANGES:
        if not all(index in values for index in indexes):
            continue
        if _native.bank_hash(bank, b"".join(values[index] for index in indexes)) == digest:
            return AggregatedPcrs(bank, indexes)
    return None
