"""Checks of the IMA log inside a dossier.

Questions that are never merged. *Self-consistent*: the log is what it says, entry by entry; root on the device can write
another that is. *Matches a quote*: a TPM vouches for it. *Good*: a verifier's reference values know what was measured. Each check is a module of its own over the same rebuilt lists.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from xrattest.dossier.reader import Dossier
from xrattest.verify.ima.appraisal import check_entries
from xrattest.verify.ima.consistency import check_consistent
from xrattest.verify.ima.demands import NOTHING_ASKED, ImaDemands
from xrattest.verify.ima.nodes import Measurements, measurements_of
from xrattest.verify.ima.points import QuotedPoint, QuotedPoints
from xrattest.verify.ima.quoted import check_quoted
from xrattest.verify.ima.seal import UNSEALED, Seal
from xrattest.verify.ima.signatures import check_signatures
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

__all__ = ["NOTHING_ASKED", "ImaDemands", "QuotedPoint", "QuotedPoints", "Seal", "check_measurements"]


def check_measurements(
    dossier: Dossier | None, demands: ImaDemands, max_size: int, ledger: Ledger, seal: Seal = UNSEALED
) -> QuotedPoints:
    """Record every check of this package; lists are rebuilt once, into files that are gone afterwards.

    Returns up to where each node's list is vouched for by a quote that passed. Raises `OSError`.
    """
    if dossier is None:
        absent = Measurements.absent(Result.skipped("there is no dossier to hold an IMA log"))
        return _check(None, absent, demands, seal, ledger)
    with tempfile.TemporaryDirectory(dir=dossier.path.parent) as spool:
        return _check(dossier, measurements_of(dossier, Path(spool), max_size), demands, seal, ledger)


def _check(
    dossier: Dossier | None, measured: Measurements, demands: ImaDemands, seal: Seal, ledger: Ledger
) -> QuotedPoints:
    check_consistent(measured, ledger)
    check_signatures(measured, demands, ledger)
    check_entries(measured, demands, ledger)
    return check_quoted(dossier, measured, demands, seal, ledger)
