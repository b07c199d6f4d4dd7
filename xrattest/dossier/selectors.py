"""Merge the parts that plugins contribute to a selector into its object: head first, then the bodies, streamed.

Rules (formats, section 1): the worst part decides the result code, where one that is Unavailable beside a usable one does
not count (decision 0006); the bodies' top-level members must be disjoint, among each other and from the head, and the later
part (by name) of a clash is the one that fails; a part that is Unavailable or a Failure contributes no member.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xrattest.dossier.parts import CollectedPart
from xrattest.evidence import Model, ResultCode
from xrattest.strictjson import JsonWriter

HEAD = ("result-code", "model-name", "model-revision", "collectors", "reason", "problems")
"""Members of a selector that the host writes, in their order; `reason` and `problems` only when there are any."""

NO_BODY = frozenset({ResultCode.UNAVAILABLE, ResultCode.FAILURE})


@dataclass(frozen=True, slots=True)
class SelectorObject:
    """One selector of a dossier: its merged head, and the parts that its body is copied from."""

    name: str
    code: ResultCode
    model: Model
    parts: tuple[CollectedPart, ...]
    reason: str | None
    problems: tuple[dict[str, str], ...]


def merge_all(parts: Iterable[CollectedPart]) -> list[SelectorObject]:
    """Return one object per selector, in the order in which selectors first appear in `parts`."""
    grouped: dict[str, list[CollectedPart]] = {}
    for part in parts:
        grouped.setdefault(part.selector, []).append(part)
    return [merge(group) for group in grouped.values()]


def merge(parts: Sequence[CollectedPart]) -> SelectorObject:
    """Merge the parts (at least one) of one selector."""
    merged = _without_clashes(sorted(parts, key=lambda part: (part.part, part.plugin)))
    code = _code(merged)
    return SelectorObject(
        name=merged[0].selector,
        code=code,
        model=merged[0].model,
        parts=tuple(merged),
        reason=_reason(merged, code),
        problems=tuple(row for part in merged for row in _problems(part, several=len(merged) > 1)),
    )


def write_selector(writer: JsonWriter, selector: SelectorObject) -> None:
    """Write the selector as a member of the open object; bodies are copied file to file. Raises `OSError`."""
    writer.key(selector.name)
    with writer.object():
        for name, value in _head(selector).items():
            writer.member(name, value)
        for part in selector.parts:
            if part.body is None:
                continue
            for member in part.members:
                writer.key(str(member.key))
                writer.copy_from(part.body, member.start, member.end)


def _head(selector: SelectorObject) -> dict[str, Any]:
    head: dict[str, Any] = {
        "result-code": str(selector.code),
        "model-name": selector.model.name,
        "model-revision": selector.model.revision,
        "collectors": [
            {
                "plugin": part.plugin,
                "version": part.version,
                "part": part.part,
                "start-time": part.start.timestamp(),
                "end-time": part.end.timestamp(),
            }
            for part in selector.parts
        ],
    }
    if selector.reason is not None:
        head["reason"] = selector.reason
    if selector.problems:
        head["problems"] = list(selector.problems)
    return head


def _without_clashes(parts: Sequence[CollectedPart]) -> list[CollectedPart]:
    owners = dict.fromkeys(HEAD, "the host")
    kept = []
    for part in parts:
        names = [str(member.key) for member in part.members]
        taken = [name for name in names if name in owners]
        if taken:
            reason = f"its member {taken[0]!r} is that of {owners[taken[0]]}"
            kept.append(
                replace(part, code=ResultCode.FAILURE, reason=reason, problems=(), body=None, members=())
            )
            continue
        owners |= dict.fromkeys(names, f"part {part.part!r}")
        kept.append(part)
    return kept


def _code(parts: Sequence[CollectedPart]) -> ResultCode:
    """Return the code of the worst part; a thing that the host has not does not speak for those that it has."""
    has_usable = any(part.code not in NO_BODY for part in parts)
    deciding = [part.code for part in parts if not (has_usable and part.code is ResultCode.UNAVAILABLE)]
    return max(deciding, key=lambda code: code.severity)


def _reason(parts: Sequence[CollectedPart], code: ResultCode) -> str | None:
    """Why the selector is Unavailable or a Failure; parts are named where there is more than one."""
    if code not in NO_BODY:
        return None
    named = [part for part in parts if part.code is code]
    reasons = [str(part.reason) if len(parts) == 1 else f"{part.part}: {part.reason}" for part in named]
    return "; ".join(dict.fromkeys(reasons))


def _problems(part: CollectedPart, *, several: bool) -> list[dict[str, str]]:
    rows = list(part.problems)
    if several and part.code in NO_BODY:
        # Beside parts that are usable, each one that is not is a problem of its own; alone, the reason says it all.
        rows.append({"result-code": str(part.code), "reason": str(part.reason)})
    return [{"plugin": part.plugin, "part": part.part, **row} for row in rows]
