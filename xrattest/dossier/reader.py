"""Read a dossier from a file: validate its text in one pass, index it by byte ranges, list what breaks its structure.

Bodies are never parsed here; `load` and `member_range` reach into them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from xrattest import strictjson
from xrattest.dossier.selectors import HEAD
from xrattest.dossier.writer import MODEL
from xrattest.errors import NotADossierError
from xrattest.evidence import Model, ResultCode
from xrattest.strictjson import Member

TEXT_BACKED = ("license-udi", "version", "platform")
FIRST_KEYS = ("collection-start-time", "model-name", "model-revision")
LAST_KEY = "collection-end-time"
NODES = "nodes"

SMALL = 1 << 20
"""Bytes of JSON text of a member that is parsed whole; `problems[]` may be larger and then stays a range."""

LATEST = 253402300800.0
"""First second after the year 9999."""


@dataclass(frozen=True, slots=True)
class SelectorEntry:
    """One selector's object: its head, parsed, and the byte ranges of its body's members."""

    name: str
    place: Member
    code: ResultCode
    model: Model | None
    """None for the text-backed members."""
    reason: str | None
    members: Mapping[str, Member]
    """Every member, those of the head too."""

    @property
    def body(self) -> dict[str, Member]:
        """Members that are not the host's head, in their order."""
        return {name: member for name, member in self.members.items() if name not in HEAD}


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier in bytes `start` to `end` of a file; times are seconds since the epoch, None where they are damaged."""

    path: Path
    start_time: float | None
    end_time: float | None
    model: Model
    nonce: str | None
    texts: Mapping[str, SelectorEntry]
    selectors: Mapping[str, SelectorEntry]
    nodes: Member | None
    """Envelopes of other nodes, each with an anchor and a verdict of its own."""
    problems: tuple[str, ...]
    """What breaks the structure, each saying where; a dossier with problems is damaged."""

    @classmethod
    def read(
        cls, path: Path, *, start: int = 0, end: int | None = None, max_size: int = strictjson.MAX_SIZE
    ) -> Self:
        """Validate and index a dossier.

        Raises `JsonFormatError` (no strict JSON), `NotADossierError` (JSON that is no dossier), `LimitError`, `OSError`; what is a dossier and
        breaks its structure has `problems`.
        """
        members = {str(m.key): m for m in strictjson.members(path, start=start, end=end, max_size=max_size)}
        text = _Text(path, max_size)
        model = Model(*(text.string(members, key) or "" for key in ("model-name", "model-revision")))
        if model.name != MODEL.name:
            raise NotADossierError(
                start, f"no dossier: model-name is {model.name!r} instead of {MODEL.name!r}"
            )
        problems = list(_order_problems(list(members)))
        names = [key for key in members if key not in {*FIRST_KEYS, LAST_KEY, "nonce", NODES}]
        entries = {name: entry for name in names if (entry := text.entry(members[name], problems))}
        times = [text.time(members, key, problems) for key in ("collection-start-time", LAST_KEY)]
        nonce = text.string(members, "nonce")
        if nonce is None and "nonce" in members:
            problems.append("nonce is no string")
        return cls(
            path, times[0], times[1], model, nonce,
            {name: entry for name, entry in entries.items() if name in TEXT_BACKED},
            {name: entry for name, entry in entries.items() if name not in TEXT_BACKED},
            members.get(NODES), tuple(problems),
        )  # fmt: skip

    def load(self, member: Member, *, max_size: int = SMALL) -> Any:  # noqa: ANN401 - any JSON value
        """Parse one member's value. Raises `LimitError` above `max_size` bytes of text, `OSError`."""
        return strictjson.load_member(self.path, member, max_size=max_size)

    def find(self, selector: str, *pointer: str | int) -> list[Member]:
        """List the container at `pointer` inside a selector. Raises `KeyError`, `JsonFormatError`, `OSError`."""
        place = self.selectors[selector].place
        return strictjson.members(self.path, pointer=pointer, start=place.start, end=place.end)


@dataclass(frozen=True, slots=True)
class _Text:
    """Small values of the text in a file."""

    path: Path
    max_size: int

    def small(self, member: Member) -> Any:  # noqa: ANN401 - any JSON value
        return strictjson.load_member(self.path, member, max_size=SMALL)

    def string(self, members: Mapping[str, Member], key: str) -> str | None:
        member = members.get(key)
        if member is None or member.kind != "string":
            return None
        return str(self.small(member))

    def time(self, members: Mapping[str, Member], key: str, problems: list[str]) -> float | None:
        member = members.get(key)
        value = self.small(member) if member is not None and member.kind == "number" else None
        if value is None or not 0 <= value < LATEST:
            problems.append(f"{key} is no time in seconds since the epoch")
            return None
        return float(value)

    def entry(self, place: Member, problems: list[str]) -> SelectorEntry | None:
        name = str(place.key)
        if place.kind != "object":
            problems.append(f"{name} is no object")
            return None
        listed = strictjson.members(self.path, start=place.start, end=place.end, max_size=self.max_size)
        members = {str(member.key): member for member in listed}
        code = self.string(members, "result-code")
        if code not in list(ResultCode):
            problems.append(f"{name}: result-code {code!r} is none of {', '.join(ResultCode)}")
            return None
        entry = SelectorEntry(
            name, place, ResultCode(code), self._model(members), self.string(members, "reason"), members
        )
        problems.extend(f"{name}: {problem}" for problem in _entry_problems(entry))
        return entry

    def _model(self, members: Mapping[str, Member]) -> Model | None:
        name, revision = (self.string(members, key) for key in ("model-name", "model-revision"))
        return Model(name, revision) if name and revision else None


def _order_problems(keys: list[str]) -> Iterator[str]:
    first = [*FIRST_KEYS, *(["nonce"] if "nonce" in keys else []), *TEXT_BACKED]
    missing = [key for key in (*first, LAST_KEY) if key not in keys]
    yield from (f"{key} is missing" for key in missing)
    if not missing and (keys[: len(first)] != first or keys[-1] != LAST_KEY):
        yield f"the keys are not in the order {', '.join(first)}, selectors, {LAST_KEY}"


def _entry_problems(entry: SelectorEntry) -> Iterator[str]:
    text_backed = entry.name in TEXT_BACKED
    if entry.code in {ResultCode.UNAVAILABLE, ResultCode.FAILURE} and not entry.reason:
        yield f"{entry.code} without a reason"
    if text_backed and entry.name not in entry.members:
        yield "its text is missing"
    if not text_backed and entry.model is None:
        yield "model-name or model-revision is missing"
    if not text_backed and ("collectors" not in entry.members or entry.members["collectors"].kind != "array"):
        yield "collectors is missing"
    if entry.code is ResultCode.PARTIAL and "problems" not in entry.members:
        yield "Partial without problems"
