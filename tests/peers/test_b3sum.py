"""b3sum and sha256sum compute the same digests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from xrattest.hashing import digest_file

SIZES = [0, 1, 1023, 1024, 1025, 65536, 262143, 262144, 262145, 3_000_017]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"{size}" for size in SIZES]
    for path, size in zip(made, SIZES, strict=True):
        path.write_bytes(os.urandom(size))
    return made


def peer_digests(program: str, files: list[Path], *options: str) -> list[bytes]:
    lines = subprocess.run(
        [program, *options, *files], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    return [bytes.fromhex(line.split()[0]) for line in lines]


@pytest.mark.peer
def test_b3sum_agrees(files: list[Path], require_peer: Callable[..., str]) -> None:
    program = require_peer("b3sum", package="b3sum")
    assert [digest_file(path).blake3 for path in files] == peer_digests(program, files, "--no-mmap")


@pytest.mark.peer
def test_sha256sum_agrees(files: list[Path], require_peer: Callable[..., str]) -> None:
    program = require_peer("sha256sum", package="coreutils")
    assert [digest_file(path).sha256 for path in files] == peer_digests(program, files)
