"""Checks of the IMA log inside a dossier.

Questions that are never merged. *Self-consistent*: the log is what it says, entry by entry; root on the device can write
another that is. *Matches a quote*: a TPM vouches for it. *Good*: a verifier's reference values know what was measured. Each check is a module of its own over the same rebuilt lists.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from xrattest.dossier.reader import Dossier
from xrattest.verify.boot.logs import BootLogs, boot_logs_of
from xrattest.verify.ima.appraisal import check_entries
from xrattest.verify.ima.boot_aggregate import check_aggregate
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


def check_measurements(  # noqa: PLR0913 - what every check is handed
    dossier: Dossier | None,
    demands: ImaDemands,
    max_size: int,
    ledger: Ledger,
    seal: Seal = UNSEALED,
    *,
    logs: BootLogs | None = None,
) -> QuotedPoints:
    """Record every check of this package; lists are rebuilt once, into files that are gone afterwards.

    `logs` are the dossier's event logs, read here when they are not given.
    Returns up to where each node's list is vouched for by a quote that passed. Raises `OSError`.
    """
    if dossier is None:
        absent = Measurements.absent(Result.skipped("there is no dossier to hold an IMA log"))
        return _check(None, absent, logs or boot_logs_of(None), demands, seal, ledger)
    with tempfile.TemporaryDirectory(dir=dossier.path.parent) as spool:
        measured = measurements_of(dossier, Path(spool), max_size)
        return _check(dossier, measured, logs or boot_logs_of(dossier), demands, seal, ledger)


def _check(  # noqa: PLR0913, PLR0917 - as above
    dossier: Dossier | None,
    measured: Measurements,
    logs: BootLogs,
    demands: ImaDemands,
    seal: Seal,
    ledger: Ledger,
) -> QuotedPoints:
    check_consistent(measured, ledger)
    check_signatures(measured, demands, ledger)
    check_entries(measured, demands, ledger)
    check_aggregate(dossier, measured, logs, ledger)
    return check_quoted(dossier, measured, demands, seal, ledger)
