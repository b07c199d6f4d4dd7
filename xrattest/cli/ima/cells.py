"""Entries of a list as people read them; nothing in these texts can drive a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from xrattest.ima import Entry
from xrattest.terminal import printable

_SIGNATURES = {3: "IMA", 5: "EVM"}
"""First byte of `security.ima` when it holds a signature (`enum evm_ima_xattr_type`); a portable EVM signature may be logged too."""


def hash_text(entry: Entry) -> str:
    """Return the template hash, or `violation`."""
    return "violation" if entry.is_violation else entry.template_hash.hex()


def digest_text(entry: Entry) -> str:
    """Return the digest with its type and algorithm; where there is none, how much data the entry has."""
    if entry.digest is None:
        return f"({len(entry.template_data)} bytes of template data)"
    names = [name for name in (entry.digest_type, entry.algorithm) if name]
    return printable(":".join([*names, entry.digest.hex()]))


def name_text(entry: Entry) -> str:
    """Return the name on one line, whatever control characters an attacker put into it."""
    return printable((entry.name or b"").decode("utf-8", "backslashreplace"))


def more_text(entry: Entry) -> str:
    """Return what else the template holds, in words."""
    return ", ".join(_more(entry))


def _more(entry: Entry) -> Iterator[str]:
    if entry.signature:
        yield signature_text(entry.signature)
    for name, value in (("uid", entry.uid), ("gid", entry.gid)):
        if value is not None:
            yield f"{name} {value}"
    if entry.mode is not None:
        yield f"mode {entry.mode:o}"
    for name in ("buf", "modsig"):
        content = (entry.fields or {}).get(name)
        if content:
            yield f"{name} of {len(content)} bytes"


def signature_text(signature: bytes) -> str:
    """Return kind, version and key id of a signature in the format of `struct signature_v2_hdr` (integrity.h)."""
    kind = _SIGNATURES.get(signature[0])
    if kind is None or len(signature) < 9 or signature[1] not in {2, 3}:
        return f"signature of {len(signature)} bytes"
    return f"{kind} signature version {signature[1]} of key {signature[3:7].hex()}"
