"""The options of collectors: their defaults, then the configuration, then the command line of this run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from xrattest.errors import ConfigError, InputError
from xrattest.plugin.collector import Collector, Section
from xrattest.plugin.reasons import one_line

Overrides = Mapping[str, Mapping[str, Any]]
"""Options of this run: collector name, option name, value."""


def configured_options(
    collector: Collector, sections: Iterable[Section], configured: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the options that `[plugin.<name>]` sections of the configuration supply to `collector`.

    A section that names the collector supplies those of its values that are options of it; a section of the collector's
    own name that no plugin declares supplies all of its values. Raises `ConfigError`.
    """
    declared = {section.name: section for section in sections}
    options: dict[str, Any] = {}
    if collector.name not in declared:
        options |= configured.get(collector.name, {})
    for name, section in declared.items():
        if collector.name in section.collectors and name in configured:
            checked = _validated(section.model, configured[name], f"plugin.{name}")
            given = checked.model_dump(include=checked.model_fields_set, mode="json")
            options |= {key: value for key, value in given.items() if _takes(collector, key)}
    return options


def merged_options(
    collector: Collector, configured: Mapping[str, Any], override: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the collector is started with. Raises `ConfigError` for what it does not take."""
    place = f"plugin.{collector.name}"
    unknown = [key for key in (*configured, *override) if not _takes(collector, key)]
    if unknown:
        raise ConfigError(f"{place}: no option {unknown[0]!r}; it has: {_fields(collector)}")
    options = {_input_key(collector, key): value for key, value in (*configured.items(), *override.items())}
    _validated(collector.options, options, place)
    return options


def check_overrides(collectors: Sequence[Collector], overrides: Overrides) -> None:
    """Refuse options of this run that name no collector, no option, or a value that it does not take: `InputError`."""
    known = {collector.name: collector for collector in collectors}
    for name, values in overrides.items():
        collector = known.get(name)
        if collector is None:
            raise InputError(
                f"no collector {name!r} runs here; these do: {', '.join(sorted(known)) or 'none'}"
            )
        for key in values:
            if not _takes(collector, key):
                raise InputError(f"collector {name!r} has no option {key!r}; it has: {_fields(collector)}")
        try:
            merged_options(collector, {}, values)
        except ConfigError as error:
            raise InputError(f"option {str(error).removeprefix('plugin.')}") from error


def parse_override(text: str) -> tuple[str, str, Any]:
    """Parse `COLLECTOR.OPTION=VALUE`, the value in TOML, a bare word taken as a string. Raises `InputError`."""
    target, equals, value = text.partition("=")
    collector, dot, option = target.partition(".")
    if not (equals and dot and collector and option) or "\n" in text:
        raise InputError(f"{one_line(text, 80)!r} is not COLLECTOR.OPTION=VALUE")
    try:
        return collector, option, tomllib.loads(f"value = {value}\n")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        if value and not set(value) & set("\"'[]{}\n#="):
            return collector, option, value
        raise InputError(f"{one_line(value, 80)!r} is no TOML value") from None


def _takes(collector: Collector, key: str) -> bool:
    return any(key in spellings for spellings in _spellings(collector).values())


def _input_key(collector: Collector, key: str) -> str:
    """Return the key by which the options model reads the option that `key` means."""
    return next(name for name, spellings in _spellings(collector).items() if key in spellings)


def _spellings(collector: Collector) -> dict[str, set[str]]:
    """Return, by the key that the model reads, how an option may be spelled: outside of Python, with hyphens."""
    fields = collector.options.model_fields
    return {
        field.alias or name: {field.alias or name, name, name.replace("_", "-")}
        for name, field in fields.items()
    }


def _fields(collector: Collector) -> str:
    return ", ".join(sorted(name.replace("_", "-") for name in collector.options.model_fields)) or "none"


def _validated(model: type[BaseModel], values: Mapping[str, Any], place: str) -> BaseModel:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([place, *map(str, first["loc"])])
        raise ConfigError(f"{where}: {one_line(first['msg'])}") from error
