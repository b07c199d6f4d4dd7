"""Dossiers with a list and quotes, judged."""

from __future__ import annotations

from datetime import UTC, datetime

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
        points = check_measurements(Dossier.read(path), demands, max_size, ledger, seal).quoted
        return ledger.verdict(AT), points

    return run
