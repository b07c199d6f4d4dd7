"""The checks of a verdict as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xrattest.verify.verdict import Status

if TYPE_CHECKING:
    from xrattest.verify.verdict import Verdict

_COLOURS = {Status.PASS: "green", Status.FAIL: "red", Status.WARN: "yellow", Status.SKIP: None}


def print_checks(verdict: Verdict) -> None:
    """Print one line per check, required ones marked."""
    width = max(len(check.id) for check in verdict.checks)
    for check in verdict.checks:
        status = click.style(f"{check.status:<4}", fg=_COLOURS[check.status])
        mark = "*" if check.required else " "
        click.echo(f"{check.id:<{width}} {mark} {status}  {check.detail}")
    click.echo("\n* required")
