"""One pass over a list: which rule judges each entry, how often, and the first entries that are told one by one."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xrattest import ima
from xrattest.verify.ima.digests import digest_of, unpack
from xrattest.verify.ima.judgement import Judgement
from xrattest.verify.ima.policy import Severity
from xrattest.verify.ima.rules import KEXEC, Rules

RECORDS_LIMIT = 200
"""Most entries of one severity and one list that are told one by one; all are counted."""

EXPECTED_LIMIT = 8
"""Most reference values that one record repeats."""


@dataclass(slots=True)
class Told:
    """Entries of one severity: all of them counted, the first of them told."""

    count: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """What one pass over a list found."""

    entries: int = 0
    rules: Counter[tuple[str, Severity, str]] = field(default_factory=Counter)
    """Entries by rule, what follows, and kind; the sum is `entries`. Empty where nothing was there to judge by."""
    judged: dict[Severity, Told] = field(default_factory=lambda: {"fail": Told(), "warn": Told()})
    violations: dict[Severity, Told] = field(
        default_factory=lambda: {"fail": Told(), "warn": Told(), "accept": Told()}
    )


def survey(log: Path, rules: Rules, *, first: int = 0, max_size: int = ima.DEFAULT_MAX_SIZE) -> Survey:
    """Judge every entry of the list in `log`, whose first one is the `first`th since boot. Raises `InputError`, `OSError`."""
    if not rules.references:
        described = ima.describe(log, max_size=max_size)
        if not described.violations:
            # Nothing to judge one by one, and natively that is soon known.
            return Survey(entries=described.entries)
    found, kexecs = Survey(), 0
    accepted: dict[str, int] = {}
    judge = rules.judge if rules.references else None
    number = first - 1
    for number, entry in enumerate(ima.read(log, max_size=max_size), start=first):
        if entry.is_violation:
            severity, glob = rules.violation(entry)
            rule = "violations" if glob is None else f"violations-at: {glob}"
            _tell(found.violations[severity], {"rule": rule, **_record(number, "violation", entry)})
        if judge is None:
            continue
        judgement = judge(entry, number, kexecs)
        if judgement.severity == "accept":
            accepted[judgement.rule] = accepted.get(judgement.rule, 0) + 1
            kexecs += judgement is KEXEC
        else:
            found.rules[judgement.rule, judgement.severity, judgement.kind] += 1
            _tell(found.judged[judgement.severity], _judged(number, judgement, entry))
    found.entries = number + 1 - first
    found.rules.update({(rule, "accept", "accepted"): count for rule, count in accepted.items()})
    return found


def _tell(told: Told, record: dict[str, Any]) -> None:
    told.count += 1
    if len(told.records) < RECORDS_LIMIT:
        told.records.append(record)


def _judged(number: int, judgement: Judgement, entry: ima.Entry) -> dict[str, Any]:
    rule = judgement.rule if judgement.by is None else f"{judgement.rule}: {judgement.by}"
    digest = digest_of(entry)
    return {
        "rule": rule,
        **_record(number, judgement.kind, entry),
        **({"expected": list(judgement.expected[:EXPECTED_LIMIT])} if judgement.expected else {}),
        **({} if digest is None else {"got": unpack(digest)}),
    }


def _record(number: int, kind: str, entry: ima.Entry) -> dict[str, Any]:
    record: dict[str, Any] = {"entry": number, "kind": kind, "template": entry.template}
    name = entry.name
    if name is not None:
        path = name.decode("utf-8", "replace")
        record["path"] = path
        if not path.isprintable() or path.encode() != name:
            # What is shown is spelled out for terminals; this is what the list says.
            record["path-bytes"] = base64.b64encode(name).decode("ascii")
    return record
