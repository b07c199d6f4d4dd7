"""How old the evidence is at the judged time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from xrattest.dossier.reader import Dossier
from xrattest.verify.verdict import Result

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a device's clock may be ahead of the verifier's."""


def check_age(dossier: Dossier | None, at: datetime, max_age: timedelta | None) -> Result:
    """Compare the dossier's collection-end-time with `at`.

    A time ahead of `at` by more than `CLOCK_TOLERANCE` fails: a device whose clock is ahead could make evidence that never
    grows old.
    """
    if dossier is None or dossier.end_time is None:
        return Result.skipped("the signed text tells no time: it is no sound dossier")
    ended = datetime.fromtimestamp(dossier.end_time, UTC)
    age = at - ended
    told = f"collection ended {ended.isoformat(timespec='seconds').replace('+00:00', 'Z')}"
    if max_age is None:
        return Result.skipped(f"{told}; no largest age was asked for")
    if age < -CLOCK_TOLERANCE:
        return Result.failed(f"{told}, {-age} after the judged time")
    if age > max_age:
        return Result.failed(f"{told}, {age} before the judged time; at most {max_age} was asked for")
    return Result.passed(f"{told}; at most {max_age} before the judged time was asked for")
