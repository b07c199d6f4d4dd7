"""Headers, databases and package files made by hand; the fingerprint against its second implementation."""

from __future__ import annotations

import hashlib
import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rpm_model import (
    BINARY,
    INT16,
    INT32,
    MAGIC,
    STRING,
    STRINGS,
    File,
    Packed,
    fingerprint,
    make_database,
    pack_header,
)
from xrattest.errors import ChangedWhileReadError, RpmFormatError, Unavailable
from xrattest.hostroot import HostRoot
from xrattest.rpm import Package, UnattestedFile, read_database, read_package_file

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


@pytest.fixture
def root(tmp_path):
    (tmp_path / "var/lib/rpm").mkdir(parents=True)
    return tmp_path


def write_database(root, *blobs, **options):
    return make_database(root / "var/lib/rpm/rpmdb.sqlite", list(blobs), **options)


def read(root, dbpath=None) -> list[Package]:
    return list(read_database(HostRoot(root), dbpath))


def read_rpm(tmp_path, content: bytes) -> Package:
    path = tmp_path / "sample.rpm"
    path.write_bytes(content)
    return read_package_file(path)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_a_package_says_what_its_header_says(root):
    write_database(root, SAMPLE.installed([(268, BINARY, SIGNATURE)])).close()
    [package] = read(root)
    assert (package.name, package.evr, package.architecture) == ("every-kind", "3:1.0-1", "noarch")
    assert package.gpg_key_id == KEY_ID.hex()
    assert package.header_sha256 == hashlib.sha256(MAGIC + SAMPLE.header()).hexdigest()
    assert package.header_digest == "ok"
    assert (package.digest_algorithm, package.digest_strength) == (8, "strong")
    assert (package.files, package.size, package.source) == (9, 328, False)
    assert package.reason is None
    assert package.unattested == (
        UnattestedFile("/etc/tool.conf", "config"),
        UnattestedFile("/etc/tool.d/link", "config"),
        UnattestedFile("/var/log/tool.log", "ghost"),
        UnattestedFile("/var/lib/tool/state", "verify-flags"),
    )


def test_the_fingerprint_is_the_specified_one(root, tmp_path):
    write_database(root, SAMPLE.installed()).close()
    [installed] = read(root)
    published = read_rpm(tmp_path, SAMPLE.rpm())
    for package in (installed, published):
        assert package.fingerprint == fingerprint(SAMPLE.header(), 0)
        assert package.fingerprint_strict == fingerprint(SAMPLE.header(), 1)
    assert installed.fingerprint != installed.fingerprint_strict


def test_a_known_value_stays(tmp_path):
    package = read_rpm(tmp_path, SAMPLE.rpm())
    assert package.fingerprint == KNOWN_STANDARD
    assert package.fingerprint_strict == KNOWN_STRICT


KNOWN_STANDARD = "9f278588ffe56442fa5a762de6e2ebd38553901ab1aae95353e950575121ff4e"
KNOWN_STRICT = "ac5b9d9af9ffc7bc7e57dbce628687a8dae78361e92ff5c901d384520252fb21"


def test_dribbles_do_not_override_what_is_signed(root):
    forged = [(1000, STRING, b"forged"), (1001, STRING, b"9"), (5011, INT32, [1]), (1035, STRINGS, [b"00"] * 9)]
    write_database(root, SAMPLE.installed(forged)).close()
    [package] = read(root)
    assert (package.name, package.version, package.header_digest) == ("every-kind", "1.0", "ok")
    assert package.fingerprint == fingerprint(SAMPLE.header(), 0)


def test_keys_are_no_packages_and_a_package_cannot_pose_as_one(root):
    key = Packed(name=b"gpg-pubkey", version=b"cb38048d")
    poser = Packed(name=b"gpg-pubkey", files=[File(b"/usr/bin/backdoor")])
    write_database(root, key.installed(), Packed().installed(), poser.installed()).close()
    assert [package.name for package in read(root)] == ["demo", "gpg-pubkey"]


def test_weak_digests_are_called_weak(tmp_path):
    for algorithm in (None, 1, 2):
        package = read_rpm(tmp_path, Packed(algorithm=algorithm, files=[File(b"/a", b"x")]).rpm())
        assert package.digest_strength == "weak"
        assert package.digest_algorithm == (algorithm or 1)


