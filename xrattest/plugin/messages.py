"""What the host and a collector's process say to each other, each message a small JSON text that is checked as input."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from xrattest.evidence import ResultCode
from xrattest.plugin.processes import Limits


class Request(BaseModel):
    """What is to be collected, and within which limits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    parent: int
    """Process id of whoever asks."""
    plugin: str
    distribution: str
    collector: str
    root: str
    node: str
    options: dict[str, Any]
    state_dir: str | None
    timeout: float
    memory: int
    output: int

    @property
    def limits(self) -> Limits:
        """The limits as one value."""
        return Limits(self.timeout, self.memory, self.output)


class Status(BaseModel):
    """How the collecting process ended; `code` is its exit status or the signal's number."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ended: Literal["exited", "killed", "timeout", "cancelled"]
    code: int = 0


class Report(BaseModel):
    """What the collector's process says when it ends; the parent checks it like any input."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: ResultCode
    reason: str | None = None
    problems: list[dict[str, str]] = []
    unlisted: int = 0
