"""From where a node's list goes on: the beginning of the boot, or the point that an incremental envelope states."""

from __future__ import annotations

from dataclasses import dataclass

from xrattest.tpm import PcrValues
from xrattest.verify.ima.nodes import MeasuredNode
from xrattest.verify.ima.stated import extent_of


@dataclass(frozen=True, slots=True)
class ListStart:
    """The state before a list's first entry, as the node states it: nothing here is verified."""

    before: int = 0
    """Entries since boot that the list leaves out."""
    pcrs: PcrValues | None = None
    """Bank -> index -> value after those; None for the zeros of a boot."""
    boot_id: str | None = None


def list_start(node: MeasuredNode) -> ListStart:
    """Read `ima-start` of a node, and the boot id of `ima-end` where that is there alone.

    Raises `MeasurementsError` for one that breaks its format, `LimitError`, `OSError`.
    """
    extent = extent_of(node)
    pcrs = None if extent.start is None else extent.start.pcrs
    return ListStart(extent.before, pcrs, extent.boot_id)
