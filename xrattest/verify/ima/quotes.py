"""The quotes inside a dossier: `platform-config-registers` of `system-integrity-snapshot`.

Each item of its `node-data` is one TPM's statement about one node (`Cisco-IOS-XR-remote-attestation-act`): `node-location`,
`pcr-quote` (TPMS_ATTEST), `pcr-quote-signature` (TPMT_SIGNATURE), and the PCR values as read beside the quote
(`xrattest.tpm.registers`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from xrattest import strictjson
from xrattest.dossier.reader import Dossier
from xrattest.errors import LimitError
from xrattest.tpm import MAX_INPUT, PcrValues, registers_of
from xrattest.tpm.registers import RegistersError
from xrattest.verify.ima.nodes import NODES_LIMIT, SELECTOR, MeasurementsError, SignedText

CONTAINER = "platform-config-registers"
ITEM_LIMIT = 2 * MAX_INPUT
"""Largest item of `node-data`, in bytes of its JSON text."""


@dataclass(frozen=True, slots=True)
class CarriedQuote:
    """One quote as the dossier carries it; nothing of it is checked."""

    location: str
    tpm: str
    """Name of the TPM; empty where the item gives none."""
    attest: bytes
    signature: bytes
    values: PcrValues
    """What is reported of PCRs."""


def carried_quotes(dossier: Dossier, max_size: int) -> dict[str, list[CarriedQuote]]:
    """Return the quotes of a dossier by node location; items that hold PCR values alone add them to their node's quotes.

    Raises `MeasurementsError` for an item that breaks its format, `LimitError`, `OSError`.
    """
    return _by_location(_items(dossier, max_size))


def reported_values(dossier: Dossier, max_size: int) -> dict[str, PcrValues]:
    """Return the PCR values of a dossier by node location, quoted or not. Raises as `carried_quotes`."""
    reported: dict[str, PcrValues] = {}
    for item in _items(dossier, max_size):
        reported[item.location] = _merged(reported.get(item.location, {}), item.values)
    return reported


def _items(dossier: Dossier, max_size: int) -> list[CarriedQuote]:
    snapshot = dossier.selectors.get(SELECTOR)
    container = None if snapshot is None else snapshot.members.get(CONTAINER)
    if container is None:
        return []
    text = SignedText(dossier.path, max_size)
    array = text.members(container, CONTAINER).get("node-data")
    if array is None or array.kind != "array":
        raise MeasurementsError(f"{CONTAINER} has no list node-data")
    items = text.listed(array)
    if len(items) > NODES_LIMIT:
        raise LimitError(f"the number of items in {CONTAINER}", NODES_LIMIT)
    return [
        _item(strictjson.load_member(text.path, item, max_size=ITEM_LIMIT), f"{CONTAINER}[{item.key}]")
        for item in items
    ]


def _by_location(read: list[CarriedQuote]) -> dict[str, list[CarriedQuote]]:
    reported: dict[str, PcrValues] = {}
    for item in read:
        reported[item.location] = _merged(reported.get(item.location, {}), item.values)
    quotes: dict[str, list[CarriedQuote]] = {}
    for item in read:
        if item.attest:
            quotes.setdefault(item.location, []).append(
                replace(item, values=_merged(item.values, reported[item.location]))
            )
    return quotes


def _merged(first: PcrValues, other: PcrValues) -> PcrValues:
    """Return the values of both; where they differ, those of `first`."""
    return {bank: {**other.get(bank, {}), **first.get(bank, {})} for bank in {**other, **first}}


def _item(item: Any, place: str) -> CarriedQuote:  # noqa: ANN401 - any JSON value
    if not isinstance(item, dict):
        raise MeasurementsError(f"{place} is no object")
    location, tpm = item.get("node-location"), item.get("tpm-name", "")
    if not isinstance(location, str) or not isinstance(tpm, str):
        raise MeasurementsError(f"{place} has no node-location, or a tpm-name that is no text")
    parts = [name in item for name in ("pcr-quote", "pcr-quote-signature")]
    if any(parts) and not all(parts):
        raise MeasurementsError(f"{place} has one of pcr-quote and pcr-quote-signature without the other")
    attest, signature = (
        (
            _binary(item["pcr-quote"], f"{place}: pcr-quote"),
            _binary(item["pcr-quote-signature"], f"{place}: pcr-quote-signature"),
        )
        if all(parts)
        else (b"", b"")
    )
    return CarriedQuote(location, tpm, attest, signature, _values(item, place))


def _values(item: Mapping[str, Any], place: str) -> PcrValues:
    try:
        return registers_of(item)
    except RegistersError as error:
        raise MeasurementsError(f"{place}: {error}") from error


def _binary(text: Any, what: str) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the bytes of canonical base64. Raises `MeasurementsError`."""
    if isinstance(text, str) and text:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise MeasurementsError(f"{what}: no base64: {error}") from error
        if base64.b64encode(data).decode("ascii") == text:
            return data
    raise MeasurementsError(f"{what} is no canonical base64")
