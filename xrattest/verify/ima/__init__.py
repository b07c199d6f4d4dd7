"""Checks of the IMA log inside a dossier.

Questions that are never merged. *Self-consistent*: the log is what it says, entry by entry; root on the device can write
another that is. *Matches a quote*: a TPM vouches for it. Each check is a module of its own over the same rebuilt lists.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from xrattest.dossier.reader import Dossier
from xrattest.verify.ima.consistency import check_consistent
from xrattest.verify.ima.demands import NOTHING_ASKED, ImaDemands
from xrattest.verify.ima.nodes import Measurements, measurements_of
from xrattest.verify.ima.quoted import check_quoted
from xrattest.verify.ima.signatures import check_signatures
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

__all__ = ["NOTHING_ASKED", "ImaDemands", "check_measurements"]


def check_measurements(dossier: Dossier | None, demands: ImaDemands, max_size: int, ledger: Ledger) -> None:
    """Record every check of this package; lists are rebuilt once, into files that are gone afterwards. Raises `OSError`."""
    if dossier is None:
        _check(Measurements.absent(Result.skipped("there is no dossier to hold an IMA log")), demands, ledger)
        return
    with tempfile.TemporaryDirectory(dir=dossier.path.parent) as spool:
        _check(measurements_of(dossier, Path(spool), max_size), demands, ledger)


def _check(measured: Measurements, demands: ImaDemands, ledger: Ledger) -> None:
    check_consistent(measured, ledger)
    check_quoted(measured, demands, ledger)
    check_signatures(measured, demands, ledger)
