"""Whether one envelope can come after another at all: another text, another nonce, of the same device, later."""

from __future__ import annotations

from dataclasses import dataclass

from xrattest.verify.freshness import CLOCK_TOLERANCE
from xrattest.verify.ima.accounts import Predecessor


@dataclass(frozen=True, slots=True)
class Succession:
    """What tells an envelope from the one before it."""

    device: str | None
    """The signer's name; None unless chain and signature passed."""
    nonce: str | None
    payload_sha256: bytes
    start_time: float | None
    """Of collecting, in seconds since the epoch, as the device says."""
    end_time: float | None

    def is_older_than(self, before: Predecessor) -> bool:
        """Tell whether this was collected before the other, by the device's own clock."""
        return (
            self.end_time is not None and before.start_time is not None and self.end_time < before.start_time
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """An envelope, and the one before it."""

    now: Succession
    before: Predecessor | None = None
    """None: none was given."""


ALONE = Chain(Succession(None, None, b"", None, None))
"""No envelope around the evidence, and none before it."""


@dataclass(frozen=True, slots=True)
class Disorder:
    """Why an envelope cannot come after the other."""

    kind: str
    text: str


def order_of(now: Succession, before: Predecessor) -> Disorder | None:
    """Return what keeps `now` from coming after `before`; None when nothing does."""
    if now.payload_sha256 == before.payload_sha256:
        return Disorder("replay", "it is this very envelope")
    if now.nonce is not None and now.nonce == before.nonce:
        return Disorder("replay", f"nonce {now.nonce} was answered there already")
    if now.device != before.device:
        return Disorder("other-device", f"it is of {before.device}, this one of {now.device}")
    if now.end_time is not None and before.start_time is not None:
        earlier = before.start_time - now.end_time
        if earlier > CLOCK_TOLERANCE.total_seconds():
            text = f"it was collected {earlier:.0f} s after this one: give the oldest first"
            return Disorder("rollback", text)
    return None
