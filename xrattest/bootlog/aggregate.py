"""IMA's boot aggregate: the digest over the firmware's PCRs that opens every measurement list.

Kernel, `ima_calc_boot_aggregate_tfm` (security/integrity/ima/ima_crypto.c): PCR 0 to 7 of the bank that has the algorithm of
`ima_hash`; since Linux 5.8 PCR 8 and 9 as well, in every bank but SHA-1. Its digest is of that algorithm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

NAME = b"boot_aggregate"
SHORT, LONG = "0-7", "0-9"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an aggregate would be."""

    bank: str
    pcrs: str
    """`0-7` or `0-9`."""
    digest: bytes


class _Named(Protocol):
    """An entry of a measurement list, as far as it is looked at here."""

    @property
    def name(self) -> bytes | None: ...


_Entry = TypeVar("_Entry", bound=_Named)


def last_boot_aggregate(entries: Iterable[_Entry]) -> _Entry | None:
    """Return the last entry called `boot_aggregate`; every kernel started by kexec adds one to the list that it took over."""
    last = None
    for entry in entries:
        if entry.name == NAME:
            last = entry
    return last


def boot_aggregates(pcrs: Mapping[str, Mapping[int, bytes]]) -> Iterator[Aggregate]:
    """Yield the aggregates that a kernel may compute from PCR values: bank -> index -> value; one not named is zero.

    Per bank what kernels since 5.8 compute comes first. Banks whose hash Python has not are left out.
    """
    for bank, values in pcrs.items():
        if _hash(bank) is None:
            continue
        spans = (SHORT,) if bank == "sha1" else (LONG, SHORT)
        for span in spans:
            yield Aggregate(bank, span, _digest(bank, values, 8 if span == SHORT else 10))


def _digest(bank: str, values: Mapping[int, bytes], count: int) -> bytes:
    name = _hash(bank)
    assert name is not None
    hasher = hashlib.new(name, usedforsecurity=True)
    for index in range(count):
        hasher.update(values.get(index, bytes(hasher.digest_size)))
    return hasher.digest()


def _hash(bank: str) -> str | None:
    """Return hashlib's name for a bank."""
    name = {"sm3_256": "sm3"}.get(bank, bank)
    return name if name in hashlib.algorithms_available else None
