"""Dossiers with a list and quotes, judged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from xrattest.dossier.reader import Dossier
from xrattest.envelope import open_envelope
from xrattest.errors import EnvelopeError
from xrattest.verify.ima import ImaDemands, check_measurements
from xrattest.verify.ledger import Ledger
from xrattest.verify.verifier import verify

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
VECTORS = Path(__file__).parents[3] / "vectors" / "ima"


@pytest.fixture
def judge_quotes(tmp_path, quoting):
    """Return a function that judges a dossier of nodes and quotes; it gives the verdict and the points."""

    def run(nodes: list[dict], quotes: list | None, demands, seal, *, max_size: int = 1 << 24):
        path = tmp_path / "dossier"
        path.write_text(quoting.dossier(nodes, quotes))
        ledger = Ledger([])
        points = check_measurements(Dossier.read(path), demands, max_size, ledger, seal).quoted
        return ledger.verdict(AT), points

    return run


@pytest.fixture
def device(increments, issuing, quoting, tmp_path):
    (tmp_path / "made").mkdir()
    entries = increments.entries_of((VECTORS / "ng-sha256.bin").read_bytes())
    return increments.Device(issuing, quoting, tmp_path / "made", entries)


@pytest.fixture
def other_list(increments):
    """The list of another boot."""
    return increments.entries_of((VECTORS / "sig-sha256.bin").read_bytes())


@pytest.fixture
def judge_chain(device, tmp_path):
    """Judge the last of some envelopes, the others given as previous."""

    def run(*paths, keys=None, anchor=None, binding="envelope"):
        spool = tmp_path / "spool"
        spool.mkdir(exist_ok=True)
        opened = []
        for path in paths:
            try:
                opened.append(open_envelope(path, spool))
            except EnvelopeError as damage:
                opened.append(damage)
        keys = (device.attestation_key,) if keys is None else keys
        demands = ImaDemands(attestation_keys=keys, quote_binding=binding, previous=tuple(opened[:-1]))
        return verify(opened[-1], [anchor or device.signer.chain[0]], at=AT, ima=demands)

    return run
