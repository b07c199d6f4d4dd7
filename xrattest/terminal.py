"""Text that somebody else chose, made fit to be shown: a terminal obeys what a file name or a certificate may hold."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return `text` with every character that is not printable spelled out, such as `\x1b`, `\n` or `\u202e`."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
