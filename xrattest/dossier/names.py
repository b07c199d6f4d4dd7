"""The reader's side of loss-free names: `<name>-bytes` must be needed, canonical, and render to `<name>`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from xrattest.errors import InputError


def raw_name(row: Mapping[str, Any], name: str = "name") -> bytes:
    """Return the bytes that `row` carries under `name` (see `xrattest.evidence.text_members`).

    Raises `InputError` when there is no such text, when `<name>-bytes` is no canonical base64, is valid UTF-8 (then it
    could say one thing and `<name>` another), or does not render to `<name>`.
    """
    text, encoded = row.get(name), row.get(f"{name}-bytes")
    if not isinstance(text, str):
        raise InputError(f"{name} is no text")
    if encoded is None:
        return text.encode()
    raw = _decode(encoded, name)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        if raw.decode("utf-8", "replace") != text:
            raise InputError(f"{name}-bytes does not render to {name}") from None
        return raw
    raise InputError(f"{name}-bytes is valid UTF-8, so {name} alone must carry it")


def _decode(encoded: object, name: str) -> bytes:
    if not isinstance(encoded, str):
        raise InputError(f"{name}-bytes is no text")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{name}-bytes is no base64") from None
    if base64.b64encode(raw).decode() != encoded:
        raise InputError(f"{name}-bytes is no canonical base64")
    return raw
