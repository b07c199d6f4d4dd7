"""Every check of event logs."""

from __future__ import annotations

from xrattest.dossier.reader import Dossier
from xrattest.verify.boot.consistency import check_logs
from xrattest.verify.boot.logs import BootLogs
from xrattest.verify.boot.quoted import check_quoted_logs
from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.points import QuotedPoints
from xrattest.verify.ima.seal import Seal
from xrattest.verify.ledger import Ledger


def check_boot(  # noqa: PLR0913, PLR0917 - what every check of measurements is handed
    dossier: Dossier | None,
    logs: BootLogs,
    demands: ImaDemands,
    points: QuotedPoints,
    seal: Seal,
    max_size: int,
    ledger: Ledger,
) -> None:
    """Record `boot.self-consistent` and `boot.matches-quote`; `points` is what `ima.matches-quote` proved. Raises `OSError`."""
    check_logs(logs, ledger)
    check_quoted_logs(dossier, logs, demands, points, seal, max_size, ledger)
