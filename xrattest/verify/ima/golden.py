"""Reference values from the list of a host that is taken for good: what it measured is what is allowed from then on."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from xrattest import ima
from xrattest.verify.ima.buffers import buffer_of, is_certificate
from xrattest.verify.ima.digests import digest_of, unpack
from xrattest.verify.ima.policy import ImaPolicy
from xrattest.verify.ima.rules import BOOT_AGGREGATE

NAME_LIMIT = 1024
"""Longest path that JSON holds as the name of a member, in bytes: the strict reader's limit."""


@dataclass(slots=True)
class Golden:
    """What one or more lists say is good."""

    files: dict[bytes, dict[bytes, None]] = field(default_factory=dict)
    """Path to comparable digests, in the order of the list."""
    keyrings: dict[str, dict[str, None]] = field(default_factory=dict)
    buffers: dict[str, dict[str, None]] = field(default_factory=dict)
    violations: int = 0
    """Entries that say nothing about a content, so that nothing was taken from them."""
    opaque: int = 0
    """Entries without path or digest, likewise."""

    def take(self, source: ima.Source, *, max_size: int = ima.DEFAULT_MAX_SIZE) -> None:
        """Take what a list measured. Raises `ImaFormatError`, `LimitError`, `OSError`."""
        for entry in ima.read(source, max_size=max_size):
            self._take(entry)

    def _take(self, entry: ima.Entry) -> None:
        name, digest = entry.name, digest_of(entry)
        if entry.is_violation:
            self.violations += 1
        elif name is None or digest is None:
            self.opaque += 1
        elif (buffer := buffer_of(entry)) is not None:
            table = self.keyrings if is_certificate(buffer) else self.buffers
            table.setdefault(name.decode("utf-8", "replace"), {})[unpack(digest)] = None
        elif name != BOOT_AGGREGATE:
            self.files.setdefault(name, {})[digest] = None

    def policy(self) -> ImaPolicy:
        """Return the policy that allows what was taken."""
        allow: dict[str, list[str]] = {}
        others: list[dict[str, Any]] = []
        for path, digests in self.files.items():
            texts = [unpack(digest) for digest in digests]
            name = _member_name(path)
            if name is None:
                others.append({"path-bytes": base64.b64encode(path).decode("ascii"), "digests": texts})
            else:
                allow[name] = texts
        return ImaPolicy.model_validate(
            {
                "allow": allow,
                "allow-bytes": others,
                "keyrings": {name: list(texts) for name, texts in self.keyrings.items()},
                "buffers": {name: list(texts) for name, texts in self.buffers.items()},
            }
        )


def _member_name(path: bytes) -> str | None:
    if not path or len(path) > NAME_LIMIT:
        return None
    try:
        return path.decode("utf-8")
    except UnicodeDecodeError:
        return None
