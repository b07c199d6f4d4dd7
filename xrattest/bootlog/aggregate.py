"""IMA's boot aggregate: the digest over the firmware's PCRs that opens every measurement list.

Kernel, `ima_calc_boot_aggregate_tfm` (security/integrity/ima/ima_crypto.c): PCR 0 to 7 of the bank that has the algorithm of
`ima_hash`; since Linux 5.8 PCR 8 and 9 as well, in every bank but SHA-1. Its digest is of that algorithm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SHORT, LONG = "0-7", "0-9"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an aggregate would be."""

    bank: str
    pcrs: str
    """`0-7` or `0-9`."""
    digest: bytes


def boot_aggregates(pcrs: Mapping[str, Mapping[int, bytes]]) -> Iterator[Aggregate]:
    """Yield the aggregates that a kernel may compute from PCR values: bank -> index -> value.

    Per bank what kernels since 5.8 compute comes first. Left out is what a value is missing for, and banks whose hash Python
    has not.
    """
    for bank, values in pcrs.items():
        name = _hash(bank)
        if name is None:
            continue
        for span, count in ((LONG, 10), (SHORT, 8)):
            if (bank, span) == ("sha1", LONG) or any(index not in values for index in range(count)):
                continue
            content = b"".join(values[index] for index in range(count))
            yield Aggregate(bank, span, hashlib.new(name, content, usedforsecurity=True).digest())


def _hash(bank: str) -> str | None:
    """Return hashlib's name for a bank."""
    name = {"sm3_256": "sm3"}.get(bank, bank)
    return name if name in hashlib.algorithms_available else None
