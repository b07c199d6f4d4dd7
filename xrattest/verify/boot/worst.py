"""One result for the nodes of a dossier."""

from __future__ import annotations

from collections.abc import Sequence

from xrattest.verify.verdict import Result, Status

# One node that could not be judged must not hide another that is wrong.
_WORST_LAST = (Status.PASS, Status.WARN, Status.SKIP, Status.FAIL)


def worst_of(results: Sequence[Result]) -> Result:
    """Return the worst status of at least one result, with every detail."""
    worst = max((result.status for result in results), key=_WORST_LAST.index)
    return Result(worst, "; ".join(result.detail for result in results))
