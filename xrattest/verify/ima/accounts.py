"""What one envelope accounts for, node by node: the part of the list that it carries, recomputed, and who vouches for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xrattest.tpm import PcrValues
from xrattest.verify.ima.points import QuotedPoint


@dataclass(frozen=True, slots=True)
class Account:
    """One node's list, self-consistent."""

    node: str
    before: int
    """Entries since boot that it leaves out."""
    entries: int
    """Entries since boot at its end."""
    boot_id: str | None
    start: PcrValues | None
    """PCR values that it states for its start; None for a list from boot."""
    end: PcrValues
    """Bank -> index -> value at its end, recomputed from the start."""
    log: Path
    """The rebuilt list, while the envelope is being judged."""
    max_size: int
    """Largest list, in bytes."""
    quoted: QuotedPoint | None = None
    """Up to where a TPM vouches for it, as far as a quote was verified."""

    @property
    def is_incremental(self) -> bool:
        """Whether it begins after boot."""
        return self.start is not None


Accounts = Mapping[str, Account]
"""Node location -> account; nodes whose list does not prove itself are not in it."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """An envelope before the one that is judged, judged itself."""

    position: int
    """1 for the oldest that was given."""
    accounts: Accounts
    device: str | None
    nonce: str | None
    payload_sha256: bytes
    start_time: float | None
    end_time: float | None
    failed: tuple[str, ...] = ()
    """Its checks that fail, each `id: detail`."""
    unproven: tuple[str, ...] = ()
    """Its checks that had to be made and were skipped."""

    @property
    def label(self) -> str:
        """Name it in a detail."""
        return f"previous envelope {self.position}"
