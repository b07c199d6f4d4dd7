"""From records to boots with their causes; the codes are documented in docs/reference/reboot-causes.md."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from xrattest_reboot.wtmp import Kind, Record

SAME_BOOT_SECONDS = 60
"""wtmp tells when user space started, the kernel when it did; a boot record this much older than that is of the same boot,
since clocks are set meanwhile."""


class Cause(enum.Enum):
    """Cause code and reason of a boot. Code and words of 1 are those of the model's devices; 1000 and up are ours."""

    UNKNOWN = (0, "Unknown: nothing before this boot is on record")
    GRACEFUL = (1, "User initiated graceful reload")
    UNRECORDED = (1000, "No shutdown record: power loss, crash or reset")

    @property
    def code(self) -> int:
        """The cause code."""
        return self.value[0]

    @property
    def reason(self) -> str:
        """The code in words."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Boot:
    """One boot; `time` in seconds since the epoch, `sources` the files that tell of it."""

    time: int
    cause: Cause
    sources: tuple[str, ...]
    current: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The boots on record, oldest first, and whether a shutdown was recorded after the last of them."""

    boots: tuple[Boot, ...]
    ended: bool

    def with_running(self, btime: int, source: str) -> History:
        """Return the history with the running boot marked, which began at `btime` by `source`; it is added when absent.

        Where wtmp does not know the running boot, its silence about a shutdown says nothing.
        """
        last = self.boots[-1] if self.boots else None
        # A boot with a shutdown after it is the running one only while the host shuts down, so no slack for it.
        slack = 0 if self.ended else SAME_BOOT_SECONDS
        if last is not None and last.time >= btime - slack:
            marked = replace(last, sources=(*last.sources, source), current=True)
            return History((*self.boots[:-1], marked), self.ended)
        cause = Cause.GRACEFUL if last is not None and self.ended else Cause.UNKNOWN
        return History((*self.boots, Boot(btime, cause, (source,), current=True)), ended=False)


def history_of(records: Iterable[Record], source: str) -> History:
    """Judge each boot by what is on record since the boot before it; nothing before the first one is known but a shutdown."""
    boots: list[Boot] = []
    ended = False
    for record in records:
        if record.kind is Kind.SHUTDOWN:
            ended = True
            continue
        unrecorded = Cause.UNRECORDED if boots else Cause.UNKNOWN
        boots.append(Boot(record.time, Cause.GRACEFUL if ended else unrecorded, (source,)))
        ended = False
    return History(tuple(boots), ended)
