"""Where checks record how they ended, each id once; what nobody recorded is a skip, never a gap."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from xrattest.verify.catalogue import CATALOGUE
from xrattest.verify.verdict import Check, Result, Status, Verdict, printable

FINDINGS_LIMIT = 1000
"""Most records behind one check; one more says how many were left out."""

NOT_REACHED = Result.skipped("an earlier check left nothing to look at")


class Ledger:
    """Results by check id, and the records behind them."""

    def __init__(self, required: Collection[str]) -> None:
        """Start with the ids that must not be skipped; ids of appraisers may be among them."""
        self._required = frozenset(required)
        self._results: dict[str, Result] = {}
        self._also_required: set[str] = set()
        self._findings: dict[str, list[dict[str, Any]]] = {}
        self._left_out: dict[str, int] = {}

    def record(self, check_id: str, result: Result, *, required: bool = False) -> None:
        """Record how `check_id` ended; `required` makes a skip count. Raises `ValueError` when it is recorded already."""
        if check_id in self._results:
            raise ValueError(f"check {check_id} is recorded twice")
        self._results[check_id] = result
        if required:
            self._also_required.add(check_id)

    def find(self, check_id: str, **members: object) -> None:
        """Keep one record behind `check_id`; underscores in names of members become hyphens."""
        kept = self._findings.setdefault(check_id, [])
        if len(kept) >= FINDINGS_LIMIT:
            self._left_out[check_id] = self._left_out.get(check_id, 0) + 1
            return
        clean = {
            name: printable(value) if isinstance(value, str) else value for name, value in members.items()
        }
        kept.append({"check": check_id, **{name.replace("_", "-"): value for name, value in clean.items()}})

    def passed(self, *check_ids: str) -> bool:
        """Tell whether every one of `check_ids` is recorded as a pass."""
        return all(
            check_id in self._results and self._results[check_id].status is Status.PASS
            for check_id in check_ids
        )

    def has(self, check_id: str) -> bool:
        """Tell whether `check_id` is recorded."""
        return check_id in self._results

    def verdict(self, at: datetime, device: str | None = None) -> Verdict:
        """Return the verdict: our checks in the catalogue's order, then those of appraisers."""
        for check_id in sorted(self._required - self._results.keys() - CATALOGUE.keys()):
            self._results[check_id] = Result.skipped("no appraiser made this check")
        ids = [*CATALOGUE, *(check_id for check_id in self._results if check_id not in CATALOGUE)]
        must = self._required | self._also_required
        checks = tuple(self._check(check_id, required=check_id in must) for check_id in ids)
        return Verdict(checks, at, device and printable(device), tuple(self._all_findings(ids)))

    def _check(self, check_id: str, *, required: bool) -> Check:
        result = self._results.get(check_id, NOT_REACHED)
        return Check(printable(check_id), result.status, required, printable(result.detail))

    def _all_findings(self, ids: Collection[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for check_id in ids:
            found += self._findings.get(check_id, [])
            if check_id in self._left_out:
                found.append({"check": check_id, "left-out": self._left_out[check_id]})
        return found
