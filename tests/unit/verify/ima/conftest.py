"""Dossiers with a list and quotes, judged; entries and lists made from the kernel's description of its templates alone."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from xrattest.dossier.reader import Dossier
from xrattest.verify.ima import check_measurements
from xrattest.verify.ledger import Ledger

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def judge_quotes(tmp_path, quoting):
    """Return a function that judges a dossier of nodes and quotes; it gives the verdict and the points."""

    def run(nodes: list[dict], quotes: list | None, demands, seal, *, max_size: int = 1 << 24):
        path = tmp_path / "dossier"
        path.write_text(quoting.dossier(nodes, quotes))
        ledger = Ledger([])
        points = check_measurements(Dossier.read(path), demands, max_size, ledger, seal)
        return ledger.verdict(AT), points

    return run


def lp(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


@dataclass(frozen=True)
class Made:
    """What `xrattest.ima.Entry` tells of an entry."""

    name: bytes | None = b"/bin/sh"
    digest: bytes | None = hashlib.sha256(b"sh").digest()
    algorithm: str | None = "sha256"
    digest_type: str | None = None
    template: str = "ima-ng"
    is_violation: bool = False
    fields: dict[str, bytes] = field(default_factory=dict)


def binary(
    path: bytes, digest: bytes, algorithm: str = "sha256", *, violation: bool = False, pcr: int = 10
) -> bytes:
    """One ima-ng entry of a little-endian list."""
    data = lp(algorithm.encode() + b":\0" + (bytes(len(digest)) if violation else digest)) + lp(path + b"\0")
    template_hash = bytes(20) if violation else hashlib.sha1(data).digest()
    return struct.pack("<I", pcr) + template_hash + lp(b"ima-ng") + lp(data)


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    return SimpleNamespace(entry=Made, binary=binary, lp=lp)
