"""What a collector returns and how it is named: result codes, model identity, node names, loss-free text.

RATS terms (RFC 9334): *evidence* is what a collector read, about a *target environment* (this host), judged later by a
*verifier* against *reference values*.
"""

from __future__ import annotations

import base64
import enum
import os
from dataclasses import dataclass


class ResultCode(enum.StrEnum):
    """How collecting went, from best to worst; docs/decisions/0006 says which one a selector with several parts takes."""

    SUCCESS = "Success"
    PARTIAL = "Partial"
    UNAVAILABLE = "Unavailable"
    FAILURE = "Failure"

    @property
    def severity(self) -> int:
        """0 for Success to 3 for Failure."""
        return list(ResultCode).index(self)


@dataclass(frozen=True, slots=True)
class Model:
    """Name and revision of the schema that a selector's body follows."""

    name: str
    revision: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a collector could not read while the rest of its body is usable."""

    reason: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the platform, `0/RP0/CPU0` on a host with a single one."""

    name: str = "0/RP0/CPU0"

    @property
    def location(self) -> str:
        """The YANG form of the name, such as `node0_RP0_CPU0`."""
        return "node" + self.name.replace("/", "_")


def text_members(name: str, raw: bytes) -> dict[str, str]:
    """Carry `raw` under `name` without loss: readable text, and `<name>-bytes` in base64 when it is not UTF-8."""
    try:
        return {name: raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {name: raw.decode("utf-8", "replace"), f"{name}-bytes": base64.b64encode(raw).decode("ascii")}


def path_members(name: str, path: str | bytes) -> dict[str, str]:
    """`text_members` of a file-system path (surrogate escapes stand for its raw bytes)."""
    return text_members(name, os.fsencode(path))
