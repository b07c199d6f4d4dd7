"""The PCR values that a log leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xrattest._core import bootlog as _native  # noqa: TID251 - this is the face
from xrattest.bootlog.events import DEFAULT_MAX_SIZE, Source, native_source

RESET_BY_BOOT = (*range(17), 23)
"""PCRs that are zero after a reset; PCR 0 where the locality of the TPM's start says otherwise."""

_SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64, "sm3_256": 32}


@dataclass(frozen=True, slots=True)
class Replay:
    """What a log amounts to when it is replayed from the values that PCRs have after a reset."""

    events: int
    pcrs: Mapping[str, Mapping[int, bytes]]
    """Bank name to PCR index to value, only PCRs that were extended; every bank that the log declares and that is known."""
    missing: Mapping[str, int]
    """Bank name to the number of events without a digest for it; with any, the bank's PCRs are not what the log says."""
    unreplayed: Sequence[int]
    """TPM numbers of algorithms of the log that are not implemented here."""
    locality: int | None
    """Locality that started the TPM, where the log says it: PCR 0 then starts with that number."""
    oddities: Sequence[tuple[int, str]]
    """Number of an event, and what about it no firmware writes."""

    @property
    def after_boot(self) -> dict[str, dict[int, bytes]]:
        """`pcrs` with the PCRs that nothing extended, which then have the value of a reset.

        17 to 22 are left out: what they are after a reset depends on whether there was a dynamic launch.
        """
        return {
            bank: {index: pcrs.get(index) or self._reset(bank, index) for index in RESET_BY_BOOT}
            for bank, pcrs in self.pcrs.items()
        }

    def _reset(self, bank: str, index: int) -> bytes:
        last = (self.locality or 0) if index == 0 else 0
        return bytes(_SIZES[bank] - 1) + bytes([last])


def replay(source: Source, *, max_size: int = DEFAULT_MAX_SIZE) -> Replay:
    """Extend PCRs 0 to 23 in every bank of the log.

    What is extended is the log's own digests: a PCR that comes out as a TPM has it vouches for them, and only
    `Event.digest_verified` ties them to what the events say. Raises `BootLogFormatError`, `LimitError`, `OSError`.
    """
    row = _native.Log(native_source(source), max_size).replay()
    return Replay(
        events=row["events"],
        pcrs={bank: dict(pcrs) for bank, _, pcrs in row["banks"]},
        missing={bank: missing for bank, missing, _ in row["banks"] if missing},
        unreplayed=tuple(row["unreplayed"]),
        locality=row["locality"],
        oddities=tuple(row["oddities"]),
    )
