"""The protocols that a plugin implements: `Collector`, `Appraiser`, `Section`, and what the host hands to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from xrattest.evidence import Model, Node
from xrattest.hostroot import HostRoot


@dataclass(frozen=True, slots=True)
class Context:
    """What a collector may use. It reads the host through `root` and nothing else."""

    root: HostRoot
    node: Node
    options: BaseModel
    """An instance of the collector's own `options` model: configuration, then dossier options of this run."""
    clock: Callable[[], datetime]
    """The current time, timezone-aware; the only clock a collector asks."""
    state_dir: Path | None = None
    """Directory that belongs to xrattest, for evidence gathered over time (inventory blocks); None when there is none."""


class Body(Protocol):
    """The body of a collector's part, written as it is collected; nothing large is held in memory."""

    def member(self, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Write one top-level member whole."""

    def stream(self, name: str) -> AbstractContextManager[int]:
        """Yield a file descriptor; what the block writes there is the JSON text of the member `name`."""

    def problem(self, reason: str, path: str | bytes | None = None) -> None:
        """Report what could not be read; the part becomes `Partial`."""


@runtime_checkable
class Collector(Protocol):
    """Reads one kind of evidence from the host.

    `collect` writes its body and returns. It raises `xrattest.errors.Unavailable` when this host does not have the thing
    and `CollectError` when it has and cannot be read. It runs in a process of its own, under limits.
    """

    name: ClassVar[str]
    selector: ClassVar[str]
    part: ClassVar[str]
    evidence_type: ClassVar[str]
    """Versioned URI of the kind of evidence, such as `urn:xrattest:evidence:ima:1`."""
    model: ClassVar[Model]
    """The selector's schema; parts of one selector must agree on it."""
    options: ClassVar[type[BaseModel]]
    """Options with defaults for everything; a configuration section of the plugin may supply them."""

    def collect(self, context: Context, body: Body) -> None:
        """Read the host and write the part's body."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of an appraiser; becomes a check of the verdict, its id prefixed with the appraiser's name."""

    check: str
    status: str
    """`pass`, `fail`, `warn` or `skip`."""
    detail: str


@runtime_checkable
class Appraiser(Protocol):
    """Judges one type of evidence on the verifier; used only when allow-listed there by name."""

    name: ClassVar[str]
    selector: ClassVar[str]

    def appraise(self, body: Mapping[str, Any]) -> Iterable[Finding]:
        """Judge a selector's object as it stands in the verified dossier."""


@dataclass(frozen=True, slots=True)
class Section:
    """A plugin's own section of the configuration, `[plugin.<name>]`."""

    name: str
    model: type[BaseModel]
    collectors: tuple[str, ...] = field(default=())
    """Names of the collectors whose options this section supplies."""
