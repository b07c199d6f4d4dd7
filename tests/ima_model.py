"""Measurement lists built in Python, field by field, as the kernel's ima_fs.c lays them out."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

DESCRIPTORS = {
    "ima": "d|n",
    "ima-ng": "d-ng|n-ng",
    "ima-sig": "d-ng|n-ng|sig",
    "ima-ngv2": "d-ngv2|n-ng",
    "ima-sigv2": "d-ngv2|n-ng|sig",
    "ima-buf": "d-ng|n-ng|buf",
    "ima-modsig": "d-ng|n-ng|sig|d-modsig|modsig",
    "evm-sig": "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode",
}
FORMATS = ("d-ng|n-ng|sig|iuid|igid|imode", "n-ng", "d|n", "d-ngv2", "d-modsig|modsig", "other-field|n-ng")


@dataclass(frozen=True)
class Made:
    """One entry: template and the content of each field; the hash is right unless another is given."""

    template: str
    contents: tuple[bytes, ...]
    pcr: int = 10
    template_hash: bytes | None = None

    @property
    def fields(self) -> dict[str, bytes]:
        ids = DESCRIPTORS.get(self.template, self.template).split("|")
        return dict(zip(ids, self.contents, strict=True))


def number(value: int, *, big: bool) -> bytes:
    return struct.pack(">I" if big else "<I", value)


def field(content: bytes, *, big: bool = False) -> bytes:
    return number(len(content), big=big) + content


def template_data(entry: Made, *, big: bool = False) -> bytes:
    if entry.template == "ima":
        digest, name = entry.contents
        return digest + field(name, big=big)
    return b"".join(field(content, big=big) for content in entry.contents)


def binary(entries: list[Made], algorithm: str = "sha1", *, big: bool = False) -> bytes:
    out = []
    for entry in entries:
        data = template_data(entry, big=big)
        hashed = data
        if entry.template == "ima":
            hashed = entry.contents[0] + entry.contents[1].ljust(256, b"\0")
        size = hashlib.new(algorithm).digest_size
        recorded = hashlib.new(algorithm, hashed).digest()
        if entry.template_hash is not None:
            recorded = entry.template_hash[:1] * size
        counted = b"" if entry.template == "ima" else number(len(data), big=big)
        out.append(
            number(entry.pcr, big=big) + recorded + field(entry.template.encode(), big=big) + counted + data
        )
    return b"".join(out)
