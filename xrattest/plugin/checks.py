"""Check what hooks return against the protocols of `xrattest.plugin.collector`, naming the attribute that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from xrattest.evidence import Model
from xrattest.plugin.collector import Section
from xrattest.plugin.reasons import one_line

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 64
RESERVED_SELECTORS = frozenset({
    "collection-start-time", "collection-end-time", "model-name", "model-revision", "nonce", "license-udi", "version",
    "platform", "nodes",
})  # fmt: skip
"""Keys of a dossier that are no selectors."""

Check = Callable[[Any], str | None]
"""Return what is wrong with an object, or None."""


def check_collector(candidate: Any) -> str | None:  # noqa: ANN401 - anything a plugin may return
    """Return what keeps `candidate` from being a `Collector`, or None."""
    return (
        _wrong_names(candidate, "collector", ("name", "selector", "part"))
        or _reserved(candidate)
        or _wrong_type(candidate, "collector", "evidence_type", str, "a URI")
        or _wrong_type(candidate, "collector", "model", Model, "a Model")
        or _wrong_model(candidate.model)
        or _wrong_options(candidate)
        or _wrong_method(candidate, "collector", "collect")
    )


def check_appraiser(candidate: Any) -> str | None:  # noqa: ANN401 - anything a plugin may return
    """Return what keeps `candidate` from being an `Appraiser`, or None."""
    return _wrong_names(candidate, "appraiser", ("name", "selector")) or _wrong_method(
        candidate, "appraiser", "appraise"
    )


def check_command(candidate: Any) -> str | None:  # noqa: ANN401 - anything a plugin may return
    """Return what keeps `candidate` from being a command with a name, or None."""
    import click  # noqa: PLC0415 - the workers check collectors only and start faster without it

    if not isinstance(candidate, click.Command):
        return f"{_shown(candidate)} is no click.Command"
    return None if candidate.name else "a command has no name"


def check_section(candidate: Any) -> str | None:  # noqa: ANN401 - anything a plugin may return
    """Return what keeps `candidate` from being a configuration `Section`, or None."""
    if not isinstance(candidate, Section):
        return f"{_shown(candidate)} is no xrattest.plugin.Section"
    name: object = candidate.name
    model: object = candidate.model
    if not _is_name(name):
        return f"section name {candidate.name!r} is not lower-case words joined by hyphens"
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return f"section {candidate.name!r}: model is no pydantic model class"
    return None


def _wrong_names(candidate: Any, kind: str, attributes: tuple[str, ...]) -> str | None:  # noqa: ANN401 - see above
    if isinstance(candidate, type):
        return f"{candidate.__name__} is a class; return an instance of it"
    for attribute in attributes:
        if not hasattr(candidate, attribute):
            return f"{kind} {_shown(candidate)} has no attribute {attribute!r}"
        value = getattr(candidate, attribute)
        if not _is_name(value):
            shown = one_line(repr(value), 80)
            return (
                f"{kind} {_shown(candidate)}: {attribute} {shown} is not lower-case words joined by hyphens"
            )
    return None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME and NAME.fullmatch(value) is not None


def _reserved(candidate: Any) -> str | None:  # noqa: ANN401 - see above
    if candidate.selector in RESERVED_SELECTORS:
        return f"collector {candidate.name!r}: selector {candidate.selector!r} is a key of the dossier itself"
    return None


def _wrong_type(candidate: Any, kind: str, attribute: str, wanted: type, shown: str) -> str | None:  # noqa: ANN401 - see above
    if not hasattr(candidate, attribute):
        return f"{kind} {candidate.name!r} has no attribute {attribute!r}"
    value = getattr(candidate, attribute)
    if not isinstance(value, wanted) or not value:
        return f"{kind} {candidate.name!r}: {attribute} is {type(value).__name__}, not {shown}"
    return None


def _wrong_model(model: Model) -> str | None:
    values: tuple[object, object] = (model.name, model.revision)
    for value in values:
        if not isinstance(value, str) or not value or not value.isprintable():
            return f"model {one_line(repr(model), 120)} needs a name and a revision"
    return None


def _wrong_options(candidate: Any) -> str | None:  # noqa: ANN401 - see above
    options = getattr(candidate, "options", None)
    if not (isinstance(options, type) and issubclass(options, BaseModel)):
        return f"collector {candidate.name!r} has no attribute 'options' that is a pydantic model class"
    required = [name for name, field in options.model_fields.items() if field.is_required()]
    if required:
        return f"collector {candidate.name!r}: option {required[0]!r} has no default"
    return None


def _wrong_method(candidate: Any, kind: str, method: str) -> str | None:  # noqa: ANN401 - see above
    if not callable(getattr(candidate, method, None)):
        return f"{kind} {candidate.name!r} has no method {method!r}"
    return None


def _shown(candidate: object) -> str:
    name = getattr(candidate, "name", None)
    return repr(name) if isinstance(name, str) and name else type(candidate).__name__
