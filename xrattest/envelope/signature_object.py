"""Reading `signature-envelop`: every member typed, bounded and canonical, and none that is not known."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from xrattest import strictjson
from xrattest.envelope import signed_bytes
from xrattest.envelope.algorithms import ALGORITHMS
from xrattest.envelope.nonce import nonce_bytes
from xrattest.errors import InputError

MAX_CERTIFICATES = 16
"""Certificates in `signing-certificate`."""

MAX_CERTIFICATE = 64 << 10
"""Bytes of one of them, DER."""

MAX_SIGNATURE = 2048
"""Bytes of a signature: RSA of 16384 bits."""

_REQUIRED = ("signature-version", "digest-algorithm", "pub-key-id", "signature")
_OPTIONAL = ("nonce", "sudi-signature", "signing-certificate")
# RFC 5280 §4.1.2.2 bounds a serial number to 20 octets; 2^160 has 49 digits. No leading zeros: one form per number.
_SERIAL = re.compile(r"0|[1-9][0-9]{0,48}")


@dataclass(frozen=True, slots=True)
class SignatureObject:
    """The members of `signature-envelop`, decoded."""

    nonce: str | None
    signature_version: str
    digest_algorithm: str
    pub_key_id: str
    signature: bytes
    sudi_signature: bytes | None
    certificates: tuple[bytes, ...]


def read_signature_object(text: bytes) -> tuple[SignatureObject | None, list[str]]:
    """Read the JSON text of `signature-envelop`; returns the object, or None and what is wrong with it."""
    try:
        members = strictjson.loads(text)
    except InputError as error:
        return None, [f"signature-envelop: {error}"]
    reader = _Reader(members)
    found = SignatureObject(
        nonce=reader.nonce(),
        signature_version=reader.choice("signature-version", signed_bytes.VERSIONS),
        digest_algorithm=reader.choice("digest-algorithm", ALGORITHMS),
        pub_key_id=reader.serial_number(),
        signature=reader.binary("signature", MAX_SIGNATURE),
        sudi_signature=reader.binary("sudi-signature", MAX_SIGNATURE)
        if "sudi-signature" in members
        else None,
        certificates=reader.certificates(),
    )
    return (None if reader.problems else found), reader.problems


class _Reader:
    """Takes members out of the object, and notes what is wrong instead of stopping at the first defect."""

    def __init__(self, members: dict[str, Any]) -> None:
        self._members = members
        self.problems: list[str] = []
        missing = [name for name in _REQUIRED if name not in members]
        unknown = [name for name in members if name not in _REQUIRED + _OPTIONAL]
        if missing:
            self._note(f"{', '.join(missing)} missing")
        if unknown:
            self._note("unknown members " + ", ".join(repr(name[:64]) for name in unknown[:8]))

    def nonce(self) -> str | None:
        if "nonce" not in self._members:
            return None
        nonce = self._text("nonce")
        try:
            nonce_bytes(nonce)
        except ValueError as error:
            if nonce is not None:
                self._note(str(error))
        return nonce

    def choice(self, name: str, choices: dict[str, Any]) -> str:
        value = self._text(name)
        if value is None:
            return ""
        if value not in choices:
            self._note(f"{name} {value[:64]!r} is none of {', '.join(choices)}")
        return value

    def serial_number(self) -> str:
        value = self._text("pub-key-id")
        if value is not None and _SERIAL.fullmatch(value) is None:
            self._note("pub-key-id is not the decimal form of a serial number")
        return value or ""

    def binary(self, name: str, limit: int) -> bytes:
        return self._decode(name, self._text(name), limit)

    def certificates(self) -> tuple[bytes, ...]:
        if "signing-certificate" not in self._members:
            return ()
        listed = self._members["signing-certificate"]
        if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_CERTIFICATES:
            self._note(f"signing-certificate is not an array of 1 to {MAX_CERTIFICATES} certificates")
            return ()
        return tuple(
            self._decode(f"signing-certificate {index}", value, MAX_CERTIFICATE)
            for index, value in enumerate(listed)
        )

    def _decode(self, name: str, value: object, limit: int) -> bytes:
        if value is None:
            if name not in _REQUIRED + _OPTIONAL:
                self._note(f"{name} is not a string")
            return b""
        if not isinstance(value, str):
            self._note(f"{name} is not a string")
            return b""
        if len(value) > 4 * ((limit + 2) // 3):
            self._note(f"{name} is over the limit of {limit} bytes")
            return b""
        content = decode_base64(value)
        if content is None:
            self._note(f"{name} is not canonical base64")
        elif not 0 < len(content) <= limit:
            self._note(f"{name} has {len(content)} bytes, not 1 to {limit}")
        return content or b""

    def _text(self, name: str) -> str | None:
        if name not in self._members:
            return None
        value = self._members[name]
        if isinstance(value, str):
            return value
        self._note(f"{name} is not a string")
        return None

    def _note(self, problem: str) -> None:
        self.problems.append(f"signature-envelop: {problem}")


def decode_base64(text: str) -> bytes | None:
    """Decode canonical base64 (RFC 4648 §4, padded, its unused bits zero); None for any other text."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content) == text.encode() else None
