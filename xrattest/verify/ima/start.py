"""From where a node's list goes on: the beginning of the boot, or the point that an incremental envelope states."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from xrattest.tpm import PcrValues
from xrattest.tpm.composite import DIGEST_SIZES
from xrattest.verify.ima.nodes import MeasuredNode, MeasurementsError


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
    start, end = node.load("ima-start"), node.load("ima-end")
    place = f"{node.location}: ima-start"
    if start is None:
        return ListStart(boot_id=_boot_id(end, f"{node.location}: ima-end") if end is not None else None)
    boot_id = _boot_id(start, place)
    number = start.get("event-number")
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) <= 20:
        number = int(number)
    if type(number) is not int or number < 0:
        raise MeasurementsError(f"{place} has no event-number")
    return ListStart(number + 1, _state(start.get("pcr"), place), boot_id)


def _boot_id(point: Any, place: str) -> str | None:  # noqa: ANN401 - any JSON value
    if not isinstance(point, dict):
        raise MeasurementsError(f"{place} is no object")
    boot_id = point.get("boot-id")
    if boot_id is not None and not isinstance(boot_id, str):
        raise MeasurementsError(f"{place}: boot-id is no text")
    return boot_id


def _state(banks: Any, place: str) -> PcrValues:  # noqa: ANN401 - any JSON value
    if not isinstance(banks, dict) or not all(isinstance(values, dict) for values in banks.values()):
        raise MeasurementsError(f"{place}: pcr holds no banks")
    return {bank: {_index(index, place): _value(bank, value, place) for index, value in values.items()}
            for bank, values in banks.items()}  # fmt: skip


def _index(text: str, place: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < 32):
        raise MeasurementsError(f"{place}: {text!r} is no PCR")
    return int(text)


def _value(bank: str, text: Any, place: str) -> bytes:  # noqa: ANN401 - any JSON value
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise MeasurementsError(f"{place}: a value of bank {bank} is no base64") from error
    if len(value) != DIGEST_SIZES.get(bank):
        raise MeasurementsError(f"{place}: {len(value)} bytes are no value of bank {bank!r}")
    return value
