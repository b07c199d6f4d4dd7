"""Dossiers around a list and a quote, and a TPM in software that quotes what it is told to."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import json
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from xrattest import ima
from xrattest.dossier.reader import Dossier
from xrattest.verify.ima import check_measurements
from xrattest.verify.ledger import Ledger

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NODE = "node0_RP0_CPU0"


def lp(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def entry(path: str, *, pcr: int = 10, violation: bool = False, wrong_hash: bool = False) -> bytes:
    """One ima-ng entry of a little-endian kernel."""
    data = lp(b"sha256:\0" + hashlib.sha256(path.encode()).digest()) + lp(path.encode() + b"\0")
    recorded = bytes(20) if violation else hashlib.sha1(b"x" + data if wrong_hash else data).digest()
    return struct.pack("<I", pcr) + recorded + lp(b"ima-ng") + lp(data)


def replayed(entries: list[bytes], bank: str, pcr: int = 10) -> bytes:
    """A PCR by hashlib alone."""
    size = hashlib.new(bank).digest_size
    value = bytes(size)
    for one in entries:
        if struct.unpack("<I", one[:4])[0] != pcr:
            continue
        data = one[24 + 4 + len(b"ima-ng") + 4 :]
        extended = hashlib.new(bank, data).digest() if any(one[4:24]) else b"\xff" * size
        value = hashlib.new(bank, value + extended).digest()
    return value


def node_data(log: bytes, **more) -> dict:
    out = io.BytesIO()
    ima.write_events(log, out)
    return {"node-location": NODE, "ima-event-log": json.loads(out.getvalue()), **more}


def registers(message: bytes, signature: bytes, values: dict[str, dict[int, bytes]], **more) -> dict:
    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    return {
        "tpm-name": "tpm0",
        "node-location": NODE,
        "PCR": [
            {"index": index, "bank": bank, "value": text(value)}
            for bank, pcrs in values.items()
            for index, value in pcrs.items()
        ],
        "pcr-quote": text(message),
        "pcr-quote-signature": text(signature),
        **more,
    }


@pytest.fixture(scope="session")
def tpm_signer() -> ModuleType:
    """The module of the TPM's signer in software."""
    path = Path(__file__).parents[2] / "tpm" / "conftest.py"
    spec = importlib.util.spec_from_file_location("software_tpm", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def judge_quotes(tmp_path):
    """Return a function that judges a dossier of `system-ima` and `platform-config-registers`; it gives verdict and points."""

    def run(nodes: list[dict], quotes: list | None, demands, seal, *, max_size: int = 1 << 24):
        snapshot = {"result-code": "Success", "model-name": "m", "model-revision": "1", "collectors": []}
        snapshot |= {"system-ima": {"node-data": nodes}}
        if quotes is not None:
            snapshot |= {"platform-config-registers": {"node-data": quotes}}
        backed = {
            name: {"result-code": "Success", name: "x"} for name in ("license-udi", "version", "platform")
        }
        dossier = {
            "collection-start-time": 1.0,
            "model-name": "urn:xrattest:dossier",
            "model-revision": "2026-11-23",
        }
        path = tmp_path / "dossier"
        path.write_text(
            json.dumps(dossier | backed | {"system-integrity-snapshot": snapshot, "collection-end-time": 2.0})
        )
        ledger = Ledger([])
        points = check_measurements(Dossier.read(path), demands, max_size, ledger, seal)
        return ledger.verdict(AT), points

    return run
