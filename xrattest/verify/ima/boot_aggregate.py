"""`ima.boot-aggregate`: the IMA log was begun on top of the boot that the event log or the PCRs tell of.

Kernel, `ima_add_boot_aggregate`: the first entry since boot is the digest over PCR 0 to 7, or 0 to 9. A kernel started by kexec
takes the list over and adds another, so the last one counts. It is zero where the kernel found no TPM.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xrattest import ima
from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError, LimitError
from xrattest.tpm import PcrValues
from xrattest.verify.boot.logs import BootLogs
from xrattest.verify.ima.nodes import MeasuredNode, Measurements
from xrattest.verify.ima.quotes import reported_values
from xrattest.verify.ima.start import list_start
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result, worst_of

AGGREGATE = "ima.boot-aggregate"


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    pcrs: PcrValues


@dataclass(frozen=True, slots=True)
class _Entry:
    """The boot_aggregate that counts."""

    location: str
    number: int
    """0-based since boot."""
    recorded: ima.BootAggregate

    def __str__(self) -> str:
        return f"{self.location}: boot_aggregate ({self.bank}), entry {self.number}"

    @property
    def bank(self) -> str:
        algorithm = (self.recorded.algorithm or "sha1").replace("-", "_")
        return {"sm3": "sm3_256"}.get(algorithm, algorithm)

    def find(self, ledger: Ledger, kind: str, **members: object) -> None:
        """Keep one record."""
        got = self.recorded.digest.hex()
        ledger.find(
            AGGREGATE,
            node=self.location,
            entry=self.number,
            kind=kind,
            path="boot_aggregate",
            got=got,
            **members,
        )


def check_aggregate(dossier: Dossier | None, measured: Measurements, logs: BootLogs, ledger: Ledger) -> None:
    """Record `ima.boot-aggregate`. Raises `OSError`."""
    if dossier is None or measured.problem is not None:
        ledger.record(AGGREGATE, measured.problem or Result.skipped("there is no dossier to hold an IMA log"))
        return
    try:
        reported = reported_values(dossier, measured.nodes[0].max_size)
    except LimitError as error:
        ledger.record(AGGREGATE, Result.skipped(str(error)))
        return
    except InputError as error:
        ledger.record(AGGREGATE, Result.failed(str(error)))
        return
    results = [
        _judge(node, list(_sources(node.location, logs, reported.get(node.location, {}))), ledger)
        for node in measured.nodes
    ]
    ledger.record(AGGREGATE, worst_of(results))


def _sources(location: str, logs: BootLogs, reported: PcrValues) -> Iterator[_Source]:
    node = logs.of(location)
    if node is not None and node.replay is not None and node.replay.events:
        yield _Source("the event log", node.replay.after_boot)
    if reported:
        yield _Source("the reported PCRs", reported)


def _judge(node: MeasuredNode, sources: list[_Source], ledger: Ledger) -> Result:
    if isinstance(node.log, Result):
        return node.log
    try:
        entries = ima.boot_aggregates(node.log, max_size=node.max_size)
        before = list_start(node).before
    except LimitError as error:
        return Result.skipped(f"{node.location}: {error}")
    except InputError as error:
        return Result.failed(f"{node.location}: {error}")
    if not entries:
        why = "begins after the boot" if before else "has no boot_aggregate"
        return Result.skipped(f"{node.location}: the list {why}")
    return _judge_entry(_Entry(node.location, before + entries[-1].number, entries[-1]), sources, ledger)


def _judge_entry(entry: _Entry, sources: list[_Source], ledger: Ledger) -> Result:
    if not any(entry.recorded.digest):
        entry.find(ledger, "no-tpm")
        known = f", though there is {sources[0].name}" if sources else ""
        return Result.warned(f"{entry}, is zero: the kernel saw no TPM when it started{known}")
    pairs = [(source.name, list(_aggregates(source, entry.bank))) for source in sources]
    compared = [(name, aggregates) for name, aggregates in pairs if aggregates]
    if not compared:
        return Result.skipped(
            f"{entry}: there is no event log with bank {entry.bank}, nor all PCR values of it"
        )
    told, failed = [], []
    for name, aggregates in compared:
        found = next((one for one in aggregates if one.digest == entry.recorded.digest), None)
        if found is None:
            failed.append(name)
            for one in aggregates:
                entry.find(
                    ledger, "boot-aggregate-differs", source=name, pcr=one.pcrs, expected=one.digest.hex()
                )
            continue
        old = ", as kernels before 5.8 compute it" if found.pcrs == "0-7" and entry.bank != "sha1" else ""
        told.append(f"that of PCR {found.pcrs} of {name}{old}")
    if not told:
        return Result.failed(f"{entry}, is not that of {' nor of '.join(failed)}")
    detail = f"{entry}, is {' and '.join(told)}"
    return Result.warned(f"{detail}; it is not that of {failed[0]}") if failed else Result.passed(detail)


def _aggregates(source: _Source, bank: str) -> Iterator[ima.Aggregate]:
    return (one for one in ima.compute_aggregates(source.pcrs) if one.bank == bank)
