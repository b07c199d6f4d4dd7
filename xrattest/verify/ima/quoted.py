"""`ima.matches-quote`: a TPM vouches for the log. No quote is part of an envelope yet."""

from __future__ import annotations

from xrattest.verify.ima.demands import ImaDemands
from xrattest.verify.ima.nodes import Measurements
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

QUOTED = "ima.matches-quote"


def check_quoted(measured: Measurements, demands: ImaDemands, ledger: Ledger) -> None:  # noqa: ARG001 - what it will need
    """Record `ima.matches-quote`."""
    ledger.record(
        QUOTED, Result.skipped("no quote was given: nothing says that the log is the one the TPM saw")
    )
