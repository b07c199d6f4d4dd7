"""Snapshots tell every file as the system does, in order, whatever lies in the tree."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import stat
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.snapshot_model import block_digest, by_name, digest_of, name_of, take

names = st.binary(min_size=1, max_size=12).filter(
    lambda name: not set(name) & {0, 0x2F} and name not in {b".", b".."}
)
trees = st.recursive(
    st.one_of(st.binary(max_size=3000), st.builds(lambda name: ("link", name), names)),
    lambda inner: st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


def build(place: bytes, tree: Any) -> None:
    match tree:
        case bytes():
            Path(os.fsdecode(place)).write_bytes(tree)
        case ("link", target):
            Path(os.fsdecode(place)).symlink_to(os.fsdecode(target))
        case _:
            Path(os.fsdecode(place)).mkdir()
            for name, inner in tree.items():
                build(place + b"/" + name, inner)


def real_paths(top: bytes) -> list[bytes]:
    found = [top]
    for directory, directories, files in os.walk(top):
        found += [directory + b"/" + name for name in directories + files]
    return found


@given(st.dictionaries(names, trees, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_tree_is_told_as_the_system_tells_it(tree: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        top = os.fsencode(directory) + b"/t"
        build(top, tree)
        snapshot, summary = take(os.fsdecode(top))
        rows = by_name(snapshot)
        assert list(rows) == sorted(path[len(top) :] or b"/" for path in real_paths(top))
        assert summary.rows == len(rows) == len(snapshot["files"])
        for name, row in rows.items():
            check_row(row, top + name)
        assert not summary.shortfalls()
        assert block_digest(snapshot) == snapshot["block-digest"] == summary.block_digest.hex()


def check_row(row: dict[str, Any], path: bytes) -> None:
    real, meta = os.lstat(path), row["meta"]
    told = (meta["mode"], meta["uid"], meta["gid"], meta["nlink"], int(meta["size"]), int(meta["inode"]))
    assert told == (real.st_mode, real.st_uid, real.st_gid, real.st_nlink, real.st_size, real.st_ino)
    assert (int(meta["devid"]), int(meta["blocks"])) == (real.st_dev, real.st_blocks)
    for name in ("mtime", "ctime"):
        assert int(meta[name]) * 10**9 + meta[f"{name}-nsec"] == getattr(real, f"st_{name}_ns")
    if stat.S_ISREG(real.st_mode):
        content = Path(os.fsdecode(path)).read_bytes()
        assert digest_of(row) == hashlib.sha256(content).digest()
        assert len(digest_of(row, "blake3") or b"") == 32
    else:
        assert "digest" not in row
    if stat.S_ISLNK(real.st_mode):
        assert name_of(row, "link-target") == os.fsencode(Path(os.fsdecode(path)).readlink())


@pytest.mark.timeout(30)
def test_nothing_in_a_tree_makes_it_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "out").symlink_to("/etc")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(32 << 20)
    with socket.socket(socket.AF_UNIX) as server, within(tmp_path):
        server.bind("sock")
    rows = by_name(take(tmp_path)[0])
    assert list(rows) == [b"/", b"/fifo", b"/loop", b"/out", b"/sock", b"/sparse", b"/up"]
    assert rows[b"/fifo"]["digest-missing"] == rows[b"/sock"]["digest-missing"] == "special"
    assert digest_of(rows[b"/sparse"]) == hashlib.sha256(bytes(32 << 20)).digest()
    assert rows[b"/out"]["link-target"] == "/etc"


@contextmanager
def within(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def test_devices_are_told_and_not_opened() -> None:
    row = by_name(take("/", "/dev/null")[0])[b"/dev/null"]
    assert row["digest-missing"] == "special"
    assert int(row["meta"]["rdev"]) == os.makedev(1, 3)


def test_order_is_that_of_whole_paths(tmp_path: Path) -> None:
    """`a.b` comes between `a` and what is below `a`: a full stop is less than a slash."""
    (tmp_path / "a").mkdir()
    for name in ("a/x", "a.b", "a0"):
        (tmp_path / name).touch()
    assert list(by_name(take(tmp_path)[0])) == [b"/", b"/a", b"/a.b", b"/a/x", b"/a0"]


def test_roots_inside_each_other_give_each_row_once(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / "z").touch()
    snapshot, summary = take(tmp_path, "/a/b", "/", "/a", "/none", "//a/./b/")
    assert list(by_name(snapshot)) == [b"/", b"/a", b"/a/b", b"/a/b/c", b"/z"]
    assert summary.roots == {"/": "walked", "/a": "walked", "/a/b": "walked", "/none": "absent"}


def test_a_root_behind_a_link_is_told_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "usr/lib/modules").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("/usr/lib")
    snapshot, _ = take(tmp_path, "/lib/modules", "/lib")
    assert list(by_name(snapshot)) == [b"/lib", b"/usr/lib/modules"]
    assert {"path": "/lib/modules", "resolved": "/usr/lib/modules", "state": "walked"} in snapshot["roots"]


def test_excludes_are_not_touched(tmp_path: Path) -> None:
    for name in ("keep/a.log", "keep/sub/b.log", "cache/x", "cached/x", "home/u/tmp/x", "home/u/doc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    os.utime(tmp_path / "cache", ns=(1, 1))
    snapshot, summary = take(tmp_path, "/", "/cache", excludes=("/cache", "/home/*/tmp", "/**/*.log"))
    files = [name for name, row in by_name(snapshot).items() if stat.S_ISREG(row["meta"]["mode"])]
    assert files == [b"/cached/x", b"/home/u/doc"]
    assert summary.roots["/cache"] == "excluded"
    assert (tmp_path / "cache").stat().st_atime_ns == 1
    assert block_digest(snapshot) == snapshot["block-digest"]


def test_attributes_beyond_stat(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.touch()
    capability = bytes.fromhex("0100000200200000000000000000000000000000")  # cap_net_raw+ep
    acl = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, bits, who)
        for tag, bits, who in [
            (1, 6, 2**32 - 1),
            (2, 4, 65534),
            (4, 4, 2**32 - 1),
            (16, 4, 2**32 - 1),
            (32, 0, 2**32 - 1),
        ]
    )
    try:
        os.setxattr(file, "user.note", b"\xff\0x")
        os.setxattr(file, "system.posix_acl_access", acl)
        os.setxattr(file, "security.capability", capability)
    except OSError as error:
        pytest.skip(f"cannot set attributes here: {error}")
    snapshot, _ = take(tmp_path)
    row = by_name(snapshot)[b"/f"]
    values = {one["name"]: base64.b64decode(one["value"]) for one in row["xattrs"]}
    assert values == {"user.note": b"\xff\0x", "security.capability": capability}
    assert base64.b64decode(row["acl-access"]) == acl
    assert row["capabilities"] == {
        "revision": 2, "effective": True, "permitted": f"{1 << 13:016x}", "inheritable": "0" * 16,
    }  # fmt: skip
    assert block_digest(snapshot) == snapshot["block-digest"]


def test_walks_agree_and_leave_no_trace(tmp_path: Path) -> None:
    for number in range(600):
        (tmp_path / f"{number % 7}").mkdir(exist_ok=True)
        (tmp_path / f"{number % 7}/{number}").write_text(str(number))
    for path in [tmp_path, *tmp_path.rglob("*")]:
        os.utime(path, ns=(5, 6))
    first, _ = take(tmp_path, threads=1)
    again, _ = take(tmp_path, threads=3)
    assert first == again
    assert len(first["files"]) == 608
    assert {int(row["meta"]["atime"]) * 10**9 + row["meta"]["atime-nsec"] for row in first["files"]} == {5}


def test_every_part_of_the_head_moves_the_digest(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    digests = {
        take(tmp_path)[0]["block-digest"],
        take(tmp_path, block=1)[0]["block-digest"],
        take(tmp_path, parent=bytes([1]) * 32)[0]["block-digest"],
        take(tmp_path, max_file_size=7)[0]["block-digest"],
    }
    assert len(digests) == 4


def test_the_live_root_carries_its_boot() -> None:
    snapshot, _ = take("/", "/etc/hostname")
    assert snapshot["boot-id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert block_digest(snapshot) == snapshot["block-digest"]
