"""Which entries of a list are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.entries import Entry


class Filter:
    """What is asked of an entry; every question must be answered yes, and the default asks none."""

    def __init__(
        self,
        *,
        events: tuple[int, int] | None = None,
        violations: bool = False,
        templates: Sequence[str] = (),
        pcrs: Sequence[int] = (),
        paths: Sequence[str] = (),
    ) -> None:
        """Ask for numbers in a range (both ends are in it), violations alone, templates, PCRs, paths that match one of some globs.

        Raises `ValueError` for a glob that cannot be used.
        """
        self.native = _native.Filter(events, violations, templates, pcrs, paths)

    def takes(self, entry: Entry) -> bool:
        """Tell whether `entry` is wanted; one without a path matches no glob."""
        return self.native.takes(entry.number, entry.pcr, entry.template, entry.is_violation, entry.name)


ALL = Filter()
"""Takes every entry."""
