"""One package as the leaves of Cisco-IOS-XR-spirit-install-instmgr-oper, and ours beside them."""

from __future__ import annotations

from typing import Any

from xrattest.evidence import path_members, text_members
from xrattest.rpm import Package

NOT_CALCULATED = "0"
"""What the YANG leaf `rpm-fingerprint-run-time` holds while it has not been calculated."""


def package_row(package: Package) -> dict[str, Any]:
    """Return the object of `package` in a list `summary/package`; names that are not UTF-8 are carried in base64 too."""
    row: dict[str, Any] = {}
    row |= path_members("name", package.name)
    row |= path_members("version", package.version)
    row |= path_members("release", package.release)
    if package.epoch is not None:
        row["epoch"] = str(package.epoch)
    row |= path_members("architecture", package.architecture)
    row["gpg-key-id"] = package.gpg_key_id
    row["rpm-fingerprint"] = {
        "rpm-fingerprint-install-time": package.fingerprint,
        "rpm-fingerprint-run-time": NOT_CALCULATED,
    }
    row["fingerprint-strict"] = package.fingerprint_strict
    if package.header_sha256 is not None:
        row["header-sha256"] = package.header_sha256
    row["header-digest"] = package.header_digest
    row["digest-strength"] = package.digest_strength
    if package.unattested:
        row["unverified"] = [
            path_members("name", file.path) | {"reason": file.reason} for file in package.unattested
        ]
    if package.reason is not None:
        row |= text_members("reason", package.reason.encode("utf-8", "surrogateescape"))
    return row
