"""Keylime runtime policies (version 1) as a policy of ours, so that who has them can keep them.

Where the meaning differs, ours is the stricter, and what cannot be carried over is told: docs/reference/ima-policy.md lists it.
Older flat allow lists (`<hex>  <path>` per line) are read too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xrattest import strictjson
from xrattest.errors import InputError, LimitError
from xrattest.patterns import Patterns
from xrattest.verify.ima.policy import ImaPolicy, PathRules
from xrattest.verify.policy import first_problem

SIZE_LIMIT = 256 << 20
"""Largest file, in bytes."""

_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""Keylime writes digests without their algorithm; it follows from the number of hexadecimal digits."""

_HEX = re.compile(r"[0-9a-fA-F]+")
_NAMED = re.compile(r"([a-z0-9][a-z0-9_-]{0,30}):([0-9a-fA-F]+)")
_FLAT = re.compile(r"([0-9a-fA-F]+)[ \t]+\*?(\S.*)")


class KeylimeError(InputError):
    """A Keylime policy that is none, or says what cannot be kept; the text says where."""


@dataclass(frozen=True, slots=True)
class KeylimePolicy:
    """What a Keylime policy becomes."""

    policy: ImaPolicy
    notes: tuple[str, ...]
    """What was not carried over, and what that means."""


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=lambda name: name.replace("_", "-")
    )


class _Meta(_Part):
    model_config = ConfigDict(extra="allow")
    version: int


class _Ima(BaseModel):
    # Keylime writes these with underscores, the others with hyphens.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    ignored_keyrings: list[str] = []
    log_hash_alg: str = "sha1"
    dm_policy: dict[str, Any] | None = None


class _RuntimePolicy(_Part):
    meta: _Meta
    release: int = 0
    digests: dict[str, list[str]] = Field(default={})
    excludes: list[str] = []
    keyrings: dict[str, list[str]] = Field(default={})
    ima: _Ima = _Ima()
    ima_buf: dict[str, list[str]] = Field(default={})
    verification_keys: str = ""
    rules: Any = None


def read_keylime(path: Path) -> KeylimePolicy:
    """Read a runtime policy or a flat allow list. Raises `KeylimeError`, `JsonFormatError`, `LimitError`, `OSError`."""
    with path.open("rb") as file:
        content = file.read(SIZE_LIMIT + 1)
    if len(content) > SIZE_LIMIT:
        raise LimitError(f"{path}: the size of a Keylime policy", SIZE_LIMIT)
    if content[:64].lstrip()[:1] != b"{":
        return KeylimePolicy(_flat(path, content), ())
    value = strictjson.loads(content, max_size=SIZE_LIMIT)
    if "payloadType" in value:
        raise KeylimeError(
            f"{path}: signed (DSSE); its signature is not verified here: verify it with Keylime's tools, and give its payload"
        )
    try:
        found = _RuntimePolicy.model_validate(value)
    except ValidationError as error:
        raise KeylimeError(f"{path}: no Keylime runtime policy: {first_problem(error)}") from error
    if found.meta.version != 1:
        raise KeylimeError(f"{path}: version {found.meta.version} of the format; version 1 is read")
    return _converted(path, found)


def _converted(path: Path, found: _RuntimePolicy) -> KeylimePolicy:
    try:
        # Each alone, before it is put into a group that it could close.
        Patterns(regexes=found.excludes)
    except ValueError as error:
        raise KeylimeError(f"{path}: excludes: {error}") from error
    # Every value is checked by now: validating hundreds of thousands of them again would take longer than judging a list.
    policy = ImaPolicy().model_copy(
        update={
            "exclude": PathRules(regexes=[_whole(regex) for regex in found.excludes]),
            "ignored_keyrings": [_logged(name) for name in found.ima.ignored_keyrings],
            "allow": _listed(path, "digests", found.digests),
            "keyrings": _listed(path, "keyrings", found.keyrings),
            "buffers": _listed(path, "ima-buf", found.ima_buf),
        }
    )
    notes = []
    if found.ima.dm_policy is not None:
        notes.append(
            "ima.dm_policy is not carried over: device-mapper entries are judged as buffers, so unlisted"
        )
    if found.verification_keys:
        notes.append(
            "verification-keys are not carried over: a file with a good signature still needs a digest here"
        )
    if found.rules is not None:
        notes.append("rules are not carried over")
    return KeylimePolicy(policy, tuple(notes))


def _whole(regex: str) -> str:
    """Return an exclude that means what Keylime's does: from the first character, any rest, `.` no newline."""
    return f"(?-s:{regex})(?s:.*)"


def _logged(name: str) -> str:
    """Return a keyring's name as the kernel logs it: blanks become `_`."""
    return name.replace(" ", "_")


def _listed(path: Path, section: str, listed: Mapping[str, list[str]]) -> dict[str, list[str]]:
    try:
        return {name: [_digest(text) for text in texts] for name, texts in listed.items() if name}
    except ValueError as error:
        raise KeylimeError(f"{path}: {section}: {error}") from error


def _digest(text: str) -> str:
    """Return a digest with its algorithm. Raises `ValueError`."""
    algorithm = _BY_LENGTH.get(len(text))
    if algorithm is not None and _HEX.fullmatch(text):
        return f"{algorithm}:{text.lower()}"
    named = _NAMED.fullmatch(text)
    if named is None or len(named[2]) % 2 or not 32 <= len(named[2]) <= 128:
        raise ValueError(f"{text[:200]!r} is no digest of a known length in hexadecimal")
    return f"{named[1]}:{named[2].lower()}"


def _flat(path: Path, content: bytes) -> ImaPolicy:
    allow: dict[str, list[str]] = {}
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise KeylimeError(f"{path}: neither JSON nor text in UTF-8: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _FLAT.fullmatch(line.removesuffix("\r"))
        if match is None or len(match[1]) not in _BY_LENGTH:
            raise KeylimeError(f"{path}: line {number} is no digest, blank and path")
        allow.setdefault(match[2], []).append(_digest(match[1]))
    return ImaPolicy().model_copy(update={"allow": allow})
