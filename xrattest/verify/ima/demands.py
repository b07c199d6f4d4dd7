"""What a verifier asks of IMA logs, beyond their being there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImaDemands:
    """One member per thing that can be asked for; the default asks for nothing, and its check is then a skip."""


NOTHING_ASKED = ImaDemands()
"""The default."""
