"""Checks of the IMA log inside a dossier.

Questions that are never merged. *Self-consistent*: the log is what it says, entry by entry; root on the device can write
another that is. *Matches a quote*: a TPM vouches for it. *Continuity*: it goes on where an earlier envelope ended. *Good*: a
verifier's reference values know what was measured. Each check is a module of its own over the same rebuilt lists.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from xrattest.dossier.reader import Dossier
from xrattest.verify.boot.logs import BootLogs, boot_logs_of
from xrattest.verify.ima.accounts import Account, Accounts, Predecessor
from xrattest.verify.ima.appraisal import check_entries
from xrattest.verify.ima.boot_aggregate import check_aggregate
from xrattest.verify.ima.consistency import check_consistent
from xrattest.verify.ima.continuity import check_continuity
from xrattest.verify.ima.demands import NOTHING_ASKED, ImaDemands
from xrattest.verify.ima.nodes import Measurements, measurements_of
from xrattest.verify.ima.points import QuotedPoint, QuotedPoints
from xrattest.verify.ima.quoted import check_quoted
from xrattest.verify.ima.seal import UNSEALED, Seal
from xrattest.verify.ima.signatures import check_signatures
from xrattest.verify.ima.succession import ALONE, Chain, Succession
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

__all__ = [
    "NOTHING_ASKED",
    "Account",
    "Accounts",
    "Chain",
    "ImaDemands",
    "Measured",
    "Predecessor",
    "QuotedPoint",
    "QuotedPoints",
    "Seal",
    "Succession",
    "check_measurements",
]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the lists of one envelope amount to."""

    accounts: Accounts
    """By node, those that prove themselves, with what vouches for them."""
    quoted: QuotedPoints
    """By node, up to where its list is vouched for by a quote that passed."""


def check_measurements(  # noqa: PLR0913 - the last two are for evidence inside an envelope
    dossier: Dossier | None,
    demands: ImaDemands,
    max_size: int,
    ledger: Ledger,
    seal: Seal = UNSEALED,
    *,
    chain: Chain = ALONE,
    logs: BootLogs | None = None,
) -> Measured:
    """Record every check of this package; lists are rebuilt once, into files that are gone afterwards. Raises `OSError`.

    `logs` are the dossier's event logs, read here when they are not given.
    """
    logs = logs if logs is not None else boot_logs_of(dossier)
    if dossier is None:
        measured = Measurements.absent(Result.skipped("there is no dossier to hold an IMA log"))
        return _Checks(None, measured, logs, demands, ledger).run(seal, chain)
    with tempfile.TemporaryDirectory(dir=dossier.path.parent) as spool:
        measured = measurements_of(dossier, Path(spool), max_size)
        return _Checks(dossier, measured, logs, demands, ledger).run(seal, chain)


@dataclass(frozen=True, slots=True)
class _Checks:
    dossier: Dossier | None
    measured: Measurements
    logs: BootLogs
    demands: ImaDemands
    ledger: Ledger

    def run(self, seal: Seal, chain: Chain) -> Measured:
        consistent = check_consistent(self.measured, self.ledger)
        check_aggregate(self.dossier, self.measured, self.logs, self.ledger)
        check_signatures(self.measured, self.demands, self.ledger)
        check_entries(self.measured, self.demands, self.ledger)
        quoted = check_quoted(self.dossier, self.measured, self.demands, seal, self.ledger)
        accounts = {name: replace(one, quoted=quoted.get(name)) for name, one in consistent.items()}
        check_continuity(self.measured, accounts, chain, self.ledger)
        return Measured(accounts, quoted)
