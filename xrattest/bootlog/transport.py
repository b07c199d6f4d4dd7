"""An event log in a dossier: the leaves of BOOT-EVENT-LOG (Cisco-IOS-XR-remote-attestation-act), from which the log is rebuilt.

The container's own leaves hold all of a usual log. What they cannot say has leaves of ours: digests of algorithms that the
model's enumeration lacks (`digest-list-other`, each with its position among the event's digests), a PCR number over 65535
(`pcr-index-32`, in place of `pcr-index`), zeros after the last event (`trailing-zeros`), and of a damaged log what follows the
last event that could be read (`unread-data`). The layout needs no leaf: a log whose is an EV_NO_ACTION with `Spec ID Event03` is crypto-agile, any other is one of TPM 1.2.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from xrattest.bootlog.events import Event, EventLog
from xrattest.errors import InputError

ENUMERATED = {4: "SHA1", 11: "SHA256", 12: "SHA384", 13: "SHA512"}
"""TPM number -> name in the model's enumeration."""
_NUMBERS = {name: number for number, name in ENUMERATED.items()}

LARGEST_INDEX = 0xFFFF
"""`pcr-index` is a uint16."""

_NO_ACTION = 3
_AGILE = b"Spec ID Event03\0"
_WORD = 0xFFFFFFFF


class CarriedLogError(InputError):
    """An `event_log` from which no log can be rebuilt; the text says where."""


def log_members(log: EventLog) -> dict[str, Any]:
    """Return the members of a node that carry the log: `event_log`, and what follows its last event where anything does."""
    members: dict[str, Any] = {"event_log": [event_members(event) for event in log.events]}
    if log.padding:
        members["trailing-zeros"] = log.padding
    if log.unread:
        members["unread-data"] = _base64(log.unread)
    return members


def event_members(event: Event) -> dict[str, Any]:
    """Return one item of `event_log`: the model's leaves, what they cannot say, and what a reader wants to know."""
    index = "pcr-index" if event.pcr <= LARGEST_INDEX else "pcr-index-32"
    members: dict[str, Any] = {"event-number": event.number, "event-type": event.type, index: event.pcr}
    members["digest-list"] = [
        {"digest-hash-algorithm": ENUMERATED[digest.algorithm_id], "digest": _base64(digest.value)}
        for digest in event.digests
        if digest.algorithm_id in ENUMERATED
    ]
    others = [
        {"position": position, "tpm-algorithm": digest.algorithm_id, "algorithm-name": digest.label}
        | {"digest": _base64(digest.value)}
        for position, digest in enumerate(event.digests)
        if digest.algorithm_id not in ENUMERATED
    ]
    if others:
        members["digest-list-other"] = others
    members |= {"event-size": len(event.data), "event-data": _base64(event.data)}
    if event.type_name is not None:
        members["event-type-name"] = event.type_name
    members["description"] = event.description
    if event.digest_verified is not None:
        members["digest-verified"] = event.digest_verified
    return members


def rebuild(node: Mapping[str, Any]) -> bytes:
    """Return the log that a node's members carry, byte for byte.

    What readers are told beside it (`description` and its like) is not looked at. Raises `CarriedLogError` where a leaf is
    missing, out of range, not canonical, or numbered out of order.
    """
    items = node.get("event_log")
    if not isinstance(items, list):
        raise CarriedLogError("event_log is no list")
    agile = bool(items) and _opens_agile(items[0])
    parts = [_event_bytes(item, number, agile=agile and number > 0) for number, item in enumerate(items)]
    zeros = node.get("trailing-zeros", 0)
    if not _is_number(zeros):
        raise CarriedLogError("trailing-zeros is no number of bytes")
    unread = _bytes(node, "unread-data", "after the events") if "unread-data" in node else b""
    return b"".join(parts) + _zeros(zeros) + unread


def _zeros(count: int) -> bytes:
    # No more than the area that firmware reserves: a number in a signed text must not cost memory.
    if count > 1 << 24:
        raise CarriedLogError(f"trailing-zeros is {count}, more than a log can hold")
    return bytes(count)


