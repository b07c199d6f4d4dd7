"""What a verifier demands beyond the defaults: the policy file, durations, and the size of both kept small.

A policy is TOML:

    required = ["dossier.structure", "ima.self-consistent"]
    max-age = "10m"
    identity = "edge1.example.net"

    [appraisers]
    allow = ["baseline"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from xrattest.errors import ConfigError
from xrattest.verify.catalogue import CATALOGUE

POLICY_LIMIT = 1 << 20
"""Largest policy file, in bytes."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta:
    """Parse `90s`, `10m`, `2h`, `1d` or `1w`. Raises `ValueError`."""
    match = re.fullmatch(r"([0-9]{1,6})([smhdw])", text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 90s, 10m, 2h, 1d or 1w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _duration_of(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    return duration(value) if isinstance(value, str) else value


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
    max_age: Annotated[timedelta, BeforeValidator(_duration_of)] | None = None
    identity: str | None = Field(default=None, min_length=1)
    appraisers: Appraisers = Appraisers()


def load_policy(path: Path) -> Policy:
    """Read the policy in `path`. Raises `ConfigError` (not TOML, unknown key, unknown check) and `OSError`."""
    with path.open("rb") as file:
        content = file.read(POLICY_LIMIT + 1)
    if len(content) > POLICY_LIMIT:
        raise ConfigError(f"{path}: a policy has at most {POLICY_LIMIT} bytes")
    try:
        policy = Policy.model_validate(tomllib.loads(content.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise ConfigError(f"{path}: {place}: {problem['msg']}") from error
    refuse_unknown(policy.required, policy.appraisers.allow, str(path))
    return policy


def refuse_unknown(required: Collection[str], appraisers: Collection[str], place: str) -> None:
    """Refuse ids that no check of ours and no allowed appraiser can have. Raises `ConfigError` with the list."""
    for check_id in required:
        if check_id not in CATALOGUE and check_id.partition(".")[0] not in appraisers:
            known = ", ".join(CATALOGUE)
            raise ConfigError(
                f"{place}: no check is called {check_id!r}; there are {known}, and those of allowed appraisers"
            )
