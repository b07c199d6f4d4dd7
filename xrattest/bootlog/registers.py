"""PCR values in a dossier: the leaves of PCR-DUMP (Cisco-IOS-XR-remote-attestation-act), and every bank beside them.

The model lists `PCR` by index alone. Here that list is one bank, which `pcr-bank` names, SHA-256 where the TPM has it; the
others stand in `other-banks`. No bank stands in both, so the two cannot contradict each other.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from xrattest.errors import InputError

PcrValues: TypeAlias = Mapping[str, Mapping[int, bytes]]
"""Bank -> index -> value."""

PREFERRED = "sha256"
SIZES = {
    "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64, "sm3_256": 32, "sha3_256": 32, "sha3_384": 48, "sha3_512": 64
}  # fmt: skip
"""Bank -> bytes of its PCRs."""

COUNT = 24


class RegistersError(InputError):
    """PCR values that break their format; the text says where."""


def register_members(values: PcrValues) -> dict[str, Any]:
    """Return the members of a node that carry PCR values; of no bank at all an empty list `PCR`."""
    banks = sorted(values, key=lambda bank: (bank != PREFERRED, -SIZES.get(bank, 0), bank))
    if not banks:
        return {"PCR": []}
    members: dict[str, Any] = {"PCR": _rows(values[banks[0]]), "pcr-bank": banks[0]}
    others = [{"pcr-bank": bank, "PCR": _rows(values[bank])} for bank in banks[1:]]
    return members | ({"other-banks": others} if others else {})


def registers_of(node: Mapping[str, Any]) -> dict[str, dict[int, bytes]]:
    """Return the PCR values of a node, bank by bank. Raises `RegistersError`."""
    values: dict[str, dict[int, bytes]] = {}
    others = node.get("other-banks", [])
    if not isinstance(others, list):
        raise RegistersError("other-banks is no list")
    for item in (node, *others):
        if not isinstance(item, Mapping):
            raise RegistersError("other-banks holds what is no object")
        # Another writer's container has no pcr-bank: the size of its values then says what they can be.
        rows = dict(_values(item))
        if not rows:
            continue
        bank = item.get("pcr-bank", _bank_of(rows))
        if not isinstance(bank, str) or bank in values:
            raise RegistersError("pcr-bank is no text, or one that was there before")
        if bank in SIZES and any(len(value) != SIZES[bank] for value in rows.values()):
            raise RegistersError(f"a PCR of bank {bank} has not {SIZES[bank]} bytes")
        values[bank] = rows
    return values


def _rows(values: Mapping[int, bytes]) -> list[dict[str, Any]]:
    return [
        {"index": index, "value": base64.b64encode(value).decode("ascii")}
        for index, value in sorted(values.items())
    ]


def _values(item: Mapping[str, Any]) -> Iterator[tuple[int, bytes]]:
    rows = item.get("PCR", [])
    if not isinstance(rows, list) or len(rows) > COUNT:
        raise RegistersError(f"PCR is no list of at most {COUNT} values")
    seen: set[int] = set()
    for row in rows:
        index, text = (row.get("index"), row.get("value")) if isinstance(row, Mapping) else (None, None)
        if type(index) is not int or not 0 <= index < COUNT or index in seen:
            raise RegistersError(f"PCR holds a value without an index of its own from 0 to {COUNT - 1}")
        seen.add(index)
        yield index, _decoded(index, text)


def _decoded(index: int, text: Any) -> bytes:  # noqa: ANN401 - any JSON value
    try:
        if isinstance(text, str):
            value = base64.b64decode(text, validate=True)
            if base64.b64encode(value).decode("ascii") == text and 20 <= len(value) <= 64:
                return value
    except (binascii.Error, ValueError):
        pass
    raise RegistersError(f"PCR {index}: the value is no canonical base64 of 20 to 64 bytes")


def _bank_of(rows: Mapping[int, bytes]) -> str | None:
    sizes = {len(value) for value in rows.values()}
    by_size = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}
    return by_size.get(sizes.pop()) if len(sizes) == 1 else None
