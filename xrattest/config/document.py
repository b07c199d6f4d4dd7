"""The TOML text of the configuration: parse, validate, edit one key. Comments and order survive an edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from pydantic import BaseModel, ValidationError
from tomlkit.exceptions import TOMLKitError

from xrattest.config.model import Settings
from xrattest.errors import ConfigError

MAX_DOCUMENT = 1 << 20
"""A configuration of more bytes than this is refused."""

Sections = Mapping[str, type[BaseModel]]
"""Models of plugins' own sections, by section name."""


def parse(text: str) -> dict[str, Any]:
    """Return the tables of `text` as plain Python values. Raises `ConfigError` with line and column."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_DOCUMENT:
        raise ConfigError(f"configuration: longer than {MAX_DOCUMENT} bytes")
    return _parse(text).unwrap()


def _parse(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise ConfigError(f"configuration is not TOML: {error}") from error


def validate(text: str, sections: Sections) -> Settings:
    """Return `text` as settings: the core whole, and each plugin section whose model is known.

    Raises `ConfigError` that names every key in fault and its range.
    """
    tables = parse(text)
    try:
        settings = Settings.model_validate(tables, by_alias=True, by_name=False)
    except ValidationError as error:
        raise ConfigError(f"configuration: {describe(error)}") from error
    for name, section in settings.plugin.items():
        validate_section(name, section, sections)
    return settings


def validate_section(name: str, section: Mapping[str, Any], sections: Sections) -> BaseModel | None:
    """Return `[plugin.<name>]` as the plugin's own model; None when no plugin declares it. Raises `ConfigError`."""
    model = sections.get(name)
    if model is None:
        return None
    try:
        return model.model_validate(section)
    except ValidationError as error:
        raise ConfigError(f"configuration: {describe(error, f'plugin.{name}')}") from error


def describe(error: ValidationError, prefix: str = "") -> str:
    """Return one line that names each key in fault and why; values are not quoted, since one may be a misplaced secret."""
    faults = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(part for part in (prefix, *map(str, fault["loc"])) if part)
        reason = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            reason = "no such setting"
        faults.append(f"{place}: {reason}" if place else reason)
    return "; ".join(faults)


def parse_key(dotted: str) -> tuple[str, ...]:
    """Split a dotted path by TOML's rules: `plugin."a.b".x` has three parts. Raises `ConfigError`."""
    try:
        if "\n" in dotted or "\r" in dotted or "#" in dotted.partition("=")[0]:
            raise ConfigError(f"{dotted!r} is not a dotted path of keys")
        table: Any = tomlkit.parse(f"{dotted} = 0").unwrap()
    except (TOMLKitError, ValueError) as error:
        raise ConfigError(f"{dotted!r} is not a dotted path of keys") from error
    parts: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        ((part, table),) = table.items()
        parts.append(part)
    if not parts or table != 0:
        raise ConfigError(f"{dotted!r} is not a dotted path of keys")
    return tuple(parts)


def parse_value(text: str) -> Any:  # noqa: ANN401 - any TOML value
    """Return `text` as a TOML value; what is none, and does not open like one, is a bare string. Raises `ConfigError`."""
    try:
        return tomlkit.value(text.strip()).unwrap()
    except (TOMLKitError, ValueError) as error:
        if text.lstrip().startswith(("[", "{", '"', "'")):
            raise ConfigError(f"{text!r} is not a TOML value: {error}") from error
        return text


def set_key(text: str, dotted: str, value: Any) -> str:  # noqa: ANN401 - any TOML value
    """Return `text` with `dotted` set to `value`, tables made on the way. Raises `ConfigError`."""
    *tables, last = parse_key(dotted)
    document = _parse(text)
    place: Any = document
    for position, part in enumerate(tables):
        if part not in place:
            place[part] = tomlkit.table(is_super_table=position + 1 < len(tables))
        place = place[part]
        if not isinstance(place, dict):
            raise ConfigError(f"{'.'.join(tables[: position + 1])} is a value, not a table")
    try:
        place[last] = value
        return _round_trip(document, text)
    except (TOMLKitError, ValueError, TypeError) as error:
        raise ConfigError(f"{dotted} cannot be set: {error}") from error


def delete_key(text: str, dotted: str) -> str:
    """Return `text` without `dotted`, so that its default holds again. Raises `ConfigError` when it is not there."""
    *tables, last = parse_key(dotted)
    document = _parse(text)
    place: Any = document
    for part in tables:
        place = place.get(part) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last not in place:
        raise ConfigError(f"{dotted} is not set: nothing to delete")
    del place[last]
    return _round_trip(document, text)


def _round_trip(document: tomlkit.TOMLDocument, before: str) -> str:
    """Return the document's text, proven to read back as the same values: an editor's slip must not reach the file."""
    text = tomlkit.dumps(document)
    if text and not text.endswith("\n") and (before.endswith("\n") or not before):
        text += "\n"
    if parse(text) != document.unwrap():
        raise ConfigError("the edit does not read back as it was meant: edit the file by hand")
    return text
