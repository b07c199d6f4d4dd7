"""One key pair as a file: a JSON record with the public part in clear and the private part plain or wrapped."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from xrattest.errors import PkiError
from xrattest.pki import keywrap
from xrattest.pki.keys import KeyKind, PrivateKey, as_private_key, kind_of, size_of, spki_der

FORMAT = 1
MAX_KEY_FILE = 128 * 1024
_PLAIN, _WRAPPED = "none", "scrypt-aes256gcm"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What is known of a key pair without its private part."""

    kind: KeyKind
    label: str
    size: int
    """Bits."""
    created: datetime
    public_der: bytes
    """SubjectPublicKeyInfo."""
    protected: bool
    """Whether a passphrase wraps the private part; otherwise only the file's mode keeps it."""

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON; `public-key` is base64 of the SubjectPublicKeyInfo."""
        return {
            "label": self.label,
            "type": self.kind.value,
            "size": self.size,
            "created": self.created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "protected": self.protected,
            "public-key": base64.b64encode(self.public_der).decode(),
        }


def describe(key: PrivateKey, label: str, created: datetime, *, protected: bool) -> StoredKey:
    """Return the facts of a key that was just made."""
    when = created.astimezone(UTC).replace(microsecond=0)
    return StoredKey(kind_of(key), label, size_of(key), when, spki_der(key.public_key()), protected)


def encode(key: PrivateKey, facts: StoredKey, passphrase: bytes | None) -> bytes:
    """Return the file's content; the private part is PKCS#8 DER, wrapped when there is a passphrase."""
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    if passphrase is not None:
        private = keywrap.wrap(private, passphrase, _context(facts))
    protection = _PLAIN if passphrase is None else _WRAPPED
    record = {"xrattest-key": FORMAT, **facts.to_json(), "protection": protection,
              "private-key": base64.b64encode(private).decode()}  # fmt: skip
    return json.dumps(record, indent=1).encode() + b"\n"


def decode_facts(content: bytes) -> StoredKey:
    """Read everything but the private part. Raises `PkiError` when the record is damaged."""
    return _read(content)[0]


def decode_key(content: bytes, passphrase: bytes | None) -> PrivateKey:
    """Read the private part. Raises `PkiError`: damaged, passphrase missing or wrong, not the key of the public part."""
    facts, private = _read(content)
    if facts.protected:
        if passphrase is None:
            raise PkiError(
                "a passphrase protects it and none was given (trustpoint setting `passphrase`, or --passphrase)"
            )
        private = keywrap.unwrap(private, passphrase, _context(facts))
    try:
        key = serialization.load_der_private_key(private, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PkiError(f"damaged private key: {error}") from error
    ours = as_private_key(key)
    made = (kind_of(ours), size_of(ours), spki_der(ours.public_key()))
    if made != (facts.kind, facts.size, facts.public_der):
        raise PkiError("its private part does not belong to its public part")
    return ours


def _read(content: bytes) -> tuple[StoredKey, bytes]:
    try:
        record = json.loads(content)
        return _facts(record), base64.b64decode(record["private-key"], validate=True)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PkiError(f"damaged key file: {error}") from error


def _facts(record: dict[str, Any]) -> StoredKey:
    if record["xrattest-key"] != FORMAT:
        raise ValueError(f"format {record['xrattest-key']!r}, not {FORMAT}")
    protection, label, size = record["protection"], record["label"], record["size"]
    if protection not in {_PLAIN, _WRAPPED} or record["protected"] is not (protection == _WRAPPED):
        raise ValueError(f"protection {protection!r} is unknown")
    public = base64.b64decode(record["public-key"], validate=True)
    created = datetime.fromisoformat(record["created"])
    if created.tzinfo is None or not isinstance(label, str) or not isinstance(size, int):
        raise ValueError("a field has the wrong type")
    return StoredKey(KeyKind(record["type"]), label, size, created, public, record["protected"])


def _context(facts: StoredKey) -> bytes:
    return json.dumps({"format": FORMAT, **facts.to_json()}, sort_keys=True, separators=(",", ":")).encode()
