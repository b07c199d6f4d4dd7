"""Real logs of virtual machines, and logs made by hand."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[2] / "vectors" / "bootlog"
BANKS = {4: "sha1", 11: "sha256"}


def legacy_event(pcr: int, kind: int, data: bytes, hashed: bytes | None = None) -> bytes:
    digest = bytes(20) if kind == 3 else hashlib.sha1(data if hashed is None else hashed).digest()
    return struct.pack("<II", pcr, kind) + digest + struct.pack("<I", len(data)) + data


def header(*algorithms: tuple[int, int]) -> bytes:
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(algorithms))
    data += b"".join(struct.pack("<HH", *algorithm) for algorithm in algorithms) + b"\0"
    return legacy_event(0, 3, data)


def agile_event(pcr: int, kind: int, data: bytes, hashed: bytes | None = None) -> bytes:
    """An event with SHA-1 and SHA-256 digests of `hashed` (None: of the data)."""
    content = data if hashed is None else hashed
    digests = [
        struct.pack("<H", number) + hashlib.new(name, content).digest() for number, name in BANKS.items()
    ]
    head = struct.pack("<III", pcr, kind, len(digests))
    return head + b"".join(digests) + struct.pack("<I", len(data)) + data


AGILE = header((4, 20), (11, 32))


@pytest.fixture(params=sorted(path.stem for path in VECTORS.glob("*.bin")))
def vector(request) -> tuple[Path, dict]:
    """A real log, and what is known of it."""
    return VECTORS / f"{request.param}.bin", json.loads((VECTORS / f"{request.param}.json").read_text())


@pytest.fixture
def made():
    """The writer of logs."""

    class Made:
        event, legacy, header = staticmethod(agile_event), staticmethod(legacy_event), staticmethod(header)
        agile = AGILE

    return Made