def _opens_agile(item: Any) -> bool:  # noqa: ANN401 - any JSON value
    return (
        isinstance(item, Mapping)
        and item.get("event-type") == _NO_ACTION
        and _bytes(item, "event-data", "event 0").startswith(_AGILE)
    )


def _event_bytes(item: Any, number: int, *, agile: bool) -> bytes:  # noqa: ANN401 - any JSON value
    where = f"event {number}"
    if not isinstance(item, Mapping) or not _is_number(item.get("event-number")):
        raise CarriedLogError(f"{where} is no event with an event-number")
    if item["event-number"] != number:
        raise CarriedLogError(f"{where} has the number {item['event-number']}")
    data = _bytes(item, "event-data", where)
    if item.get("event-size") != len(data):
        raise CarriedLogError(f"{where}: event-size is not that of event-data")
    head = struct.pack("<II", _index(item, where), _number(item, "event-type", where))
    digests = list(_digests(item, where))
    if agile:
        body = struct.pack("<I", len(digests))
        body += b"".join(struct.pack("<H", algorithm) + value for algorithm, value in digests)
    elif [(algorithm, len(value)) for algorithm, value in digests] == [(4, 20)]:
        body = digests[0][1]
    else:
        raise CarriedLogError(f"{where}: not the one SHA-1 digest that an event of this layout has")
    return head + body + struct.pack("<I", len(data)) + data


def _index(item: Mapping[str, Any], where: str) -> int:
    if ("pcr-index" in item) == ("pcr-index-32" in item):
        raise CarriedLogError(f"{where}: not one of pcr-index and pcr-index-32")
    if "pcr-index" in item:
        return _number(item, "pcr-index", where, LARGEST_INDEX)
    index = _number(item, "pcr-index-32", where)
    if index <= LARGEST_INDEX:
        raise CarriedLogError(f"{where}: pcr-index-32 is a number that pcr-index can hold")
    return index


def _digests(item: Mapping[str, Any], where: str) -> Iterator[tuple[int, bytes]]:
    """Yield TPM number and value of each digest in the order of the log."""
    others: dict[int, tuple[int, bytes]] = {}
    for other in _objects(item, "digest-list-other", where):
        position = _number(other, "position", where, LARGEST_INDEX)
        algorithm = _number(other, "tpm-algorithm", where, LARGEST_INDEX)
        if algorithm in ENUMERATED or position in others:
            raise CarriedLogError(f"{where}: digest-list-other holds what has a place elsewhere")
        others[position] = algorithm, _bytes(other, "digest", where)
    listed = _objects(item, "digest-list", where)
    for position in range(len(listed) + len(others)):
        if position in others:
            yield others.pop(position)
        elif listed:
            digest = listed.pop(0)
            name = digest.get("digest-hash-algorithm")
            if not isinstance(name, str) or name not in _NUMBERS:
                raise CarriedLogError(f"{where}: digest-hash-algorithm is none of {', '.join(_NUMBERS)}")
            yield _NUMBERS[name], _bytes(digest, "digest", where)
    if others or listed:
        raise CarriedLogError(f"{where}: a position in digest-list-other is beyond the last digest")


def _objects(item: Mapping[str, Any], name: str, where: str) -> list[Mapping[str, Any]]:
    listed = item.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise CarriedLogError(f"{where}: {name} is no list of objects")
    return list(listed)


def _number(item: Mapping[str, Any], name: str, where: str, largest: int = _WORD) -> int:
    value = item.get(name)
    if not _is_number(value, largest):
        raise CarriedLogError(f"{where}: {name} is no number up to {largest}")
    assert isinstance(value, int)
    return value


def _is_number(value: Any, largest: int = _WORD) -> bool:  # noqa: ANN401 - any JSON value
    return type(value) is int and 0 <= value <= largest


def _bytes(item: Mapping[str, Any], name: str, where: str) -> bytes:
    text = item.get(name)
    try:
        if isinstance(text, str):
            value = base64.b64decode(text, validate=True)
            if _base64(value) == text:
                return value
    except (binascii.Error, ValueError):
        pass
    raise CarriedLogError(f"{where}: {name} is no canonical base64")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
