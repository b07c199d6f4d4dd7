"""One sentence for what went wrong: shown in dossiers and on terminals, never a traceback."""

from __future__ import annotations

import os

from xrattest.errors import XrattestError
from xrattest.terminal import printable

LIMIT = 400
"""Longest reason in characters; what a plugin says may be megabytes of someone else's output."""


def one_line(text: str, limit: int = LIMIT) -> str:
    """Return `text` on one line of at most `limit` characters, anything unprintable escaped."""
    # Cut before the work: escaping at most quadruples, and collapsing never adds.
    collapsed = " ".join(text[: 8 * limit].split())
    shown = printable(collapsed)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def reason_of(error: BaseException) -> str:
    """Say what `error` says in one line: our own errors as they are, others with the name of their class."""
    try:
        text = one_line(_text_of(error))
    except Exception:  # noqa: BLE001 - a hostile __str__ may raise anything, and this is the last line of defence
        text = ""
    if isinstance(error, XrattestError) and text:
        return text
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _text_of(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror is not None and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)
