"""rpm headers and fingerprints a second time, in Python and from the specification alone: packer, reader, oracle."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import struct
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = bytes.fromhex("8eade80100000000")
LEAD = bytes.fromhex("edabeedb0300") + bytes(90)
CAPABILITIES = {"cap_chown": 0, "cap_setgid": 6, "cap_setuid": 7, "cap_net_bind_service": 10, "cap_net_admin": 12,
                "cap_net_raw": 13, "cap_sys_ptrace": 19, "cap_sys_admin": 21}  # fmt: skip
INT16, INT32, INT64, STRING, BINARY, STRINGS, I18N = 3, 4, 5, 6, 7, 8, 9


# --- packing ---------------------------------------------------------------------------------------------------------


def _values(kind: int, value) -> tuple[bytes, int]:
    if kind == STRING:
        return value + b"\0", 1
    if kind in {STRINGS, I18N}:
        return b"".join(item + b"\0" for item in value), len(value)
    if kind == BINARY:
        return value, len(value)
    width = {INT16: "H", INT32: "I", INT64: "Q"}[kind]
    return struct.pack(f">{len(value)}{width}", *value), len(value)


def _lay_out(tags, data: bytearray) -> list[tuple[int, int, int, int]]:
    entries = []
    for tag, kind, value in tags:
        data += bytes(-len(data) % {INT16: 2, INT32: 4, INT64: 8}.get(kind, 1))
        raw, count = _values(kind, value)
        entries.append((tag, kind, len(data), count))
        data += raw
    return entries


def pack_header(tags, dribbles=(), region: int | None = 63) -> bytes:
    """Return a header without magic; `tags` are signed, `dribbles` are appended as an installation does."""
    data = bytearray()
    entries = _lay_out(sorted(tags, key=lambda item: item[0]), data)
    if region is not None:
        entries.insert(0, (region, BINARY, len(data), 16))
        data += struct.pack(">IIiI", region, BINARY, -16 * len(entries), 16)
    entries += _lay_out(dribbles, data)
    index = b"".join(struct.pack(">IIII", *entry) for entry in entries)
    return struct.pack(">II", len(entries), len(data)) + index + bytes(data)


@dataclass
class File:
    """One file of a package to pack."""

    path: bytes
    content: bytes = b""
    mode: int = 0o100644
    user: bytes = b"root"
    group: bytes = b"root"
    target: bytes = b""
    rdev: int = 0
    caps: bytes = b""
    flags: int = 0
    verify: int = 0xFFFFFFFF


@dataclass
class Packed:
    """A package to pack, `files` in any order."""

    name: bytes = b"demo"
    epoch: int | None = None
    version: bytes = b"1.0"
    release: bytes = b"1"
    arch: bytes = b"noarch"
    files: list[File] = field(default_factory=list)
    algorithm: int | None = 8

    def tags(self):
        """Return the tags of the header as (tag, type, value)."""
        tags = [(1000, STRING, self.name), (1001, STRING, self.version), (1002, STRING, self.release),
                (1004, I18N, [b"summary"]), (1009, INT32, [sum(len(file.content) for file in self.files)]),
                (1022, STRING, self.arch), (1044, STRING, b"demo.src.rpm")]  # fmt: skip
        if self.epoch is not None:
            tags.append((1003, INT32, [self.epoch]))
        if self.algorithm is not None:
            tags.append((5011, INT32, [self.algorithm]))
        return tags + self._file_tags() if self.files else tags

    def _file_tags(self):
        files = self.files
        directories = sorted({file.path.rpartition(b"/")[0] + b"/" for file in files})
        digest = {None: hashlib.md5, 1: hashlib.md5, 2: hashlib.sha1, 8: hashlib.sha256}[self.algorithm]
        regular = [file.mode >> 12 == 8 for file in files]
        hexes = [
            digest(file.content).hexdigest().encode() if is_regular else b""
            for file, is_regular in zip(files, regular, strict=True)
        ]
        tags = [
            (1028, INT32, [len(file.content) for file in files]),
            (1030, INT16, [file.mode for file in files]),
            (1033, INT16, [file.rdev for file in files]),
            (1035, STRINGS, hexes),
            (1036, STRINGS, [file.target for file in files]),
            (1037, INT32, [file.flags for file in files]),
            (1039, STRINGS, [file.user for file in files]),
            (1040, STRINGS, [file.group for file in files]),
            (1045, INT32, [file.verify for file in files]),
            (1116, INT32, [directories.index(file.path.rpartition(b"/")[0] + b"/") for file in files]),
            (1117, STRINGS, [file.path.rpartition(b"/")[2] for file in files]),
            (1118, STRINGS, directories),
        ]
        if any(file.caps for file in files):
            tags.append((5010, STRINGS, [file.caps for file in files]))
        return tags

    def header(self, dribbles=()) -> bytes:
        """Return the header as a package file has it, behind the magic."""
        return pack_header(self.tags(), dribbles)

    def installed(self, extra=()) -> bytes:
        """Return the header as a database has it, its digest appended."""
        digest = hashlib.sha256(MAGIC + self.header()).hexdigest().encode()
        return self.header([(273, STRING, digest), *extra])

    def rpm(self, signatures=()) -> bytes:
        """Return the package file, its payload empty."""
        header = MAGIC + self.header()
        digest = hashlib.sha256(header).hexdigest().encode()
        signature = pack_header([(273, STRING, digest), *signatures], region=62)
        return LEAD + MAGIC + signature + bytes(-len(signature) % 8) + header


def make_database(path: Path, blobs: list[bytes], *, journal: str = "delete") -> sqlite3.Connection:
    """Make an rpmdb.sqlite as rpm does; the connection stays open, so that a log of it stays live."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)"
    )
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
    return connection


