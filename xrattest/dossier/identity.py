"""Which device this is: DMI product and serial number, else an identifier derived from machine-id, never machine-id itself."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid

from xrattest.dossier.smalltext import small_text
from xrattest.hostroot import HostRoot

APPLICATION = uuid.UUID("5b1e0b0a-6d0c-4a51-9a0e-1f6b1c2f7d43")
"""This application's identifier, the message of the derivation; another one gives every host another serial number."""

DMI = "/sys/class/dmi/id/"
DEVICE_TREE = "/sys/firmware/devicetree/base/"

# What firmware makers leave in fields that nobody filled.
PLACEHOLDERS = frozenset({
    "", "0", "none", "not specified", "not applicable", "n/a", "na", "unknown", "default string", "system serial number",
    "system product name", "to be filled by o.e.m.", "to be filled by oem", "oem", "o.e.m.", "123456789", "0123456789",
    "serial", "serial number", "invalid", "empty", "filled by oem", "chassis serial number", "undefined",
})  # fmt: skip


def product_name(root: HostRoot) -> str | None:
    """Return the product as firmware names it; None for a tree of files, and where firmware says nothing of use."""
    return _firmware(root, DMI + "product_name", DEVICE_TREE + "model")


def device_serial(root: HostRoot) -> str | None:
    """Return the serial number of the firmware, else one derived from machine-id; None where there is neither."""
    return _firmware(root, DMI + "product_serial", DEVICE_TREE + "serial-number") or application_id(root)


def application_id(root: HostRoot) -> str | None:
    """Derive 32 hex digits from machine-id, as sd_id128_get_machine_app_specific(3) does; None without a machine-id.

    machine-id(5) asks for that: whoever sees the derived value can neither compute the original nor relate this host to
    what other applications call it.
    """
    raw = (_line(root, "/etc/machine-id") or "").lower()
    if not re.fullmatch(r"[0-9a-f]{32}", raw) or set(raw) == {"0"}:
        return None
    digest = bytearray(hmac.digest(bytes.fromhex(raw), APPLICATION.bytes, hashlib.sha256)[:16])
    digest[6] = (digest[6] & 0x0F) | 0x40
    digest[8] = (digest[8] & 0x3F) | 0x80
    return digest.hex()


def _firmware(root: HostRoot, *paths: str) -> str | None:
    if not root.is_live:
        # What lies under /sys of an image, if anything, is not that image's firmware.
        return None
    for path in paths:
        value = _line(root, path)
        if value is not None and value.lower() not in PLACEHOLDERS:
            return value
    return None


def _line(root: HostRoot, path: str) -> str | None:
    text = small_text(root, path)
    return " ".join(text.split()) if text is not None else None
