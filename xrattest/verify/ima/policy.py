"""What a verifier says about the entries of IMA logs: the `[ima]` section of the policy file.

Reference values (which digests a path may have), what is left out, what must never be, and what to do about the rest.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from xrattest.verify.ima.digests import DigestText

Severity: TypeAlias = Literal["accept", "warn", "fail"]
"""What follows from an entry: nothing, a warning, or a failed check."""

PathText: TypeAlias = Annotated[str, Field(min_length=1)]
Digests: TypeAlias = Annotated[list[DigestText], Field(strict=False)]


def kebab(name: str) -> str:
    """Return the name of a policy's key."""
    return name.replace("_", "-")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=kebab)


class PathRules(_Section):
    """Which paths: globs (`*` stops at a slash, `**` does not) and regular expressions, each over the whole path."""

    paths: list[str] = []
    regexes: list[str] = []


class DenyRules(PathRules):
    """What must not be in a log at all."""

    digests: Digests = []


class BytesPath(_Section):
    """A path that JSON cannot hold as the name of a member: not UTF-8, or over 1024 bytes."""

    path_bytes: Annotated[str, Field(min_length=4, description="The path in base64.")]
    digests: Digests


class ImaPolicy(_Section):
    """Reference values of IMA logs and what follows from each kind of entry. All of it is optional."""

    violations: Severity = Field(
        default="warn", description="A violation: the kernel could not say what was read or run."
    )
    violations_at: dict[str, Severity] = Field(
        default={}, description="The same for paths that match a glob; the first counts."
    )
    unlisted: Severity = Field(default="fail", description="An entry that no rule names.")
    opaque: Severity = Field(
        default="fail", description="An entry whose template tells no digest, or neither path nor digest."
    )
    weak_digests: Severity = Field(
        default="warn", description="An entry that only a weak digest (MD5, SHA-1) vouches for."
    )
    kexecs: int = Field(
        default=0, ge=0, le=1000, description="How many further boot_aggregate entries kexec may have added."
    )
    allow: dict[PathText, Digests] = Field(default={}, description="Path to the digests that it may have.")
    allow_bytes: list[BytesPath] = Field(
        default=[], description="The same for paths that are not UTF-8 or over 1024 bytes."
    )
    digests: Digests = Field(default=[], description="Digests that any path may have.")
    exclude: PathRules = Field(default=PathRules(), description="Files that are not judged.")
    deny: DenyRules = Field(
        default=DenyRules(), description="What must not be there; goes before everything else."
    )
    keyrings: dict[PathText, Digests] = Field(
        default={}, description="Keyring to the digests of keys that it may get."
    )
    ignored_keyrings: list[str] = Field(
        default=[], description="Keyrings whose keys are not judged; * is every one."
    )
    buffers: dict[PathText, Digests] = Field(
        default={}, description="Name of another measured buffer to its digests."
    )
    buffer_text: dict[PathText, list[str]] = Field(
        default={},
        description="Name of another measured buffer to regular expressions over its whole content.",
    )

    @property
    def names_references(self) -> bool:
        """Whether the policy says which entries are good or bad, so that a log can be appraised; an empty list says it too."""
        return bool(self.model_fields_set - _FOLLOWS)


_FOLLOWS = frozenset({"violations", "violations_at", "weak_digests", "opaque", "kexecs"})
"""What follows from entries, and names none of them."""

_LISTS = ("allow_bytes", "digests", "ignored_keyrings")
_MAPS = ("allow", "keyrings", "buffers", "buffer_text")


def merged(first: ImaPolicy, *others: ImaPolicy) -> ImaPolicy:
    """Return `first` with the reference values of the others added: a path may have the digests of any of them.

    What follows from an entry (`violations`, `unlisted`, …) is what `first` says.
    """
    if not others:
        return first
    everyone = (first, *others)
    update: dict[str, object] = {
        name: [item for one in everyone for item in getattr(one, name)] for name in _LISTS
    }
    for name in _MAPS:
        joined: dict[str, list[str]] = {}
        for one in everyone:
            for key, values in getattr(one, name).items():
                joined[key] = [*joined[key], *values] if key in joined else values
        update[name] = joined
    update["exclude"] = PathRules(
        paths=[path for one in everyone for path in one.exclude.paths],
        regexes=[regex for one in everyone for regex in one.exclude.regexes],
    )
    update["deny"] = DenyRules(
        paths=[path for one in everyone for path in one.deny.paths],
        regexes=[regex for one in everyone for regex in one.deny.regexes],
        digests=[digest for one in everyone for digest in one.deny.digests],
    )
    return first.model_copy(update=update)
