r"""Subject names as the configuration writes them: `CN=lab1-ca,C=US,ST=CA,L=San Jose,O=cisco systems,OU=ASR`.

Escapes are those of RFC 4514 §2.4: a backslash before a special character, or before two hex digits of a UTF-8 byte.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

ATTRIBUTES: dict[str, tuple[str, int]] = {
    "CN": ("2.5.4.3", 64),
    "C": ("2.5.4.6", 2),
    "ST": ("2.5.4.8", 128),
    "L": ("2.5.4.7", 128),
    "O": ("2.5.4.10", 64),
    "OU": ("2.5.4.11", 64),
    "STREET": ("2.5.4.9", 128),
    "DC": ("0.9.2342.19200300.100.1.25", 63),
    "UID": ("0.9.2342.19200300.100.1.1", 256),
}
"""Keyword (RFC 4514 §3) to object identifier and most characters (RFC 5280 appendix A.1, upper bounds)."""

_MADE_BY_US = {
    "SERIALNUMBER": "set include-serial-number instead",
    "UNSTRUCTUREDNAME": "it is always added, from hostname and domain",
    "UNSTRUCTUREDADDRESS": "set ip-address instead",
}
_SPECIAL = frozenset(' "#+,;<=>\\')


def parse(text: str) -> tuple[tuple[str, str], ...]:
    """Return the (keyword, value) pairs in written order. Raises `ValueError` that says which part is wrong and why."""
    if not 1 <= len(text) <= 800:
        raise ValueError(f"a subject name has 1 to 800 characters, not {len(text)}")
    return tuple(_attribute(part) for part in _split(text))


def _split(text: str) -> list[str]:
    parts, start, escaped = [], 0, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ",":
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _attribute(part: str) -> tuple[str, str]:
    keyword, separator, written = part.partition("=")
    keyword = keyword.strip().upper()
    if not separator:
        raise ValueError(f"{part.strip()!r} is not KEYWORD=value")
    if keyword in _MADE_BY_US:
        raise ValueError(f"{keyword} cannot be written here: {_MADE_BY_US[keyword]}")
    if keyword not in ATTRIBUTES:
        raise ValueError(f"unknown attribute {keyword!r}; known are {', '.join(ATTRIBUTES)}")
    value = _unescape(_strip(written))
    most = ATTRIBUTES[keyword][1]
    if not 1 <= len(value) <= most or not value.isprintable():
        raise ValueError(f"{keyword}: 1 to {most} printable characters, not {value!r}")
    if keyword == "C" and not re.fullmatch("[A-Z]{2}", value):
        raise ValueError(f"C: a country is two capital letters (ISO 3166), not {value!r}")
    if keyword == "DC" and not value.isascii():
        raise ValueError(f"DC: ASCII only, not {value!r}")
    return keyword, value


def _strip(written: str) -> str:
    text = written.lstrip(" ")
    bare = text.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    # An odd number of backslashes escapes the first of the spaces that follow.
    return bare + " " if backslashes % 2 and len(bare) < len(text) else bare


def _unescape(text: str) -> str:
    raw, position = bytearray(), 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            pair, following = text[position + 1 : position + 3], text[position + 1 : position + 2]
            if following in _SPECIAL and following:
                raw += following.encode()
                position += 2
            elif re.fullmatch("[0-9A-Fa-f]{2}", pair):
                raw.append(int(pair, 16))
                position += 3
            else:
                raise ValueError(f"{text!r}: a backslash escapes a special character or two hex digits")
        elif character in '+"<>;':
            raise ValueError(f"{text!r}: {character} must be escaped as \\{character}")
        else:
            raw += character.encode("utf-8", "surrogatepass")
            position += 1
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{text!r}: the escaped bytes are not UTF-8") from error


def escape(value: str) -> str:
    """Write `value` so that `parse` gives it back."""
    escaped = re.sub(r'([\\,+"<>;])', r"\\\1", value)
    if escaped.startswith((" ", "#")):
        escaped = "\\" + escaped
    return escaped[:-1] + "\\ " if escaped.endswith(" ") and len(value) > 1 else escaped


def _checked(text: str) -> str:
    parse(text)
    return text


SubjectName = Annotated[str, Field(max_length=800), AfterValidator(_checked)]
"""A subject name that `parse` accepts."""
