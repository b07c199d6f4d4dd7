"""Snapshots read back from their JSON, and a second implementation of the canonical rows from their description alone."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xrattest.hostroot import HostRoot
from xrattest.inventory import NO_PARENT, Rules, SnapshotSummary, write_snapshot

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def take(
    root: Path | str, *roots: str, parent: bytes = NO_PARENT, block: int = 0, **rules: Any
) -> tuple[dict[str, Any], SnapshotSummary]:
    made = Rules(roots=roots or ("/",), **rules)
    with tempfile.TemporaryFile() as file:
        summary = write_snapshot(HostRoot(root), made, file.fileno(), time=NOON, parent=parent, block=block)
        file.seek(0)
        return json.loads(file.read()), summary


def name_of(row: dict[str, Any], key: str = "name") -> bytes:
    text = row[key].encode()
    if f"{key}-bytes" not in row:
        return text
    raw = base64.b64decode(row[f"{key}-bytes"], validate=True)
    assert raw.decode("utf-8", "replace").encode() == text != raw
    return raw


def by_name(snapshot: dict[str, Any]) -> dict[bytes, dict[str, Any]]:
    return {name_of(row): row for row in snapshot["files"]}


def digest_of(row: dict[str, Any], algorithm: str = "sha256") -> bytes | None:
    found = {
        one["algorithm"]: base64.b64decode(one["digest-value"], validate=True)
        for one in row.get("digest", [])
    }
    return found.get(algorithm)


def lp(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def moment(meta: dict[str, Any], name: str) -> bytes:
    return struct.pack(">qI", int(meta[name]), meta[f"{name}-nsec"])


def canonical(row: dict[str, Any]) -> bytes:
    meta = row["meta"]
    out = bytes([1, 0]) + lp(name_of(row)) + struct.pack(">III", meta["mode"], meta["uid"], meta["gid"])
    out += struct.pack(
        ">QQIQ", int(meta["devid"]), int(meta["inode"]), meta["nlink"], int(meta.get("rdev", "0"))
    )
    out += struct.pack(">QQ", int(meta["size"]), int(meta["blocks"]))
    out += moment(meta, "atime") + moment(meta, "mtime") + moment(meta, "ctime")
    out += b"\1" + moment(meta, "btime") if "btime" in meta else b"\0"
    out += lp(name_of(row, "link-target") if "link-target" in row else b"")
    digests = row.get("digest", [])
    numbers = {"sha256": 3, "blake3": 128}
    out += bytes([len(digests)])
    out += b"".join(
        bytes([numbers[one["algorithm"]]]) + base64.b64decode(one["digest-value"]) for one in digests
    )
    reasons = ["", "too-big", "denied", "changed-while-read", "timeout", "special"]
    out += bytes([reasons.index(row.get("digest-missing", ""))])
    out += bytes([["", "mount-point", "pseudo-filesystem"].index(row.get("not-entered", ""))])
    out += b"\1" + struct.pack(">I", row["inode-flags"]) if "inode-flags" in row else b"\0"
    if "xattrs-missing" in row:
        return out + b"\0"
    values = {name_of(one): base64.b64decode(one["value"]) for one in row.get("xattrs", [])}
    for key, name in (
        ("acl-access", b"system.posix_acl_access"),
        ("acl-default", b"system.posix_acl_default"),
    ):
        if key in row:
            values[name] = base64.b64decode(row[key])
    out += b"\1" + struct.pack(">I", len(values))
    for name in sorted(values):
        out += lp(name) + struct.pack(">I", len(values[name])) + hashlib.sha256(values[name]).digest()
    return out


def rules_digest(rules: dict[str, Any]) -> bytes:
    globs = [one.encode() for one in rules["excludes"] if set(one) & set("*?[{")]
    paths = [one.encode() for one in rules["excludes"] if not set(one) & set("*?[{")]
    lists = [[one.encode() for one in rules["roots"]], paths, globs]
    text = b"xrattest.filesystem-rules\0\1"
    for items in lists:
        text += struct.pack(">I", len(set(items))) + b"".join(lp(item) for item in sorted(set(items)))
    flags = bytes(["sha256" in rules["digests"], "blake3" in rules["digests"], rules["one-file-system"]])
    text += struct.pack(">Q", int(rules["max-file-size"])) + flags
    return hashlib.sha256(text + struct.pack(">Q", int(rules["file-timeout"] * 1000))).digest()


def block_digest(snapshot: dict[str, Any]) -> str:
    taken = datetime.fromisoformat(snapshot["snap-time"])
    boot = uuid.UUID(snapshot["boot-id"]).bytes if "boot-id" in snapshot else bytes(16)
    assert rules_digest(snapshot["rules"]).hex() == snapshot["rules-digest"]
    digest = hashlib.sha256(bytes.fromhex(snapshot["parent-digest"]))
    digest.update(
        struct.pack(
            ">QB", snapshot["snapshot-block-no"], {"incremental": 0, "full": 1}[snapshot["snapshot-type"]]
        )
    )
    digest.update(struct.pack(">Q", int(taken.timestamp()) * 10**6 + taken.microsecond))
    digest.update(boot + bytes.fromhex(snapshot["rules-digest"]))
    for row in snapshot["files"]:
        digest.update(lp(canonical(row)))
    return digest.hexdigest()
