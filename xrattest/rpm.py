"""Packages of an rpm database or an `.rpm`, with their install-time fingerprints; librpm is not needed.

What is said of a package comes from the part of its header that its publisher signed; who signed it is what the
signature claims, and nothing here verifies a signature. The value is described in `docs/reference/rpm-fingerprint.md`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, cast

from xrattest._core import rpm as _native  # noqa: TID251 - this is the face
from xrattest.errors import RpmFormatError, Unavailable

if TYPE_CHECKING:
    from xrattest.hostroot import HostRoot

DATABASE_DIRECTORIES = ("/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm")
"""Where distributions keep the database, the newest place first."""

_SQLITE = "rpmdb.sqlite"
_UNREAD = {"Packages.db": "NDB", "Packages": "Berkeley DB"}
_BATCH = 64


@dataclass(frozen=True, slots=True)
class UnattestedFile:
    """A file whose content the standard fingerprint leaves out."""

    path: str
    """Absolute path; surrogate escapes stand for bytes that are not UTF-8."""
    reason: Literal["ghost", "config", "verify-flags"]
    """`ghost`: not in the payload, and in neither value; the other two are covered by the strict value."""


@dataclass(frozen=True, slots=True)
class Package:
    """What the header of one package says. Texts carry surrogate escapes for bytes that are not UTF-8."""

    name: str
    epoch: int | None
    version: str
    release: str
    architecture: str
    source: bool
    """True for a source package."""
    header_sha256: str | None
    """SHA-256 of the header's immutable region, 64 lower-case hex digits; None where the header has none (rpm before 4)."""
    header_digest: Literal["ok", "mismatch", "absent"]
    """Whether the digests that travel with the header (SHA256HEADER, SHA1HEADER) are those of that region."""
    gpg_key_id: str
    """16 lower-case hex digits of the key that the signature names, `0` for an unsigned package."""
    size: int
    """Installed size in bytes, as the header states it."""
    files: int
    """Number of files, %ghost ones included."""
    digest_algorithm: int
    """OpenPGP number of the algorithm of the file digests: 1 MD5, 2 SHA-1, 8 SHA-256, …"""
    digest_strength: Literal["strong", "weak"]
    """`weak` for MD5, SHA-1 and algorithms not known to be better."""
    fingerprint: str
    """XRA-RPMFP version 1, install time, profile standard: 64 lower-case hex digits, `0` with a `reason`."""
    fingerprint_strict: str
    """The same in profile strict."""
    reason: str | None
    """What could not be known of this package, and why."""
    unattested: tuple[UnattestedFile, ...]

    @property
    def evr(self) -> str:
        """Epoch (where there is one), version and release: `1:2.0-3`."""
        return f"{'' if self.epoch is None else f'{self.epoch}:'}{self.version}-{self.release}"


def read_database(root: HostRoot, dbpath: str | None = None) -> Iterator[Package]:
    """Open the rpm database under `root` and return an iterator over its packages, those of keys left out.

    `dbpath` is its directory inside `root`; without it the usual places are searched. Nothing is written in or beside
    the database. Damage is an error even after packages were yielded: only a finished iteration is the whole database.
    Raises `Unavailable` where there is no database, `RpmFormatError` for a damaged one or a format that is not read,
    `ChangedWhileReadError` when rpm wrote meanwhile, `OSError`, `HostRootError`.
    """
    return iterate(_native.Database(find_database(root, dbpath)))


def find_database(root: HostRoot, dbpath: str | None = None) -> Path:
    """Return where the SQLite database lies on this system. Raises as `read_database`."""
    searched = DATABASE_DIRECTORIES if dbpath is None else (dbpath,)
    for directory in searched:
        candidate = PurePosixPath(directory) / _SQLITE
        if root.exists(str(candidate)):
            return root.local_path(str(candidate))
    for directory in searched:
        for name, kind in _UNREAD.items():
            candidate = PurePosixPath(directory) / name
            if root.exists(str(candidate)):
                raise RpmFormatError(
                    str(candidate), 0, f"a {kind} database; only SQLite ({_SQLITE}) can be read yet"
                )
    raise Unavailable(
        f"no rpm database ({_SQLITE}) in {', '.join(searched)}"
        f"{'' if root.is_live else f' under {root.path}'}; if rpm keeps it elsewhere (`rpm --eval %_dbpath`), name that directory"
        " with --dbpath or the option dbpath"
    )


def iterate(database: _native.Database) -> Iterator[Package]:
    """Yield the packages of an open native database. Raises as `read_database`."""
    while batch := database.next_batch(_BATCH):
        for row in batch:
            yield _package(row)


def read_package_file(path: str | Path) -> Package:
    """Read the headers of an `.rpm`; its payload is not looked at.

    Raises `RpmFormatError` for a file that is no package or a damaged one, `OSError`.
    """
    return _package(_native.read_package_file(os.fspath(path)))


def _package(row: _native.PackageRow) -> Package:
    return Package(
        name=os.fsdecode(row["name"]),
        epoch=row["epoch"],
        version=os.fsdecode(row["version"]),
        release=os.fsdecode(row["release"]),
        architecture=os.fsdecode(row["architecture"]),
        source=row["source"],
        header_sha256=row["header_sha256"],
        header_digest=cast("Literal['ok', 'mismatch', 'absent']", row["header_digest"]),
        gpg_key_id=row["gpg_key_id"],
        size=row["size"],
        files=row["files"],
        digest_algorithm=row["digest_algorithm"],
        digest_strength=cast("Literal['strong', 'weak']", row["digest_strength"]),
        fingerprint=row["fingerprint"],
        fingerprint_strict=row["fingerprint_strict"],
        reason=row["reason"],
        unattested=tuple(
            UnattestedFile(os.fsdecode(path), cast("Literal['ghost', 'config', 'verify-flags']", reason))
            for path, reason in row["unattested"]
        ),
    )
