"""PCR values of two points held against each other."""

from __future__ import annotations

from dataclasses import dataclass

from xrattest.tpm import PcrValues


@dataclass(frozen=True, slots=True)
class Difference:
    """One PCR with two values."""

    bank: str
    pcr: int
    expected: bytes
    got: bytes


def first_difference(state: PcrValues, values: PcrValues, *, whole: bool = False) -> Difference | None:
    """Return the first PCR that has another value in `state` than in `values`, in the banks that both name.

    With `whole`, a PCR that one of them does not name is zeros there; without, it is not compared.
    """
    for bank in [bank for bank in values if bank in state]:
        here, there = state[bank], values[bank]
        shared = here.keys() | there.keys() if whole else here.keys() & there.keys()
        for pcr in sorted(shared):
            zeros = bytes(len(next(iter((here or there).values()))))
            expected, got = there.get(pcr, zeros), here.get(pcr, zeros)
            if expected != got:
                return Difference(bank, pcr, expected, got)
    return None


def unnamed(state: PcrValues, values: PcrValues) -> tuple[str, int] | None:
    """Return a PCR of `values` that `state` does not name; one of nothing when `values` names none at all."""
    for bank, pcrs in values.items():
        for pcr in pcrs:
            if pcr not in state.get(bank, {}):
                return bank, pcr
    return None if any(values.values()) else ("any bank", 10)
