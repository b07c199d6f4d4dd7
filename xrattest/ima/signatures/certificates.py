"""Where keys come from: certificates in files and directories, PEM or DER."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

from xrattest.errors import InputError
from xrattest.ima.signatures.keys import Key, bare_key, certificate_key

MAX_FILE = 4 << 20
"""Largest file of keys, in bytes."""

SUFFIXES = frozenset({".cer", ".cert", ".crt", ".der", ".pem", ".x509"})
"""Names of files that are read from a directory; others are left alone."""

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n(.*?)-----END \1-----", re.DOTALL)
_SEQUENCE = 0x30


def read_keys(path: Path) -> list[Key]:
    """Return the keys of a file, or of every certificate file right in a directory, sorted by name.

    A file holds PEM certificates and public keys, or DER certificates one after another, as the kernel exports a keyring.
    Raises `InputError` naming the file (nothing in it that is a key, damaged, over a limit) and `OSError`.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
        if not files:
            raise InputError(f"{path}: no certificate in this directory ({', '.join(sorted(SUFFIXES))})")
        return [key for file in files for key in read_keys(file)]
    with path.open("rb") as file:
        content = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise InputError(f"{path}: a file of keys has at most {MAX_FILE} bytes")
    try:
        return parse_keys(content, str(path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def parse_keys(content: bytes, origin: str = "given") -> list[Key]:
    """Return the keys in the content of a file. Raises `InputError` when there is none, or one is damaged."""
    keys = list(_pem_keys(content, origin) if b"-----BEGIN " in content else _der_keys(content, origin))
    if not keys:
        raise InputError("no certificate, neither PEM nor DER")
    return keys


def _pem_keys(content: bytes, origin: str) -> Iterator[Key]:

    for block in _PEM.finditer(content):
        label, body = block[1], block[2]
        if label == b"CERTIFICATE":
            try:
                yield certificate_key(base64.b64decode(b"".join(body.split()), validate=True), origin)
            except ValueError as error:
                raise InputError(f"a PEM certificate cannot be read: {error}") from error
        elif label == b"PUBLIC KEY":
            yield bare_key(block[0])


def _der_keys(content: bytes, origin: str) -> Iterator[Key]:
    start = 0
    while start < len(content):
        end = start + _der_size(content, start)
        if end > len(content):
            raise InputError(f"the certificate at byte {start} ends after the file")
        yield certificate_key(content[start:end], origin)
        start = end


def _der_size(content: bytes, start: int) -> int:
    """Return the size of the DER sequence at `start`, its header included (X.690 section 8.1.3)."""
    header = content[start : start + 6]
    if len(header) < 2 or header[0] != _SEQUENCE:
        raise InputError(f"no certificate in PEM, and none in DER at byte {start}")
    if header[1] < 0x80:
        return 2 + header[1]
    octets = header[1] & 0x7F
    if not 1 <= octets <= 4 or len(header) < 2 + octets:
        raise InputError(f"no certificate in DER at byte {start}: it has no definite length")
    return 2 + octets + int.from_bytes(header[2 : 2 + octets], "big")