def test_a_digest_that_disagrees_is_reported(root):
    blob = Packed().header([(273, STRING, b"0" * 64)])
    write_database(root, blob, Packed(name=b"none").header(), Packed(name=b"junk").header([(269, STRING, b"no hex")])).close()
    assert [package.header_digest for package in read(root)] == ["mismatch", "absent", "mismatch"]


def test_a_header_without_region_has_no_fingerprint(root):
    write_database(root, pack_header(SAMPLE.tags(), region=None)).close()
    [package] = read(root)
    assert (package.name, package.fingerprint, package.fingerprint_strict) == ("every-kind", "0", "0")
    assert package.header_sha256 is None
    assert "immutable region" in package.reason


def test_old_whole_file_names_mean_the_same_paths(tmp_path):
    tags = [tag for tag in Packed(files=[File(b"/etc/a", b"1"), File(b"/b", b"2")]).tags() if tag[0] not in {1116, 1117, 1118}]
    signature = pack_header([(1000, INT32, [0])], region=62)
    header = pack_header([*tags, (1027, STRINGS, [b"/etc/a", b"/b"])])
    content = b"\xed\xab\xee\xdb" + bytes(92) + MAGIC + signature + bytes(-len(signature) % 8) + MAGIC + header
    package = read_rpm(tmp_path, content)
    assert (package.files, package.header_digest) == (2, "absent")
    assert len(package.fingerprint) == 64


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (File(b"/a", caps=b"cap_unheard_of=ep"), "cap_unheard_of"),
        (File(b"/a", caps=b"cap_net_admin=ep cap_net_raw=p"), "effective"),
        (File(b"/a", mode=0o644), "no type of file"),
    ],
)
def test_what_cannot_be_known_is_zero_with_a_reason(tmp_path, file, word):
    package = read_rpm(tmp_path, Packed(files=[file]).rpm())
    assert (package.fingerprint, package.fingerprint_strict) == ("0", "0")
    assert word in package.reason


def test_an_unreadable_signature_is_not_called_unsigned(tmp_path):
    package = read_rpm(tmp_path, Packed().rpm([(268, BINARY, b"\x88\x02\x04\x00")]))
    assert package.gpg_key_id == "0"
    assert "issuer" in package.reason
    assert len(package.fingerprint) == 64


# --- properties ------------------------------------------------------------------------------------------------------

names = st.binary(min_size=1, max_size=12).map(lambda raw: raw.replace(b"\0", b"0").replace(b"/", b"."))
files = st.builds(
    File,
    path=st.lists(names, min_size=1, max_size=4).map(lambda parts: b"/" + b"/".join(parts)),
    content=st.binary(max_size=20),
    mode=st.sampled_from([0o100644, 0o104755, 0o040755, 0o120777, 0o010600, 0o060660]),
    user=names,
    group=names,
    target=names,
    rdev=st.integers(0, 0xFFFF),
    caps=st.sampled_from([b"", b"cap_net_raw=ep", b"= cap_chown,cap_setuid+ip", b"=p"]),
    flags=st.sampled_from([0, 1, 2, 16, 17, 64]),
    verify=st.sampled_from([0xFFFFFFFF, 0xFFFFFFFE, 0]),
)
packages = st.builds(
    Packed,
    name=names,
    epoch=st.none() | st.integers(0, 0xFFFFFFFF),
    version=names,
    release=names,
    arch=names,
    files=st.lists(files, max_size=8, unique_by=lambda file: file.path),
    algorithm=st.sampled_from([None, 1, 2, 8]),
)


@given(package=packages)
@settings(max_examples=150, deadline=None)
def test_any_package_comes_back_with_the_oracles_fingerprint(tmp_path_factory, package):
    found = read_rpm(tmp_path_factory.mktemp("p"), package.rpm())
    assert [os.fsencode(text) for text in (found.name, found.version, found.release, found.architecture)] == [
        package.name, package.version, package.release, package.arch,
    ]  # fmt: skip
    assert (found.epoch, found.files, found.header_digest) == (package.epoch, len(package.files), "ok")
    assert found.fingerprint == fingerprint(package.header(), 0)
    assert found.fingerprint_strict == fingerprint(package.header(), 1)


