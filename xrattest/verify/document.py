"""The signed text as a dossier: its small values, and where its selectors lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xrattest import strictjson
from xrattest.errors import InputError
from xrattest.evidence import ResultCode
from xrattest.verify.text import Text

MODEL_NAME = "urn:xrattest:dossier"

_TIMES = ("collection-start-time", "collection-end-time")
_STRINGS = ("model-name", "model-revision", "nonce")
_TEXT_BACKED = ("license-udi", "version", "platform")
_REQUIRED = (*_TIMES, "model-name", "model-revision", *_TEXT_BACKED)
# A remote node's envelope has an anchor and a verdict of its own; it is no selector of this host.
_REMOTE = "nodes"

LATEST = 253402300800.0
"""First second after the year 9999: no time of a dossier reaches it."""


class NotADossierError(InputError):
    """The signed text is something else; the message says what."""


class DossierDamageError(InputError):
    """The signed text says that it is a dossier, and breaks the format."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector's object in the text: its result code, and the byte ranges of its members."""

    place: strictjson.Member
    result_code: ResultCode
    reason: str | None
    members: Mapping[str, strictjson.Member]

    @property
    def name(self) -> str:
        """The selector's name, its key in the dossier."""
        return str(self.place.key)


@dataclass(frozen=True, slots=True)
class Document:
    """A dossier in the signed text; times are seconds since the epoch."""

    text: Text
    start_time: float
    end_time: float
    nonce: str | None
    heads: Mapping[str, Selector]
    """`license-udi`, `version` and `platform`."""
    selectors: Mapping[str, Selector]
    remote: bool
    """Whether it holds envelopes of other nodes."""


def read_document(text: Text) -> Document:
    """Read the signed text as a dossier.

    Raises `NotADossierError` when it is none (no JSON object with the dossier's model-name) and `DossierDamageError` when
    it is one that breaks its format.
    """
    members = _own_members(text)
    missing = [key for key in _REQUIRED if key not in members]
    if missing:
        raise DossierDamageError(f"{missing[0]} is missing")
    start_time, end_time = (_time(text, key, members[key]) for key in _TIMES)
    strings = {key: _string(text, key, members[key]) for key in _STRINGS if key in members}
    objects = [key for key in members if key not in {*_TIMES, *_STRINGS, _REMOTE}]
    selectors = {key: _selector(text, key, members[key]) for key in objects}
    return Document(
        text,
        start_time,
        end_time,
        strings.get("nonce"),
        {key: selectors.pop(key) for key in _TEXT_BACKED},
        selectors,
        _REMOTE in members,
    )


def _own_members(text: Text) -> dict[str, strictjson.Member]:
    try:
        members = text.members()
        name = text.value(members["model-name"]) if "model-name" in members else None
    except InputError as error:
        raise NotADossierError(f"the signed text is no dossier: {error}") from error
    if name != MODEL_NAME:
        raise NotADossierError(
            "the signed text is JSON and no dossier: "
            + ("no model-name" if name is None else f"model-name is {name!r}")
        )
    return members


def _value(text: Text, key: str, member: strictjson.Member) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return text.value(member)
    except InputError as error:
        raise DossierDamageError(f"{key}: {error}") from error


def _time(text: Text, key: str, member: strictjson.Member) -> float:
    value = _value(text, key, member)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LATEST:
        raise DossierDamageError(f"{key} is no time in seconds since the epoch")
    return float(value)


def _string(text: Text, key: str, member: strictjson.Member) -> str:
    value = _value(text, key, member)
    if not isinstance(value, str):
        raise DossierDamageError(f"{key} is no string")
    return value


def _selector(text: Text, name: str, place: strictjson.Member) -> Selector:
    if place.kind != "object":
        raise DossierDamageError(f"{name} is no object")
    try:
        members = text.members(place.start, place.end)
    except InputError as error:
        raise DossierDamageError(f"{name}: {error}") from error
    if "result-code" not in members:
        raise DossierDamageError(f"{name}: result-code is missing")
    code = _string(text, f"{name}: result-code", members["result-code"])
    if code not in list(ResultCode):
        raise DossierDamageError(f"{name}: result-code {code!r} is none")
    reason = _string(text, f"{name}: reason", members["reason"]) if "reason" in members else None
    if reason is None and code in {ResultCode.UNAVAILABLE, ResultCode.FAILURE}:
        raise DossierDamageError(f"{name}: {code} without a reason")
    return Selector(place, ResultCode(code), reason, members)
