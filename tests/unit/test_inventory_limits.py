"""What a snapshot lacks it says: limits, rights, mounts, changes under the reader; and what stops it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.snapshot_model import NOON, by_name, digest_of, take
from xrattest.errors import InputError
from xrattest.hostroot import HostRoot
from xrattest.inventory import Rules, RulesOptions, write_snapshot


def test_limits_leave_a_reason(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"12345")
    (tmp_path / "small").write_bytes(b"1234")
    rows = by_name(take(tmp_path, max_file_size=4)[0])
    assert rows[b"/big"]["digest-missing"] == "too-big"
    assert digest_of(rows[b"/big"]) is None
    assert digest_of(rows[b"/small"]) == hashlib.sha256(b"1234").digest()
    snapshot, summary = take(tmp_path, file_timeout=1e-9)
    assert by_name(snapshot)[b"/big"]["digest-missing"] == "timeout"
    assert ("files without a digest (timeout): 2", None) in summary.shortfalls()
    rows = by_name(take(tmp_path, digests=())[0])
    assert "digest" not in rows[b"/big"]
    assert "digest-missing" not in rows[b"/big"]


def test_a_file_that_keeps_changing_has_no_digest(tmp_path: Path) -> None:
    file = tmp_path / "big"
    with file.open("wb") as out:
        out.truncate(48 << 20)
    stop = threading.Event()

    def disturb() -> None:
        moment = 0
        while not stop.is_set():
            moment += 1
            os.utime(file, ns=(moment, moment))
            time.sleep(0.001)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        snapshot, summary = take(tmp_path)
    finally:
        stop.set()
        thread.join()
    assert by_name(snapshot)[b"/big"]["digest-missing"] == "changed-while-read"
    assert summary.missing == {"changed-while-read": 1}


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Path]:
    """A tree seen with the rights of nobody in particular (root may read everything, so it has to step down)."""
    top = Path(tempfile.mkdtemp(prefix="xrattest-"))
    top.chmod(0o755)
    try:
        yield top
    finally:
        for path in [top, *top.rglob("*")]:
            path.chmod(0o700)
        for path in sorted(top.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        top.rmdir()


@contextmanager
def stepped_down() -> Iterator[None]:
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_what_may_not_be_read_is_told(nobody: Path) -> None:
    (nobody / "secret").write_text("x")
    (nobody / "closed").mkdir()
    (nobody / "closed/inner").touch()
    (nobody / "open").write_text("y")
    (nobody / "secret").chmod(0)
    (nobody / "closed").chmod(0)
    with tempfile.TemporaryFile() as file:
        with stepped_down():
            summary = write_snapshot(HostRoot(nobody), Rules(roots=("/",)), file.fileno(), time=NOON)
        file.seek(0)
        rows = by_name(json.loads(file.read()))
    assert rows[b"/secret"]["digest-missing"] == "denied"
    assert digest_of(rows[b"/open"]) == hashlib.sha256(b"y").digest()
    assert b"/closed" in rows
    assert b"/closed/inner" not in rows
    assert ("files without a digest (denied): 1", None) in summary.shortfalls()
    (closed,) = [reason for reason, path in summary.shortfalls() if path == "/closed"]
    assert closed.startswith("directory not read: Permission denied")


def test_mounts_are_not_entered_unless_told() -> None:
    """/dev holds other mounts on every Linux host: devpts, which the kernel makes up, and usually a tmpfs."""
    if not os.path.ismount("/dev/pts"):
        pytest.skip("no mount at /dev/pts")
    rows = by_name(take("/", "/dev")[0])
    assert rows[b"/dev/pts"]["not-entered"] == "mount-point"
    assert b"/dev/pts/ptmx" not in rows
    rows = by_name(take("/", "/dev", one_file_system=False)[0])
    assert rows[b"/dev/pts"]["not-entered"] == "pseudo-filesystem"
    rows = by_name(take("/", "/dev", "/dev/pts")[0])
    assert "not-entered" not in rows[b"/dev/pts"]
    assert b"/dev/pts/ptmx" in rows


def test_procfs_cannot_hang_it() -> None:
    """As a root of its own procfs is walked; its files give what they give."""
    snapshot, _ = take("/", "/proc/sys/kernel", file_timeout=2.0)
    assert digest_of(by_name(snapshot)[b"/proc/sys/kernel/ostype"]) == hashlib.sha256(b"Linux\n").digest()


def test_what_progress_raises_ends_the_walk(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / str(number)).touch()
    calls = []

    def stop(rows: int, hashed: int, path: bytes) -> None:
        calls.append((rows, path))
        raise KeyboardInterrupt

    with tempfile.TemporaryFile() as file, pytest.raises(KeyboardInterrupt):
        write_snapshot(HostRoot(tmp_path), Rules(roots=("/",)), file.fileno(), time=NOON, progress=stop)
    assert len(calls) == 1
    assert calls[0][0] == 256


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, pytest.raises(OSError, match="No space left"):
        write_snapshot(HostRoot(tmp_path), Rules(roots=("/",)), full.fileno(), time=NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"roots": ("etc",)},
        {"roots": ("/etc/../root",)},
        {"roots": ("/x\0y",)},
        {"roots": ("/caf\udce9",)},
        {"excludes": ("/[a",)},
        {"digests": ("md5",)},
        {"file_timeout": -1.0},
        {"max_file_size": -1},
    ],
)
def test_rules_that_cannot_be_used_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="inventory rules"):
        Rules(**wrong)


def test_options_are_the_rules() -> None:
    options = RulesOptions.model_validate({"max-file-size": 5, "one-file-system": False})
    assert options.rules() == Rules(max_file_size=5, one_file_system=False)
    assert not options.names_roots
    assert RulesOptions.model_validate({"roots": ["/etc"]}).names_roots
