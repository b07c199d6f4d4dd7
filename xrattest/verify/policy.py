"""What a verifier demands beyond the defaults: the policy file, and durations.

A policy is TOML, or the same structure as JSON, which is meant for long lists of reference values:

    required = ["dossier.structure", "ima.self-consistent"]
    max-age = "10m"
    identity = "edge1.example.net"

    [appraisers]
    allow = ["baseline"]

    [ima]
    violations = "fail"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from xrattest import strictjson
from xrattest.errors import ConfigError, InputError
from xrattest.verify.catalogue import CATALOGUE
from xrattest.verify.ima.policy import ImaPolicy

TOML_LIMIT = 1 << 20
"""Largest policy file in TOML, in bytes: its reader is slow."""

JSON_LIMIT = 256 << 20
"""Largest policy file in JSON, in bytes."""

DURATION_PATTERN = r"^([0-9]{1,6})([smhdw])$"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta:
    """Parse `90s`, `10m`, `2h`, `1d` or `1w`. Raises `ValueError`."""
    match = re.fullmatch(DURATION_PATTERN, text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 90s, 10m, 2h, 1d or 1w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _duration_of(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    return duration(value) if isinstance(value, str) else value


Duration: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_duration_of),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]


class Appraisers(BaseModel):
    """Which plugins may add checks."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    allow: tuple[str, ...] = Field(default=(), strict=False)


class Policy(BaseModel):
    """What is demanded of every envelope; the command line's options override it one by one."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=lambda name: name.replace("_", "-")
    )

    required: tuple[str, ...] = Field(default=(), strict=False)
    max_age: Duration | None = None
    identity: str | None = Field(default=None, min_length=1)
    appraisers: Appraisers = Appraisers()
    ima: ImaPolicy = ImaPolicy()

    @property
    def implied(self) -> tuple[str, ...]:
        """Checks that must not be skipped because something is demanded of what they judge."""
        return ("ima.violations",) if self.ima.model_fields_set & {"violations", "violations_at"} else ()


def load_policy(path: Path) -> Policy:
    """Read the policy in `path`: JSON where its first character is a brace, else TOML.

    Raises `ConfigError` (malformed, a key twice, unknown key, unknown check, over the limit) and `OSError`.
    """
    with path.open("rb") as file:
        content = file.read(JSON_LIMIT + 1)
    is_json = content[:64].lstrip()[:1] == b"{"
    limit = JSON_LIMIT if is_json else TOML_LIMIT
    if len(content) > limit:
        more = "" if is_json else "; JSON may be longer"
        raise ConfigError(f"{path}: a policy has at most {limit} bytes{more}")
    try:
        value = (
            strictjson.loads(content, max_size=JSON_LIMIT)
            if is_json
            else tomllib.loads(content.decode("utf-8"))
        )
        policy = Policy.model_validate(value)
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_problem(error)}") from error
    except (InputError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
    refuse_unknown(policy.required, policy.appraisers.allow, str(path))
    return policy


def first_problem(error: ValidationError) -> str:
    """Return where the first thing stands that a model refused, and why, in one line."""
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(part)[:200] for part in problem["loc"])
    return f"{place}: {problem['msg']}"


def refuse_unknown(required: Collection[str], appraisers: Collection[str], place: str) -> None:
    """Refuse ids that no check of ours and no allowed appraiser can have. Raises `ConfigError` with the list."""
    for check_id in required:
        if check_id not in CATALOGUE and check_id.partition(".")[0] not in appraisers:
            known = ", ".join(CATALOGUE)
            raise ConfigError(
                f"{place}: no check is called {check_id!r}; there are {known}, and those of allowed appraisers"
            )
