"""Points of a list: an event number, the boot that it counts from, and the PCR values that the events up to it lead to."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xrattest.errors import LimitError
from xrattest.hostroot import HostRoot
from xrattest.ima import Position
from xrattest_ima.options import BOOT_ID, ImaOptions

_WHERE = "/proc/sys/kernel/random/boot_id"


@dataclass(frozen=True, slots=True)
class Boot:
    """The boot that a list is of; where it is not known, why."""

    id: str | None
    reason: str | None = None


def boot_of(root: HostRoot, options: ImaOptions) -> Boot:
    """Return the boot of the list that `options` name: a saved list does not tell its own, and another must not be claimed."""
    if options.log is not None:
        return Boot(
            options.boot_id, None if options.boot_id else "a saved list does not tell which boot it is of"
        )
    try:
        text = root.read_text(_WHERE, limit=256).strip()
    except (OSError, LimitError) as error:
        return Boot(None, f"{_WHERE} cannot be read: {error}")
    if not re.fullmatch(BOOT_ID, text):
        return Boot(None, f"{_WHERE} holds no boot id")
    return Boot(text)


def point(position: Position, boot: Boot) -> dict[str, Any] | None:
    """Return `position` as `ima-start` and `ima-end` write it; None before the first event, where there is nothing to say."""
    if not position.entries:
        return None
    identity = {} if boot.id is None else {"boot-id": boot.id}
    return {"event-number": str(position.entries - 1), **identity, "pcr": _encoded(position.pcrs)}


def _encoded(pcrs: Mapping[str, Mapping[int, bytes]]) -> dict[str, dict[str, str]]:
    return {
        bank: {str(index): base64.b64encode(value).decode() for index, value in values.items()}
        for bank, values in pcrs.items()
    }
