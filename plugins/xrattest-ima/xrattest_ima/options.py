"""Options of the collector, all with defaults."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from xrattest import ima

MOST_EVENTS = 1 << 62
"""More than any list has; a number beyond it is a mistake."""

BOOT_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""A boot id as the kernel writes it (`/proc/sys/kernel/random/boot_id`)."""

ASCTIME = "%a %b %d %H:%M:%S %Y"


def _asctime(text: str) -> str:
    try:
        datetime.strptime(text, ASCTIME)  # noqa: DTZ007 - only its shape is looked at
    except ValueError:
        raise ValueError(f"{text!r} is not a time such as 'Tue Jul 27 13:55:12 2021'") from None
    return text


EventNumber = Annotated[int, Field(ge=0, lt=MOST_EVENTS)]


class Start(BaseModel):
    """Where a verifier left off on one node."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    start_event: EventNumber | None = None
    """Number of the last event that the verifier has, 0-based: those after it are sent."""
    start_sequence: EventNumber | None = None
    """The same by its other name."""
    start_time: Annotated[str, AfterValidator(_asctime)]
    """`start-time` of the node as the verifier was told; another one means another boot."""

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.start_event is None) == (self.start_sequence is None):
            raise ValueError("one of start_event and start_sequence is needed, and not both")
        return self

    @property
    def number(self) -> int:
        """Number of the last event that the verifier has."""
        number = self.start_sequence if self.start_event is None else self.start_event
        assert number is not None
        return number


class Incremental(BaseModel):
    """Where to start on which node: `{"ima_start": [{"0/RP0/CPU0": {"start_event": 1000, "start_time": "…"}}]}`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    ima_start: list[dict[str, Start]]

    @model_validator(mode="after")
    def _each_node_once(self) -> Self:
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise ValueError(f"node {twice[0]!r} stands twice")
        return self

    @property
    def names(self) -> list[str]:
        """The nodes that are named, in order."""
        return [name for starts in self.ima_start for name in starts]

    def of(self, node: str) -> Start | None:
        """Return where to start on `node`, None when nothing is said of it."""
        return next((starts[node] for starts in self.ima_start if node in starts), None)


class ImaOptions(BaseModel):
    """Options of the collector; all have defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    log: Path | None = None
    """A list to read instead of the kernel's, binary, plain, gzip or zstd; looked up below the root that is attested."""
    display: Literal["full", "compact"] = "full"
    """`full`: one object per entry. `compact`: protobuf blocks in base64."""
    max_size: int = Field(default=ima.DEFAULT_MAX_SIZE, gt=0)
    """Largest list in bytes, decompressed."""
    incremental: Incremental | None = None
    """Send the events after these only, instead of the whole list."""
    banks: tuple[str, ...] = Field(default=("sha1", "sha256"), min_length=1)
    """Banks in which `ima-start` and `ima-end` give PCR values: those that the verifier has quoted."""
    boot_id: str | None = Field(default=None, pattern=f"^{BOOT_ID}$")
    """Boot that the list in `log` is of; the kernel's own list needs none."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.boot_id is not None and self.log is None:
            raise ValueError("boot_id is for a list given as log; the kernel tells that of its own")
        try:
            ima.replay(b"", self.banks)
        except ValueError as error:
            raise ValueError(f"banks: {error}") from error
        return self
