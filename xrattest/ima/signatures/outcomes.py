"""How the check of one signature ended, and counts over a list."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_NAMED = 100
"""Most identifiers and remarks that a summary keeps."""


class Kind(enum.StrEnum):
    """What stands where a signature may stand."""

    __hash__ = str.__hash__
    """Members are counted once per entry, and an enumeration's own hash is computed by Python code."""

    IMA_V2 = "ima-v2"
    """`security.ima`, a signature over the digest of the file."""
    IMA_V3 = "ima-v3"
    """`security.ima`, a signature over type, algorithm and digest (`struct ima_file_id`)."""
    EVM_PORTABLE = "evm-portable"
    """`security.evm`, a signature over protected attributes, owner and mode."""
    MODSIG = "modsig"
    """A CMS message appended to the file."""
    HASH_ONLY = "hash-only"
    """A digest that nobody signed."""
    NONE = "none"
    UNKNOWN = "unknown"
    """Nothing that a kernel accepts."""


class Result(enum.StrEnum):
    """How the check of it ended."""

    __hash__ = str.__hash__

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN_KEY = "unknown-key"
    """None of the given keys has the identifier that it names."""
    UNSUPPORTED = "unsupported"
    """Of a kind that cannot be verified here."""
    NOT_CHECKABLE = "not-checkable"
    """The entry does not hold what was signed."""
    UNSIGNED = "unsigned"
    """There is nothing to check, and the entry is of a file that could have been signed."""
    NO_FILE = "no-file"
    """Nothing that could be signed: the boot aggregate, a measured buffer, a violation."""


class Judgement(NamedTuple):
    """What was found; entries with the same content share one."""

    kind: Kind
    result: Result
    key_id: str | None = None
    """8 hex digits; None where none is named."""
    reason: str = ""
    """For people; empty for what is valid or unsigned."""


class Outcome(NamedTuple):
    """One signature of one entry, or that it has none."""

    entry: int
    """0-based number of the entry."""
    path: bytes | None
    """As the kernel logged it; None where the template has no name."""
    field: str
    """Kernel's id of the template field that holds it: sig, evmsig, modsig, or xattrvalues."""
    judgement: Judgement


@dataclass(slots=True)
class Summary:
    """Counts over a list; its size does not grow with the list."""

    entries: int = 0
    results: Counter[tuple[Kind, Result]] = field(default_factory=Counter)
    valid_by_key: Counter[str] = field(default_factory=Counter)
    """Valid signatures by key identifier, 8 hex digits."""
    unknown_keys: Counter[str] = field(default_factory=Counter)
    """Signatures of keys that were not given, by identifier; the first hundred of those."""
    remarks: list[str] = field(default_factory=list)
    """What else a reader should know, such as a measured key that could not be read."""

    def add(self, judgement: Judgement, number: int = 1) -> None:
        """Count `number` more outcomes."""
        self.results[judgement.kind, judgement.result] += number
        key_id = judgement.key_id
        if key_id is None:
            return
        if judgement.result is Result.VALID:
            self.valid_by_key[key_id] += number
        elif judgement.result is Result.UNKNOWN_KEY and (
            key_id in self.unknown_keys or len(self.unknown_keys) < MOST_NAMED
        ):
            self.unknown_keys[key_id] += number

    def remark(self, text: str) -> None:
        """Keep a remark, of the first hundred."""
        if len(self.remarks) < MOST_NAMED:
            self.remarks.append(text)

    def count(self, *results: Result) -> int:
        """Return how many outcomes had one of `results`."""
        return sum(number for (_, result), number in self.results.items() if result in results)
