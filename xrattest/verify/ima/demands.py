"""What a verifier asks of IMA logs, beyond their being there."""

from __future__ import annotations

from dataclasses import dataclass

from xrattest.ima.signatures import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class ImaDemands:
    """One member per thing that can be asked for; the default asks for nothing, and its check is then a skip."""

    file_signers: tuple[Key, ...] = ()
    """Keys that sign files; with any, `ima.signatures` is required."""


NOTHING_ASKED = ImaDemands()
"""The default."""
