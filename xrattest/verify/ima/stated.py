"""Points that a node states of its list: `ima-start` and `ima-end`. Read strictly, and verified nowhere here."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from xrattest.tpm import PcrValues
from xrattest.tpm.composite import DIGEST_SIZES
from xrattest.verify.ima.nodes import MeasuredNode, MeasurementsError

START, END = "ima-start", "ima-end"

_MEMBERS = frozenset({"event-number", "boot-id", "pcr"})
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_INDEX = re.compile(r"0|[1-9][0-9]?", re.ASCII)
_BOOT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_PCRS = 64
_LARGEST = 1 << 62


@dataclass(frozen=True, slots=True)
class StatedPoint:
    """A point of a list: how many entries since boot are before it, and what they lead to."""

    entries: int
    """The event number of the last of them, plus one."""
    boot_id: str | None
    """UUID in lower case; None where nothing is said, as of a saved list."""
    pcrs: PcrValues
    """Bank -> index -> value; PCRs that nothing extended are not in it."""


@dataclass(frozen=True, slots=True)
class Extent:
    """From where to where a node says that its list goes."""

    start: StatedPoint | None
    """The point after which it begins; None for a list from boot."""
    end: StatedPoint | None
    """None where nothing is said."""

    @property
    def before(self) -> int:
        """Entries since boot that the list leaves out."""
        return 0 if self.start is None else self.start.entries

    @property
    def boot_id(self) -> str | None:
        """The boot that it is said to be of."""
        point = self.end or self.start
        return None if point is None else point.boot_id


def extent_of(node: MeasuredNode) -> Extent:
    """Read `ima-start` and `ima-end`. Raises `MeasurementsError` for what breaks their format, `LimitError`, `OSError`."""
    return Extent(_load(node, START), _load(node, END))


def _load(node: MeasuredNode, name: str) -> StatedPoint | None:
    if name not in node.members:
        return None
    place, value = f"{node.location}: {name}", node.load(name)
    if not isinstance(value, dict):
        raise MeasurementsError(f"{place} is no object")
    if not value.keys() <= _MEMBERS:
        raise MeasurementsError(f"{place} has the unknown member {min(value.keys() - _MEMBERS)!r}")
    number, boot_id = value.get("event-number"), value.get("boot-id")
    if not isinstance(number, str) or not _NUMBER.fullmatch(number) or int(number) >= _LARGEST:
        raise MeasurementsError(f"{place} has no event-number")
    if boot_id is not None and not (isinstance(boot_id, str) and _BOOT_ID.fullmatch(boot_id)):
        raise MeasurementsError(f"{place}: boot-id is no UUID in lower case")
    return StatedPoint(int(number) + 1, boot_id, _state(value.get("pcr"), place))


def _state(banks: Any, place: str) -> PcrValues:  # noqa: ANN401 - any JSON value
    if not isinstance(banks, dict) or not banks or not all(isinstance(one, dict) for one in banks.values()):
        raise MeasurementsError(f"{place}: pcr holds no banks")
    return {
        bank: {_index(index, place): _value(bank, value, place) for index, value in values.items()}
        for bank, values in banks.items()
    }


def _index(text: str, place: str) -> int:
    if not _INDEX.fullmatch(text) or int(text) >= _PCRS:
        raise MeasurementsError(f"{place}: {text!r} is no PCR")
    return int(text)


def _value(bank: str, text: Any, place: str) -> bytes:  # noqa: ANN401 - any JSON value
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise MeasurementsError(f"{place}: a value of bank {bank} is no base64") from error
    if base64.b64encode(value).decode() != text:
        raise MeasurementsError(f"{place}: a value of bank {bank} is no canonical base64")
    if len(value) != DIGEST_SIZES.get(bank.partition(":")[0]):
        raise MeasurementsError(f"{place}: {len(value)} bytes are no value of bank {bank!r}")
    return value
