"""Databases made by hand: what is beside them, what is in them, and what an attacker puts there."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rpm_model import SAMPLE, Packed, make_database
from xrattest.errors import ChangedWhileReadError, RpmFormatError, Unavailable
from xrattest.hostroot import HostRoot
from xrattest.rpm import Package, read_database


@pytest.fixture
def root(tmp_path):
    (tmp_path / "var/lib/rpm").mkdir(parents=True)
    return tmp_path


def write_database(root, *blobs, **options):
    return make_database(root / "var/lib/rpm/rpmdb.sqlite", list(blobs), **options)


def read(root, dbpath=None) -> list[Package]:
    return list(read_database(HostRoot(root), dbpath))


def state_of(directory):
    return {
        entry.name: (
            entry.stat().st_size,
            entry.stat().st_mtime_ns,
            entry.stat().st_ino,
            entry.stat().st_ctime_ns,
        )
        for entry in os.scandir(directory)
    }


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_reading_leaves_nothing_behind(root, journal, tmp_path_factory, monkeypatch):
    temporary = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(temporary))
    write_database(root, Packed().installed(), journal=journal).close()
    before = state_of(root / "var/lib/rpm")
    assert [package.name for package in read(root)] == ["demo"]
    assert state_of(root / "var/lib/rpm") == before
    assert list(temporary.iterdir()) == []


def test_a_live_log_is_read_and_left_alone(root, tmp_path_factory, monkeypatch):
    temporary = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(temporary))
    writer = write_database(root, Packed(name=b"old").installed(), journal="wal")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("INSERT INTO Packages (blob) VALUES (?)", (Packed(name=b"new").installed(),))
    before = state_of(root / "var/lib/rpm")
    assert before["rpmdb.sqlite-wal"][0] > 0
    assert [package.name for package in read(root)] == ["old", "new"]
    assert state_of(root / "var/lib/rpm") == before
    assert list(temporary.iterdir()) == []
    writer.close()


def test_a_hot_journal_is_rolled_back_in_a_copy(root):
    writer = write_database(root, *(Packed(name=b"keep-%d" % number).installed() for number in range(50)))
    writer.execute("PRAGMA cache_size=1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE Packages SET blob = zeroblob(9000)")
    directory = root / "var/lib/rpm"
    before = state_of(directory)
    assert before["rpmdb.sqlite-journal"][0] > 0
    copies = root / "copy"
    copies.mkdir()
    for name in before:
        (copies / name).write_bytes((directory / name).read_bytes())
    writer.execute("ROLLBACK")
    writer.close()
    taken = state_of(copies)
    assert len(read(root, "/copy")) == 50
    assert state_of(copies) == taken


def test_a_write_during_the_read_is_noticed(root):
    writer = write_database(root, *(Packed(name=b"p%d" % number).installed() for number in range(200)))
    packages = read_database(HostRoot(root))
    next(packages)
    writer.execute("INSERT INTO Packages (blob) VALUES (?)", (Packed().installed(),))
    writer.close()
    with pytest.raises(ChangedWhileReadError):
        list(packages)


def test_an_empty_database_has_no_packages(root):
    write_database(root).close()
    assert read(root) == []


def test_no_database_is_unavailable_and_says_where_it_was_sought(root):
    with pytest.raises(Unavailable, match=r"/usr/lib/sysimage/rpm, /var/lib/rpm, /usr/share/rpm .*dbpath"):
        read(root)


@pytest.mark.parametrize(("name", "kind"), [("Packages.db", "NDB"), ("Packages", "Berkeley DB")])
def test_a_format_that_is_not_read_is_an_error_and_not_an_empty_list(root, name, kind):
    (root / "var/lib/rpm" / name).write_bytes(bytes(4096))
    with pytest.raises(RpmFormatError, match=kind):
        read(root)


def test_the_database_directory_may_be_given(root):
    (root / "root/.rpmdb").mkdir(parents=True)
    make_database(root / "root/.rpmdb/rpmdb.sqlite", [Packed().installed()]).close()
    assert len(read(root, "/root/.rpmdb")) == 1
    with pytest.raises(Unavailable):
        read(root)


def test_links_are_followed_inside_the_root_only(root):
    make_database(root / "rpmdb.sqlite", [Packed().installed()]).close()
    (root / "var/lib/rpm/rpmdb.sqlite").symlink_to("/rpmdb.sqlite")
    assert len(read(root)) == 1


def test_a_name_that_needs_escaping_in_a_uri(root):
    place = root / "a?b#c%41 é"
    place.mkdir()
    make_database(place / "rpmdb.sqlite", [Packed().installed()]).close()
    assert len(read(root, f"/{place.name}")) == 1


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("CREATE TABLE Other (a)", "no table Packages"),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB) WITHOUT ROWID", "rowid"),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB, more TEXT)", "other columns"),
        ("CREATE TABLE t (a); CREATE VIEW Packages AS SELECT 1 AS hnum, x'00' AS blob", "no table Packages"),
        ("CREATE VIRTUAL TABLE Packages USING fts5(hnum, blob)", "no table Packages"),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB AS (zeroblob(100)))", "other columns"),
    ],
)
def test_another_schema_is_an_error(root, schema, reason):
    connection = write_database(root)
    connection.execute("DROP TABLE Packages")
    connection.executescript(schema)
    connection.close()
    with pytest.raises(RpmFormatError, match=reason):
        read(root)


def test_a_value_that_is_no_blob_is_an_error(root):
    connection = write_database(root, Packed().installed())
    connection.execute("INSERT INTO Packages (blob) VALUES ('text')")
    connection.close()
    with pytest.raises(RpmFormatError):
        read(root)


def test_a_table_without_a_key_is_read_too(root):
    connection = write_database(root)
    connection.execute("DROP TABLE Packages")
    connection.execute("CREATE TABLE Packages (hnum INTEGER, blob BLOB)")
    connection.execute("INSERT INTO Packages VALUES (7, ?)", (Packed().installed(),))
    connection.close()
    assert [package.name for package in read(root)] == ["demo"]


def test_a_planted_index_does_not_answer_for_the_table(root):
    connection = write_database(root, Packed().installed())
    connection.execute("CREATE TABLE Forged (hnum INTEGER PRIMARY KEY, blob BLOB)")
    connection.execute("INSERT INTO Forged VALUES (1, ?)", (Packed(name=b"forged").installed(),))
    connection.execute("CREATE INDEX planted ON Packages (hnum, blob)")
    connection.execute("CREATE INDEX forgery ON Forged (hnum, blob)")
    connection.execute("PRAGMA writable_schema=ON")
    forged = "(SELECT rootpage FROM sqlite_master WHERE name = 'forgery')"
    connection.execute(f"UPDATE sqlite_master SET rootpage = {forged} WHERE name = 'planted'")
    connection.close()
    assert [package.name for package in read(root)] == ["demo"]


@pytest.mark.timeout(20)
def test_expressions_of_the_databases_author_are_not_evaluated(root):
    connection = write_database(root)
    connection.execute("DROP TABLE Packages")
    costly = "CHECK (length(hex(zeroblob(100000000))) > hnum)"
    connection.execute(f"CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB {costly})")
    connection.execute("PRAGMA ignore_check_constraints=ON")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(Packed().installed(),)] * 500)
    connection.close()
    assert len(read(root)) == 500


def test_something_else_under_that_name_is_an_error(root):
    place = root / "var/lib/rpm/rpmdb.sqlite"
    place.write_bytes(b"not a database, and long enough to be looked at" * 100)
    with pytest.raises(RpmFormatError, match="no SQLite database"):
        read(root)
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(OSError, match="regular"):
        read(root)


def test_a_database_cut_anywhere_is_an_error_or_whole(root):
    blobs = [Packed(name=b"p%d" % number, files=SAMPLE.files).installed() for number in range(30)]
    write_database(root, *blobs).close()
    path = root / "var/lib/rpm/rpmdb.sqlite"
    whole = path.read_bytes()
    for length in range(0, len(whole), 509):
        path.write_bytes(whole[:length])
        with pytest.raises(RpmFormatError):
            read(root)


@given(position=st.integers(0, 10**7), bit=st.integers(0, 7))
@settings(max_examples=400, deadline=None)
def test_a_flipped_bit_never_loses_a_package(tmp_path_factory, position, bit):
    root = tmp_path_factory.mktemp("r")
    path = root / "var/lib/rpm/rpmdb.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(flippable(root))
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= 1 << bit
    path.write_bytes(bytes(content))
    try:
        found = read(root)
    except (RpmFormatError, ChangedWhileReadError):
        return
    assert len(found) == 30


_cache: list[bytes] = []


def flippable(root) -> bytes:
    if not _cache:
        place = root / "made.sqlite"
        blobs = [Packed(name=b"p%d" % number, files=SAMPLE.files).installed() for number in range(30)]
        make_database(place, blobs).close()
        _cache.append(place.read_bytes())
    return _cache[0]
