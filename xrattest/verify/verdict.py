"""What verification says: checks with an id and a status, and the one rule that makes a verdict of them.

A check that did not run is `skip` with the reason, never left out: whoever reads a verdict sees what was not looked at.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xrattest import terminal

DETAIL_LIMIT = 2000
"""Longest `detail`, in characters; names from an envelope are quoted in it, and an envelope may hold megabytes."""


class Status(enum.StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    WARN = "warn"
    SKIP = "skip"


class Outcome(enum.StrEnum):
    """The verdict as a whole."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INDETERMINATE = "indeterminate"

    @property
    def exit_status(self) -> int:
        """Exit status of `xrattest verify`: 0 pass, 1 fail, 3 indeterminate."""
        return {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.INDETERMINATE: 3}[self]


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended, before it is known whether it was required."""

    status: Status
    detail: str

    @classmethod
    def passed(cls, detail: str) -> Result:
        """Return a `pass`."""
        return cls(Status.PASS, detail)

    @classmethod
    def failed(cls, detail: str) -> Result:
        """Return a `fail`."""
        return cls(Status.FAIL, detail)

    @classmethod
    def warned(cls, detail: str) -> Result:
        """Return a `warn`: worth reading, and no reason to distrust."""
        return cls(Status.WARN, detail)

    @classmethod
    def skipped(cls, reason: str) -> Result:
        """Return a `skip`; `reason` says why the check did not run."""
        return cls(Status.SKIP, reason)


# A part that could not be judged must not hide another that is wrong.
_WORST_LAST = (Status.PASS, Status.WARN, Status.SKIP, Status.FAIL)


def worst_of(results: Sequence[Result]) -> Result:
    """Return one result for several parts, at least one: the worst status, and every detail."""
    worst = max((result.status for result in results), key=_WORST_LAST.index)
    return Result(worst, "; ".join(result.detail for result in results))


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a verdict, as formats section 7 has it; `detail` is one printable line."""

    id: str
    status: Status
    required: bool
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Return the check as its JSON object."""
        return {"id": self.id, "status": str(self.status), "required": self.required, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of `xrattest.verify.verify`: what was checked, how each check ended, and what follows."""

    checks: tuple[Check, ...]
    time: datetime
    """The instant that was judged for: now, or the one asked for."""
    device: str | None = None
    """The signer's name; None unless its chain and its signature both passed, so that nobody speaks in another's name."""
    findings: tuple[Mapping[str, Any], ...] = ()
    """Records behind the checks, each with the id of its `check`."""

    @property
    def outcome(self) -> Outcome:
        """Fail if any check fails; else indeterminate if a required check is skip; else pass."""
        if any(check.status is Status.FAIL for check in self.checks):
            return Outcome.FAIL
        if any(check.required and check.status is Status.SKIP for check in self.checks):
            return Outcome.INDETERMINATE
        return Outcome.PASS

    def check(self, check_id: str) -> Check:
        """Return the check called `check_id`. Raises `KeyError`."""
        for check in self.checks:
            if check.id == check_id:
                return check
        raise KeyError(check_id)

    def failed(self) -> list[str]:
        """Return the ids of the checks that fail."""
        return [check.id for check in self.checks if check.status is Status.FAIL]

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as formats section 7 writes it."""
        return {
            "verdict": str(self.outcome),
            "device": self.device,
            "time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "checks": [check.to_json() for check in self.checks],
            "findings": [dict(finding) for finding in self.findings],
        }


def printable(text: str, limit: int = DETAIL_LIMIT) -> str:
    r"""Return `text` as one printable line of at most `limit` characters.

    Control and format characters become escapes such as `\x1b`: names in certificates and dossiers are an attacker's
    choice, and a terminal obeys them.
    """
    cut = text if len(text) <= limit else text[:limit] + "…"
    return terminal.printable(cut)