@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(max_examples=400, deadline=None)
def test_a_flipped_bit_is_refused_or_seen(tmp_path_factory, position, bit):
    whole = bytearray(SAMPLE.rpm())
    clean = read_rpm(tmp_path_factory.mktemp("p"), bytes(whole))
    position %= len(whole)
    whole[position] ^= 1 << bit
    try:
        package = read_rpm(tmp_path_factory.mktemp("p"), bytes(whole))
    except RpmFormatError:
        return
    header = len(whole) - len(SAMPLE.header()) - len(MAGIC)
    if position >= header:
        assert package.header_digest == "mismatch"
        assert package.fingerprint != clean.fingerprint


def test_a_package_file_cut_anywhere_is_refused(tmp_path):
    whole = SAMPLE.rpm()
    assert read_rpm(tmp_path, whole).files == 9
    for length in range(len(whole)):
        with pytest.raises(RpmFormatError):
            read_rpm(tmp_path, whole[:length])


# --- hostile headers -------------------------------------------------------------------------------------------------


def test_a_header_cut_anywhere_stops_the_read(root):
    path = root / "var/lib/rpm/rpmdb.sqlite"
    connection = write_database(root, Packed(name=b"before").installed(), b"")
    blob = SAMPLE.installed()
    for length in range(0, len(blob), 7):
        connection.execute("UPDATE Packages SET blob = ? WHERE hnum = 2", (blob[:length],))
        with pytest.raises(RpmFormatError) as caught:
            read(root)
        assert str(path) in caught.value.place
        assert "header 2" in caught.value.place
        assert caught.value.offset <= length


def test_the_error_names_the_package_when_its_name_can_be_read(root):
    tags = [tag if tag[0] != 1030 else (1030, INT16, [0o100644]) for tag in SAMPLE.tags()]
    write_database(root, Packed().installed(), pack_header(tags)).close()
    with pytest.raises(RpmFormatError, match=r"header 2 \(every-kind\): byte \d+: tag 1030 has 1 values for 9 files"):
        read(root)


def bad_headers():
    tags = SAMPLE.tags()
    plain = Packed(files=[File(b"/a")]).tags()
    name = (1000, STRING, b"demo")
    yield "twice", [*tags, name], "twice"
    yield "no name", [tag for tag in tags if tag[0] != 1000], "name"
    yield "wrong type", [*[tag for tag in tags if tag[0] != 1000], (1000, INT32, [1])], "no string"
    yield "two epochs", [*[tag for tag in tags if tag[0] != 1003], (1003, INT32, [1, 2])], "2 numbers"
    yield "path twice", Packed(files=[File(b"/a"), File(b"/a")]).tags(), "'/a'|\"/a\""
    yield "path too long", Packed(files=[File(b"/" + b"a" * 4096)]).tags(), "longer than 4096"
    yield "directory index", [*[tag for tag in plain if tag[0] != 1116], (1116, INT32, [7])], "directory 7"
    yield "no hex", [*[tag for tag in plain if tag[0] != 1035], (1035, STRINGS, [b"xy"])], "no hex"
    yield "short digest", [*[tag for tag in plain if tag[0] != 1035], (1035, STRINGS, [b"abcd"])], "2 bytes"
    yield "both name forms", [*plain, (1027, STRINGS, [b"/a"])], "beside"
    yield "no modes", [tag for tag in plain if tag[0] != 1030], "0 values for 1"


@pytest.mark.parametrize(("tags", "reason"), [pytest.param(tags, reason, id=name) for name, tags, reason in bad_headers()])
def test_a_header_that_contradicts_itself_is_refused(root, tags, reason):
    write_database(root, pack_header(tags)).close()
    with pytest.raises(RpmFormatError, match=reason):
        read(root)


def test_entries_that_share_data_are_refused(root):
    blob = bytearray(pack_header([(1000, STRING, b"aaaa"), (1001, STRING, b"bbbb")]))
    struct.pack_into(">I", blob, 8 + 32 + 8, 2)
    write_database(root, bytes(blob)).close()
    with pytest.raises(RpmFormatError, match="share data"):
        read(root)


@pytest.mark.parametrize("field", [0, 4])
def test_lengths_beyond_what_rpm_takes_are_refused(root, tmp_path, field):
    blob = bytearray(SAMPLE.header())
    struct.pack_into(">I", blob, field, 0xFFFFFFFF)
    write_database(root, bytes(blob)).close()
    with pytest.raises(RpmFormatError, match="possible"):
        read(root)


# --- databases -------------------------------------------------------------------------------------------------------


def state_of(directory):
    return {
        entry.name: (entry.stat().st_size, entry.stat().st_mtime_ns, entry.stat().st_ino, entry.stat().st_ctime_ns)
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
