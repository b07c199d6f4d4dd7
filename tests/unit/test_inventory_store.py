"""Kept snapshots: chained, immutable, and whole after a crash at any point."""

from __future__ import annotations

import gzip
import json
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xrattest.errors import InputError
from xrattest.hostroot import HostRoot
from xrattest.inventory import NO_PARENT, Rules, SnapshotStore

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RULES = Rules(roots=("/",))


@pytest.fixture
def root(tmp_path: Path) -> HostRoot:
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/hostname").write_text("h")
    return HostRoot(tree)


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "state/inventory")


def test_blocks_are_chained(store: SnapshotStore, root: HostRoot) -> None:
    first, summary = store.take(root, RULES, time=NOON)
    (root.path / "etc/new").write_text("n")
    second, _ = store.take(root, RULES, time=NOON)
    assert (first.block, first.parent_digest, first.block_digest) == (0, NO_PARENT, summary.block_digest)
    assert (second.block, second.parent_digest) == (1, first.block_digest)
    assert store.snapshots() == [first, second]
    assert store.find() == second
    assert store.find(0) == first
    with store.open(second) as file:
        snapshot = json.loads(file.read())
    assert snapshot["snapshot-block-no"] == 1
    assert snapshot["parent-digest"] == first.block_digest.hex()
    assert [json.loads(row) for row in store.rows(second)] == snapshot["files"]
    assert len(snapshot["files"]) == second.rows == 4


def test_only_the_owner_reads_them(store: SnapshotStore, root: HostRoot) -> None:
    stored, _ = store.take(root, RULES, time=NOON)
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700


def test_an_empty_tree_has_a_row_of_its_own(store: SnapshotStore, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    stored, _ = store.take(HostRoot(empty), RULES, time=NOON)
    assert [json.loads(row)["name"] for row in store.rows(stored)] == ["/"]
    stored, _ = store.take(HostRoot(empty), Rules(roots=("/none",)), time=NOON)
    assert list(store.rows(stored)) == []


def test_a_crash_while_writing_leaves_the_last_block(store: SnapshotStore, root: HostRoot) -> None:
    first, _ = store.take(root, RULES, time=NOON)

    def crash(rows: int, hashed: int, path: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.take(root, RULES, time=NOON, progress=crash)
    assert store.snapshots() == [first]
    assert sorted(path.name for path in store.directory.iterdir()) == [
        "block-00000000.json.gz", "catalogue.sqlite", "lock",
    ]  # fmt: skip


def test_a_crash_before_the_commit_leaves_an_orphan_that_the_next_writer_drops(
    store: SnapshotStore, root: HostRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = store.take(root, RULES, time=NOON)
    with monkeypatch.context() as patch:
        patch.setattr(SnapshotStore, "_commit", staticmethod(lambda *_: 1 / 0))
        with pytest.raises(ZeroDivisionError):
            store.take(root, RULES, time=NOON)
    (store.directory / ".block-00000001.json.gz.0a1b.tmp").touch()
    (store.directory / "notes.txt").touch()
    assert store.snapshots() == [first]
    second, _ = store.take(root, RULES, time=NOON)
    assert second.block == 1
    assert store.snapshots() == [first, second]
    assert not list(store.directory.glob(".*.tmp"))
    assert (store.directory / "notes.txt").exists()


def test_nothing_yet(store: SnapshotStore) -> None:
    assert store.snapshots() == []
    with pytest.raises(InputError, match="no snapshot; take one"):
        store.find()
    assert not store.directory.exists()


def test_damage_is_told(store: SnapshotStore, root: HostRoot) -> None:
    stored, _ = store.take(root, RULES, time=NOON)
    with pytest.raises(InputError, match="no snapshot with number 7"):
        store.find(7)
    whole = stored.path.read_bytes()
    stored.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged"):
        list(store.rows(stored))
    stored.path.write_bytes(whole[:40] + bytes([whole[40] ^ 0xFF]) + whole[41:])
    with pytest.raises(InputError, match="damaged"):
        list(store.rows(stored))
    stored.path.write_bytes(gzip.compress(gzip.decompress(whole)[:-200]))
    with pytest.raises(InputError, match="a row without an end"):
        list(store.rows(stored))
    (store.directory / "catalogue.sqlite").write_bytes(b"no database at all, whatever its name says" * 30)
    with pytest.raises(InputError, match="not a database"):
        store.snapshots()
    with pytest.raises(InputError, match="not a database"):
        store.take(root, RULES, time=NOON)


def test_a_catalogue_with_other_columns_is_damage(store: SnapshotStore, root: HostRoot) -> None:
    store.directory.mkdir(parents=True)
    with sqlite3.connect(store.directory / "catalogue.sqlite") as catalogue:
        catalogue.execute("CREATE TABLE snapshot (block INTEGER PRIMARY KEY)")
    catalogue.close()
    with pytest.raises(InputError, match="catalogue"):
        store.take(root, RULES, time=NOON)
