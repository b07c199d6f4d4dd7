"""PCR values in a dossier: the leaves of PCR-DUMP (Cisco-IOS-XR-remote-attestation-act), and every bank beside them.

The model lists `PCR` by index alone, which is room for one bank: SHA-256 where the TPM has it. Those of the other banks stand
in `pcr-other-banks`, a list of ours by bank and index. `bank` in an item is ours too; without it the length of the value tells
sha1, sha256, sha384 and sha512 apart.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from xrattest.errors import InputError
from xrattest.tpm.composite import DIGEST_SIZES, PcrValues

OTHER_BANKS = "pcr-other-banks"
MOST = 32
"""PCRs that a TPM can have."""

_PREFERRED = "sha256"
_BY_LENGTH = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}


class RegistersError(InputError):
    """PCR values that break their format."""


def register_members(values: PcrValues) -> dict[str, Any]:
    """Return the members of an item of `node-data` that carry PCR values; of no bank at all an empty list `PCR`."""
    banks = sorted(values, key=lambda bank: (bank != _PREFERRED, -DIGEST_SIZES.get(bank, 0), bank))
    rows = [_rows(bank, values[bank]) for bank in banks]
    members: dict[str, Any] = {"PCR": rows[0] if rows else []}
    others = [row for bank in rows[1:] for row in bank]
    return members | ({OTHER_BANKS: others} if others else {})


def registers_of(item: Mapping[str, Any]) -> dict[str, dict[int, bytes]]:
    """Return the PCR values of an item of `node-data`: bank -> index -> value. Raises `RegistersError`."""
    banks: dict[str, dict[int, bytes]] = {}
    for row in (*_listed(item, "PCR"), *_listed(item, OTHER_BANKS)):
        index, value = row.get("index"), _binary(row.get("value"))
        bank = row.get("bank", _BY_LENGTH.get(len(value)))
        if type(index) is not int or not 0 <= index < MOST:
            raise RegistersError(f"{index!r} is no PCR")
        if not isinstance(bank, str) or DIGEST_SIZES.get(bank) != len(value):
            raise RegistersError(f"PCR {index} has {len(value)} bytes, which is no value of bank {bank!r}")
        if banks.setdefault(bank, {}).setdefault(index, value) != value:
            raise RegistersError(f"two values of {bank} PCR {index}")
    return banks


def _rows(bank: str, values: Mapping[int, bytes]) -> list[dict[str, Any]]:
    return [
        {"index": index, "bank": bank, "value": base64.b64encode(value).decode("ascii")}
        for index, value in sorted(values.items())
    ]


def _listed(item: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = item.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RegistersError(f"{name} is no list of objects")
    return rows


def _binary(text: Any) -> bytes:  # noqa: ANN401 - any JSON value
    try:
        if isinstance(text, str) and text:
            value = base64.b64decode(text, validate=True)
            if base64.b64encode(value).decode("ascii") == text:
                return value
    except (binascii.Error, ValueError):
        pass
    raise RegistersError("value of a PCR: no canonical base64")
