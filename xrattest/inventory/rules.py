"""What an inventory covers, and the options that say so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from xrattest._core import walk as native  # noqa: TID251 - this is the face
from xrattest.errors import InputError

DEFAULT_ROOTS = ("/boot", "/etc", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
"""What decides how a host starts and what it runs."""

DEFAULT_MAX_FILE_SIZE = 1 << 30


@dataclass(frozen=True)
class Rules:
    """What a walk covers. Raises `InputError` for rules that cannot be used.

    `roots` are absolute paths below the host's root; links among their parents are resolved inside it, the last component
    is not followed. `excludes` are paths, left out with all that is below them, or, with any of `* ? [ {`, globs over the
    whole path (`*` stops at a slash, `**` does not). Files larger than `max_file_size` bytes, or still being read after
    `file_timeout` seconds, get no digest. With `one_file_system` each root's own mount is not left. `threads` 0 means one
    per processor; it changes no row.
    """

    roots: tuple[str, ...] = DEFAULT_ROOTS
    excludes: tuple[str, ...] = ()
    max_file_size: int = DEFAULT_MAX_FILE_SIZE
    digests: tuple[str, ...] = ("sha256", "blake3")
    one_file_system: bool = True
    file_timeout: float = 60.0
    threads: int = 0

    def __post_init__(self) -> None:
        unknown = set(self.digests) - {"sha256", "blake3"}
        if unknown:
            raise InputError(f"inventory rules: digest {min(unknown)!r} is neither sha256 nor blake3")
        for path in (*self.roots, *self.excludes):
            # The rules are part of the evidence as JSON text, which holds Unicode alone.
            if not path.isprintable() and any("\ud800" <= character <= "\udfff" for character in path):
                raise InputError(f"inventory rules: {path!r} is not UTF-8")
        _ = self.native

    @cached_property
    def native(self) -> native.Rules:
        """The compiled rules, for the other modules of this package only."""
        try:
            return native.Rules(
                roots=[os.fsencode(path) for path in self.roots],
                excludes=[os.fsencode(path) for path in self.excludes],
                max_file_size=self.max_file_size,
                sha256="sha256" in self.digests,
                blake3="blake3" in self.digests,
                one_file_system=self.one_file_system,
                file_timeout=self.file_timeout,
            )
        except (ValueError, OverflowError) as error:
            raise InputError(f"inventory rules: {error}") from error

    @property
    def digest(self) -> bytes:
        """SHA-256 of the rules in their canonical form (`Rules::digest` of core_rs/src/walk/rules.rs)."""
        return self.native.digest()

    def to_json(self) -> dict[str, Any]:
        """Return the rules as they stand in a snapshot; `threads` is none of them."""
        return {
            "roots": list(self.roots),
            "excludes": list(self.excludes),
            "max-file-size": str(self.max_file_size),
            "digests": list(self.digests),
            "one-file-system": self.one_file_system,
            "file-timeout": self.file_timeout,
        }


class RulesOptions(BaseModel):
    """Rules as configuration and dossier options give them, in kebab case."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        populate_by_name=True,
    )

    roots: list[str] = list(DEFAULT_ROOTS)
    excludes: list[str] = []
    max_file_size: int = Field(default=DEFAULT_MAX_FILE_SIZE, ge=0, lt=1 << 63)
    """Bytes; a larger file gets the reason `too-big` instead of a digest."""
    digests: list[Literal["sha256", "blake3"]] = ["sha256", "blake3"]
    one_file_system: bool = True
    file_timeout: float = Field(default=60.0, gt=0, le=86400)
    """Seconds that one file may take."""
    threads: int = Field(default=0, ge=0, le=256)
    """0 means one per processor."""

    def rules(self) -> Rules:
        """Return the rules. Raises `InputError` where they cannot be used."""
        return Rules(
            roots=tuple(self.roots),
            excludes=tuple(self.excludes),
            max_file_size=self.max_file_size,
            digests=tuple(self.digests),
            one_file_system=self.one_file_system,
            file_timeout=self.file_timeout,
            threads=self.threads,
        )

    @property
    def names_roots(self) -> bool:
        """Tell whether somebody chose the roots, so that an absent one is worth a word."""
        return "roots" in self.model_fields_set
