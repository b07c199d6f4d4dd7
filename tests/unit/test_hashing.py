"""Digests equal those of other implementations, and a file that moves under the reader is never digested as a mixture."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest.errors import ChangedWhileReadError
from xrattest.hashing import digest_bytes, digest_file, digest_stream

# The repeating input 0, 1, … 250 and its digests from the BLAKE3 team's test_vectors.json (default hash, first 32 bytes).
BLAKE3_VECTORS = {
    0: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    1: "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
    1024: "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
    102400: "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
}


@pytest.mark.parametrize("length", BLAKE3_VECTORS)
def test_blake3_vectors(length: int) -> None:
    data = bytes(number % 251 for number in range(length))
    assert digest_bytes(data).blake3 == bytes.fromhex(BLAKE3_VECTORS[length])


@given(st.binary(max_size=5000), st.integers(0, 300))
@settings(max_examples=50, deadline=None)
def test_sha256_is_hashlibs(tmp_path_factory: pytest.TempPathFactory, data: bytes, times: int) -> None:
    data *= times
    file = tmp_path_factory.getbasetemp() / "data"
    file.write_bytes(data)
    found = digest_file(file)
    assert found == digest_bytes(data)
    assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).digest())
    with file.open("rb") as stream:
        assert digest_stream(stream, buffer=4096) == found


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"abc")
    assert digest_file(file, blake3=False).blake3 is None
    assert digest_file(file, sha256=False).sha256 is None
    assert digest_file(file, sha256=False, blake3=False).size == 3


def test_a_stream_starts_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"skipabc")
    descriptor = os.open(file, os.O_RDONLY)
    os.lseek(descriptor, 4, os.SEEK_SET)
    assert digest_stream(descriptor).sha256 == hashlib.sha256(b"abc").digest()
    os.close(descriptor)


def test_a_pipe_is_read_to_its_end() -> None:
    reader, writer = os.pipe()
    data = os.urandom(1 << 20)

    def feed() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(data)

    thread = threading.Thread(target=feed)
    thread.start()
    assert digest_stream(reader).sha256 == hashlib.sha256(data).digest()
    thread.join()
    os.close(reader)


@pytest.mark.timeout(20)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="fifo, not a regular file"):
        digest_file(tmp_path / "fifo")
    with pytest.raises(OSError, match="character device"):
        digest_file("/dev/zero")
    with pytest.raises(IsADirectoryError):
        digest_file(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        digest_file(tmp_path / "absent")
    assert caught.value.filename == str(tmp_path / "absent")
    with pytest.raises(OSError, match="Bad file descriptor"):
        digest_stream(987654)
    with pytest.raises(ValueError, match="not negative"):
        digest_stream(-1)


def test_generated_files_have_digests() -> None:
    """Files of procfs say that they are empty and are not."""
    assert digest_file("/proc/self/limits").size > 0


@pytest.fixture
def big(tmp_path: Path) -> Path:
    file = tmp_path / "big"
    with file.open("wb") as out:
        out.truncate(48 << 20)
    return file


def disturb(file: Path, until: threading.Event) -> None:
    moment = 0
    while not until.is_set():
        moment += 1
        os.utime(file, ns=(moment, moment))
        time.sleep(0.001)


def test_a_file_that_changes_every_time_is_an_error(big: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=disturb, args=(big, stop))
    thread.start()
    try:
        with pytest.raises(ChangedWhileReadError, match="changed while it was read") as caught:
            digest_file(big)
        assert caught.value.path == str(big)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("change", ["append", "truncate", "rewrite", "chmod"])
def test_each_kind_of_change_is_seen(big: Path, change: str) -> None:
    """A one-off change in the middle of the first read: an error without a retry, the new digest with one."""
    actions = {
        "append": lambda: os.truncate(big, (48 << 20) + 1),
        "truncate": lambda: os.truncate(big, 1 << 20),
        "rewrite": lambda: _overwrite(big),
        "chmod": lambda: big.chmod(0o600 if big.stat().st_mode & 0o077 else 0o644),
    }
    assert _outcome(big, actions[change], retries=0, wanted=None) is None
    found = _outcome(big, actions[change], retries=1, wanted=big.stat().st_size)
    assert found == big.stat().st_size


def _outcome(big: Path, change: Callable[[], object], *, retries: int, wanted: int | None) -> int | None:
    """Digest while `change` happens, up to 40 times until the outcome (size, None for an error) is as `wanted`."""
    found = None
    for _ in range(40):
        os.truncate(big, 48 << 20)
        timer = threading.Timer(0.004, change)
        timer.start()
        try:
            found = digest_file(big, retries=retries).size
        except ChangedWhileReadError:
            found = None
        timer.join()
        if found == wanted:
            break
    return found


def _overwrite(file: Path) -> None:
    with file.open("r+b") as out:
        out.seek(5)
        out.write(os.urandom(8))


def test_the_interpreter_runs_meanwhile(big: Path) -> None:
    """The GIL is released: another thread makes progress during one call."""
    count = 0
    stop = threading.Event()

    def tick() -> None:
        nonlocal count
        while not stop.wait(0.0005):
            count += 1

    thread = threading.Thread(target=tick)
    thread.start()
    digest_file(big)
    stop.set()
    thread.join()
    assert count > 3
