"""PCR values by bank and index, and the names of banks.

A bank is `sha1`, `sha256`, `sha384`, `sha512` or `sm3_256`: the kernel extends the template data's hash of that algorithm.
Where it extends the SHA-1 template hash padded with zeros instead, the bank is named `sha384:sha1-padded` (a kernel that
had not SHA-384 when IMA started: Linux 5.8 and later) or `sha256:sha1-padded-violations` (older kernels, in every bank
but sha1: the ones that a violation extends are padded too).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

PcrState: TypeAlias = Mapping[str, Mapping[int, bytes]]
"""Bank name to PCR index to value. A state of one point of a list is what a replay starts from to go on."""

BANKS = ("sha1", "sha256", "sha384", "sha512", "sm3_256")
"""Banks that can be replayed."""
PADDED = (":sha1-padded", ":sha1-padded-violations")
"""What the names of padded banks end in."""
VARIANTS = (*BANKS, *(bank + suffix for bank in BANKS[1:] for suffix in PADDED))
"""Every name that a bank can be given."""

Rows: TypeAlias = list[tuple[str, list[tuple[int, bytes]]]]


def to_rows(state: PcrState) -> Rows:
    """Return `state` as the native module takes it."""
    return [(bank, list(values.items())) for bank, values in state.items()]


def from_rows(rows: Rows) -> dict[str, dict[int, bytes]]:
    """Return the state that the native module gave."""
    return {bank: dict(values) for bank, values in rows}
