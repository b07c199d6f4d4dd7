"""Read files of a few lines for the texts of the dossier."""

from __future__ import annotations

from xrattest.errors import HostRootError, LimitError
from xrattest.hostroot import HostRoot

SMALL = 64 << 10
"""Bytes that are read at most."""


def small_text(root: HostRoot, path: str) -> str | None:
    """Return a small file's text, unprintable characters replaced; None when it cannot be read."""
    try:
        raw = root.read_bytes(path, limit=SMALL)
    except (OSError, HostRootError, LimitError):
        return None
    text = raw.decode("utf-8", "replace")
    return "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text.rstrip("\0")
    )
