"""Points of a measurement list that a TPM vouched for: where the next, incremental envelope may go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xrattest.tpm import PcrValues


@dataclass(frozen=True, slots=True)
class QuotedPoint:
    """Up to where one node's list is the one that a verified quote is over."""

    node: str
    """The node's location, such as `node0_RP0_CPU0`."""
    entries: int
    """Entries since boot that the quote covers: those with numbers below this. Of several counts that lead to the quoted
    values (entries of PCRs that are not quoted change nothing) the greatest."""
    first: int
    """The least of those counts."""
    listed: int
    """Entries since boot that the envelope knows of; those from `entries` on nobody vouches for."""
    pcrs: PcrValues
    """Bank -> index -> value after `entries`: the quoted PCRs that the list extends."""
    boot_id: str | None
    """The boot that the node says it is in, a UUID in lower case; None where it says nothing."""
    reset_count: int
    restart_count: int
    clock_milliseconds: int
    """Clock and counters as the TPM signed them."""
    is_clock_safe: bool
    firmware_version: int
    key: str
    """SHA-256 of the attestation key's SubjectPublicKeyInfo, lower-case hex: counters of two keys are not to be compared."""
    is_bound_to_envelope: bool
    """True when the quote names the envelope's own key; False for one over the bare nonce."""
    is_incremental: bool
    """True when the list was replayed from the state that the envelope itself states (`ima-start`), not from boot."""


QuotedPoints = Mapping[str, QuotedPoint]
"""Node location -> point; nodes without a quote that passed are not in it."""
