"""Fields of template data as the kernel writes them into the list and prints them (`ima_template_lib.c`)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from xrattest.testing.lists.names import odd_name, plain_name
from xrattest.testing.lists.noise import Noise
from xrattest.testing.lists.signatures import Signed

Endian = Literal["little", "big"]

TEMPLATES = {
    "ima": "d|n",
    "ima-ng": "d-ng|n-ng",
    "ima-ngv2": "d-ngv2|n-ng",
    "ima-sig": "d-ng|n-ng|sig",
    "ima-sigv2": "d-ngv2|n-ng|sig",
    "ima-buf": "d-ng|n-ng|buf",
    "ima-modsig": "d-ng|n-ng|sig|d-modsig|modsig",
    "evm-sig": "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode",
}
"""Format of every template that the kernel has a name for."""

Field = tuple[bytes, str]
"""Content of a field, and how the ascii list prints it."""

_XATTRS = (b"security.selinux", b"security.ima", b"security.capability")


@dataclass(slots=True)
class Subject:
    """What one entry measures."""

    name: bytes
    digest: bytes
    algorithm: str
    signature: bytes
    endian: Endian
    noise: Noise
    bare: bool
    """Whether nothing but digest and name is there: a boot_aggregate or a violation."""


def subject(noise: Noise, algorithm: str, endian: Endian, signed: Signed | None, *, odd: bool) -> Subject:
    """Draw what an entry measures; a `signed` file brings its own digest."""
    name = odd_name(noise) if odd else plain_name(noise)
    if signed is None:
        digest, signature = noise.take(_digest_size(algorithm)), b""
    else:
        digest, signature = signed.digest, signed.signature
    return Subject(name, digest, algorithm, signature, endian, noise, bare=False)


@cache
def _digest_size(algorithm: str) -> int:
    return hashlib.new(algorithm).digest_size


def field(name: str, of: Subject) -> Field:
    """Return the field `name` of the kernel. Raises `KeyError` for a field that no kernel has."""
    return _FIELDS[name](of)


def _string(content: bytes) -> Field:
    return content + b"\0", content.decode("latin-1")


def _hexadecimal(content: bytes) -> Field:
    return content, content.hex()


def _number(value: int, size: int, of: Subject) -> Field:
    return (b"", "") if of.bare else (value.to_bytes(size, of.endian), str(value))


def _prefixed(prefix: str, digest: bytes) -> Field:
    return prefix.encode() + b":\0" + digest, f"{prefix}:{digest.hex()}"


def _d(of: Subject) -> Field:
    return _hexadecimal(of.digest[:20].ljust(20, b"\0"))


def _d_ng(of: Subject) -> Field:
    return _prefixed(of.algorithm, of.digest)


def _d_ngv2(of: Subject) -> Field:
    return _prefixed(f"ima:{of.algorithm}", of.digest)


def _d_modsig(of: Subject) -> Field:
    return _hexadecimal(b"") if of.bare else _prefixed("sha256", of.noise.take(32))


def _buffer(of: Subject) -> Field:
    return _hexadecimal(b"" if of.bare else of.noise.take(1 + of.noise.below(200)))


def _xattr_names(of: Subject) -> Field:
    return (b"", "") if of.bare else _string(b"|".join(_XATTRS))


def _xattr_lengths(of: Subject) -> Field:
    lengths = b"".join(length.to_bytes(4, of.endian) for length in (8, 33, 20))
    return _hexadecimal(b"" if of.bare else lengths)


def _xattr_values(of: Subject) -> Field:
    return _hexadecimal(b"" if of.bare else of.noise.take(61))


_FIELDS: dict[str, Callable[[Subject], Field]] = {
    "d": _d,
    "d-ng": _d_ng,
    "d-ngv2": _d_ngv2,
    "n": lambda of: _string(of.name),
    "n-ng": lambda of: _string(of.name),
    "sig": lambda of: _hexadecimal(of.signature),
    "evmsig": lambda of: _hexadecimal(of.signature),
    "buf": _buffer,
    "d-modsig": _d_modsig,
    "modsig": _buffer,
    "xattrnames": _xattr_names,
    "xattrlengths": _xattr_lengths,
    "xattrvalues": _xattr_values,
    "iuid": lambda of: _number(of.noise.below(1 << 16), 4, of),
    "igid": lambda of: _number(of.noise.below(1 << 16), 4, of),
    "imode": lambda of: _number(0o100644 | of.noise.below(2) * 0o111, 2, of),
}

FIELDS = frozenset(_FIELDS)
"""Identifiers of all fields of the kernel."""