KEY_ID = bytes.fromhex("ddcead3dcb38048d")
SIGNATURE = bytes([0x88, 23, 4, 0, 1, 8, 0, 0, 0, 10, 9, 16]) + KEY_ID + bytes([1, 2, 0, 8, 0xFF])

SAMPLE = Packed(
    name=b"every-kind",
    epoch=3,
    files=[
        File(b"/usr/bin/tool", b"#!/bin/sh\n", mode=0o104755, caps=b"cap_net_raw=ep"),
        File(b"/usr/bin/link", mode=0o120777, target=b"tool"),
        File(b"/etc/tool.conf", b"key=1\n", flags=1),
        File(b"/etc/tool.d", mode=0o040750, user=b"daemon", group=b"adm"),
        File(b"/etc/tool.d/link", mode=0o120777, target=b"../tool.conf", flags=1),
        File(b"/var/log/tool.log", mode=0o100600, flags=64),
        File(b"/var/lib/tool/state", b"x" * 300, verify=0xFFFFFFFE),
        File(b"/dev/tool", mode=0o020666, rdev=0x0105),
        File(b"/usr/share/na\xefve", b"latin-1 name"),
    ],
)


# --- the oracle: formats as specified, no line shared with the Rust ---------------------------------------------------


def read_tags(header: bytes) -> tuple[bytes, dict[int, list]]:
    """Return (re-serialised immutable region, signed tags) of a header without magic."""
    count, _ = struct.unpack_from(">II", header)
    data = header[8 + 16 * count :]
    entries = [struct.unpack_from(">IIII", header, 8 + 16 * index) for index in range(count)]
    tag, _, offset, _ = entries[0]
    assert tag == 63
    _, _, back, _ = struct.unpack_from(">IIiI", data, offset)
    signed, length = -back // 16, offset + 16
    region = MAGIC + struct.pack(">II", signed, length) + header[8 : 8 + 16 * signed] + data[:length]
    tags: dict[int, list] = {}
    for tag, kind, at, number in entries[1:signed]:
        if kind in {STRING, STRINGS, I18N}:
            tags[tag] = data[at:].split(b"\0", number)[:number]
        elif kind in {INT16, INT32, INT64}:
            tags[tag] = list(
                struct.unpack_from(f">{number}{ {INT16: 'H', INT32: 'I', INT64: 'Q'}[kind] }", data, at)
            )
    return region, tags


def lp(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def caps_bytes(text: str) -> bytes:
    """Encode the forms that packages are found with: clauses of names, one of = + -, and flags."""
    if not text:
        return b""
    sets = dict.fromkeys("eip", 0)
    for clause in text.split():
        names, operator, flags = re.fullmatch(r"([a-z_,]*)([=+-])([eip]*)", clause).groups()
        mask = sum(1 << CAPABILITIES[name] for name in names.split(",")) if names else (1 << 41) - 1
        for flag in sets:
            if operator == "=" or (operator == "-" and flag in flags):
                sets[flag] &= ~mask
            if operator != "-" and flag in flags:
                sets[flag] |= mask
    return struct.pack(">BQQ", sets["e"] != 0, sets["p"], sets["i"])


def fingerprint(header: bytes, profile: int) -> str:
    """XRA-RPMFP version 1 of a header without magic, lower-case hex."""
    region, tags = read_tags(header)
    number = len(tags.get(1117, []))
    records = {}
    for index in range(number):
        if tags[1037][index] & 64:
            continue
        path = tags[1118][tags[1116][index]] + tags[1117][index]
        mode = tags[1030][index]
        kind = mode >> 12
        verify = tags[1045][index] if 1045 in tags else 0xFFFFFFFF
        level = 1 if profile == 0 and (tags[1037][index] & 1 or not verify & 1) else 0
        body = b""
        if kind == 8:
            if not level:
                body = struct.pack(">Q", (tags.get(5008) or tags[1028])[index]) + lp(
                    bytes.fromhex(tags[1035][index].decode())
                )
            body += lp(caps_bytes(tags[5010][index].decode() if 5010 in tags else ""))
        elif kind == 10 and not level:
            body = lp(tags[1036][index])
        elif kind in {2, 6}:
            body = struct.pack(">I", tags[1033][index])
        permissions = 0 if kind == 10 else mode & 0o7777
        owners = lp(tags[1039][index]) + lp(tags[1040][index])
        assert path not in records
        records[path] = lp(path) + struct.pack(">BBH", level, kind, permissions) + owners + lp(b"") + body
    epoch = tags.get(1003)
    preamble = b"xrattest.rpmfp\0" + bytes([1, profile]) + hashlib.sha256(region).digest() + lp(tags[1000][0])
    preamble += struct.pack(">BI", epoch is not None, epoch[0] if epoch else 0)
    preamble += lp(tags[1001][0]) + lp(tags[1002][0]) + lp(tags[1022][0] if 1022 in tags else b"")
    preamble += struct.pack(">IQ", tags.get(5011, [1])[0], len(records))
    leaves = b"".join(hashlib.sha256(b"\0" + records[path]).digest() for path in sorted(records))
    return hashlib.sha256(preamble + leaves).hexdigest()


def main_header(rpm: bytes) -> bytes:
    """Return the main header of a package file without its magic."""
    entries, data = struct.unpack_from(">II", rpm, 96 + 8)
    start = 96 + 16 + 16 * entries + data
    start += -(start - 96) % 8
    assert rpm[start : start + 8] == MAGIC
    entries, data = struct.unpack_from(">II", rpm, start + 8)
    return rpm[start + 8 : start + 16 + 16 * entries + data]
