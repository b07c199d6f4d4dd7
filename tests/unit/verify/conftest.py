"""Fixtures of the verifier's tests."""

from __future__ import annotations

import hashlib
import importlib.util
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def issuing() -> ModuleType:
    """The module beside this one that makes certificates."""
    spec = importlib.util.spec_from_file_location("verify_issuing", Path(__file__).with_name("issuing.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


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
    """Entries and lists made from the kernel's description of its templates alone."""
    return SimpleNamespace(entry=Made, binary=binary, lp=lp)
