"""Secrets by reference: the configuration names a place, so no file, diff or commit of it holds a secret."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from xrattest.errors import ConfigError

MAX_SECRET = 64 * 1024
"""A secret longer than this many bytes is refused: the reference names the wrong file."""

_FORMS = {
    "file": re.compile(r"/[^\0\n]+"),
    "credential": re.compile(r"[A-Za-z0-9_.@:-]{1,255}"),
    "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
}


def _check_reference(value: str) -> str:
    scheme, separator, rest = value.partition(":")
    form = _FORMS.get(scheme)
    if not separator or form is None or not form.fullmatch(rest) or rest in {".", ".."}:
        # The value is not quoted back: it may be the secret itself.
        raise ValueError(
            "must be a reference to a secret: file:/absolute/path, credential:NAME or env:VARIABLE"
        )
    return value


SecretReference = Annotated[str, Field(max_length=4096), AfterValidator(_check_reference)]
"""`file:/absolute/path` · `credential:NAME` (systemd's `LoadCredential=`) · `env:VARIABLE`."""


def resolve(reference: str) -> bytes:
    """Return the secret that `reference` names, without the one newline that may end a file.

    Raises `ConfigError` when the reference is none, the secret is absent, empty or too long, or its file can be read by
    group or others.
    """
    try:
        scheme, _, rest = _check_reference(reference).partition(":")
    except ValueError as error:
        raise ConfigError(f"secret: {error}") from error
    if scheme == "env":
        secret = os.environb.get(rest.encode(), b"")
    else:
        secret = _read(_place(rest) if scheme == "credential" else Path(rest), private=scheme == "file")
    if not secret:
        raise ConfigError(f"secret {reference}: absent or empty")
    return secret


def _place(name: str) -> Path:
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        raise ConfigError(
            f"secret credential:{name}: not started by systemd with LoadCredential= (no CREDENTIALS_DIRECTORY)"
        )
    return Path(directory) / name


def _read(path: Path, *, private: bool) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"secret {path}: not a regular file")
            if private and status.st_mode & 0o077:
                raise ConfigError(
                    f"secret {path}: open to others (mode {status.st_mode & 0o777:04o}): chmod 600 it"
                )
            content = file.read(MAX_SECRET + 1)
    except OSError as error:
        raise ConfigError(f"secret {path}: {error.strerror}") from error
    if len(content) > MAX_SECRET:
        raise ConfigError(f"secret {path}: longer than {MAX_SECRET} bytes")
    return content.removesuffix(b"\n").removesuffix(b"\r")
