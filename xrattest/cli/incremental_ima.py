"""`--incremental-ima JSON`: where to start in the measurement list of which node."""

from __future__ import annotations

from typing import Any

import click

from xrattest import strictjson
from xrattest.errors import InputError

SELECTOR = "system-integrity-snapshot"
"""The selector that the option implies."""

OPTION = "incremental"
"""What collectors call it."""

_LIMIT = 1 << 16


def read_incremental(text: str, node: str) -> dict[str, Any]:
    """Parse the option's value, of which the collector checks the rest; `node` is the one that is here. Raises `click.UsageError`."""
    try:
        value = strictjson.loads(text, max_size=_LIMIT)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="--incremental-ima") from error
    if not isinstance(value, dict):
        raise click.BadParameter(
            'an object is wanted, such as {"ima_start": [{"0/RP0/CPU0": {"start_event": 1000, "start_time": "…"}}]}',
            param_hint="--incremental-ima",
        )
    starts = value.get("ima_start")
    for start in starts if isinstance(starts, list) else []:
        unknown = [name for name in start if name != node] if isinstance(start, dict) else []
        if unknown:
            raise click.BadParameter(
                f"there is no node {unknown[0]!r}; this is {node!r}", param_hint="--incremental-ima"
            )
    return value
