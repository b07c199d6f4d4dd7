"""The collector over small trees made by hand; nothing outside this folder but xrattest is needed."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import struct
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import xrattest_rpm
from pydantic import ValidationError
from xrattest_rpm import RpmCollector, RpmOptions

from xrattest.errors import CollectError, Unavailable
from xrattest.evidence import Node
from xrattest.hostroot import HostRoot
from xrattest.plugin import Collector, Context

MAGIC = bytes.fromhex("8eade80100000000")
STRING, BINARY = 6, 7
KEY_ID = "ddcead3dcb38048d"
SIGNATURE = (
    bytes([0x88, 23, 4, 0, 1, 8, 0, 0, 0, 10, 9, 16]) + bytes.fromhex(KEY_ID) + bytes([1, 2, 0, 8, 0xFF])
)


def header(name: bytes, *appended: tuple[int, int, bytes], epoch: int | None = None) -> bytes:
    """A header with an immutable region and no files; what is `appended` lies behind the region."""
    texts = [(1000, name), (1001, b"2.0"), (1002, b"3"), (1022, b"x86_64"), (1044, b"s.src.rpm")]
    data, index = b"", []
    if epoch is not None:
        index.append((1003, 4, 0, 1))
        data = struct.pack(">I", epoch)
    for tag, text in texts:
        index.append((tag, STRING, len(data), 1))
        data += text + b"\0"
    index.insert(0, (63, BINARY, len(data), 16))
    data += struct.pack(">IIiI", 63, BINARY, -16 * len(index), 16)
    for tag, kind, value in appended:
        index.append((tag, kind, len(data), 1 if kind == STRING else len(value)))
        data += value + (b"\0" if kind == STRING else b"")
    return (
        struct.pack(">II", len(index), len(data)) + b"".join(struct.pack(">IIII", *e) for e in index) + data
    )


def installed(name: bytes, *appended: tuple[int, int, bytes], epoch: int | None = None) -> bytes:
    """The same with its SHA-256 beside it, as rpm installs it."""
    digest = hashlib.sha256(MAGIC + header(name, epoch=epoch)).hexdigest().encode()
    return header(name, (273, STRING, digest), *appended, epoch=epoch)


def make_database(directory, *headers: bytes) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(directory / "rpmdb.sqlite")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in headers])
    connection.commit()
    connection.close()


class RecordingBody:
    """A body that keeps what a collector writes, as JSON text in files of a directory."""

    def __init__(self, directory):
        self.directory, self.problems = directory, []

    def member(self, name, value):
        (self.directory / name).write_text(json.dumps(value))

    @contextmanager
    def stream(self, name):
        descriptor = os.open(self.directory / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def problem(self, reason, path=None):
        self.problems.append((reason, path))

    def __getitem__(self, name):
        return json.loads((self.directory / name).read_bytes())


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def run(root, tmp_path):
    (tmp_path / "body").mkdir()

    def collect(**options) -> RecordingBody:
        body = RecordingBody(tmp_path / "body")
        noon = datetime(2020, 6, 5, 15, 58, 22, tzinfo=UTC)
        RpmCollector().collect(Context(HostRoot(root), Node(), RpmOptions(**options), lambda: noon), body)
        return body

    return collect


def test_it_is_a_collector_of_the_selector_packages():
    [collector] = xrattest_rpm.xrattest_register_collectors()
    assert isinstance(collector, Collector)
    assert (collector.name, collector.selector, collector.part) == ("rpm", "packages", "rpm")
    [section] = xrattest_rpm.xrattest_register_config()
    assert (section.name, section.model, section.collectors) == ("rpm", RpmOptions, ("rpm",))


def test_packages_stand_under_the_leaves_of_the_model(root, run):
    make_database(
        root / "usr/lib/sysimage/rpm",
        installed(b"signed", (268, BINARY, SIGNATURE), epoch=1),
        installed(b"plain"),
    )
    packages = run()["install"]["packages"]
    summary = packages["active"]["summary"]
    assert summary["rpm-fingerprint-status"] == "generation-up-to-date"
    assert summary["rpm-fingerprint-timestamp"] == "Fri Jun  5 15:58:22 2020"
    assert "run-time" in summary["reason"]
    signed, plain = summary["package"]
    fingerprint = signed.pop("rpm-fingerprint")
    assert fingerprint["rpm-fingerprint-run-time"] == "0"
    assert len(bytes.fromhex(fingerprint["rpm-fingerprint-install-time"])) == 32
    assert len(bytes.fromhex(signed.pop("fingerprint-strict"))) == 32
    assert signed == {
        "name": "signed",
        "version": "2.0",
        "release": "3",
        "epoch": "1",
        "architecture": "x86_64",
        "gpg-key-id": KEY_ID,
        "header-sha256": hashlib.sha256(MAGIC + header(b"signed", epoch=1)).hexdigest(),
        "header-digest": "ok",
        "digest-strength": "weak",
    }
    assert plain["gpg-key-id"] == "0"
    assert "epoch" not in plain


def test_committed_equals_active_and_says_so(root, run):
    make_database(root / "var/lib/rpm", installed(b"one"))
    body = run()
    packages = body["install"]["packages"]
    assert packages["committed"]["summary"] == packages["active"]["summary"]
    assert "equal to active" in packages["committed"]["reason"]
    assert body.problems == []


def test_what_an_ostree_host_will_boot_is_not_guessed(root, run):
    (root / "ostree/repo").mkdir(parents=True)
    make_database(root / "usr/share/rpm", installed(b"one"))
    body = run()
    assert list(body["install"]["packages"]) == ["active"]
    assert [path for _, path in body.problems] == ["/ostree/repo"]


def test_a_header_that_was_changed_is_a_problem(root, run):
    make_database(root / "var/lib/rpm", installed(b"good"), header(b"changed", (273, STRING, b"00" * 32)))
    body = run()
    assert [row["header-digest"] for row in body["install"]["packages"]["active"]["summary"]["package"]] == [
        "ok",
        "mismatch",
    ]
    [(reason, _)] = body.problems
    assert reason.startswith("changed-2.0-3: ")


def test_names_that_are_no_utf_8_are_carried_whole(root, run):
    make_database(root / "var/lib/rpm", installed(b"na\xefve"))
    [row] = run()["install"]["packages"]["active"]["summary"]["package"]
    assert (row["name"], row["name-bytes"]) == ("na\ufffdve", "bmHvdmU=")


def test_an_empty_database_has_an_empty_list(root, run):
    make_database(root / "var/lib/rpm")
    assert run()["install"]["packages"]["active"]["summary"]["package"] == []


def test_a_host_without_rpm_is_unavailable_and_says_how_to_name_one(run):
    with pytest.raises(Unavailable, match="dbpath"):
        run()


def test_the_directory_may_be_configured(root, run):
    make_database(root / "root/.rpmdb", installed(b"one"))
    assert len(run(dbpath="/root/.rpmdb")["install"]["packages"]["active"]["summary"]["package"]) == 1
    with pytest.raises(ValidationError):
        RpmOptions(dbpaht="/x")


@pytest.mark.parametrize("damage", ["cut", "text", "header", "bdb"])
def test_damage_is_a_failure_and_never_a_short_list(root, run, damage):
    directory = root / "var/lib/rpm"
    make_database(directory, installed(b"one"), installed(b"two")[: 40 if damage == "header" else None])
    database = directory / "rpmdb.sqlite"
    if damage == "cut":
        os.truncate(database, 5000)
    elif damage == "text":
        database.write_text("no database\n" * 100)
    elif damage == "bdb":
        database.rename(directory / "Packages")
    with pytest.raises(CollectError, match="rpm"):
        run()


def test_nothing_is_written_beside_the_database(root, run):
    make_database(root / "var/lib/rpm", installed(b"one"))
    before = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(root / "var/lib/rpm")}
    run()
    assert {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(root / "var/lib/rpm")} == before
