"""Asking before something is lost."""

from __future__ import annotations

import sys

import click

from xrattest.errors import InputError


def confirm(question: str, *, yes: bool) -> None:
    """Return when the user agrees or said `--yes`; leave otherwise.

    Raises `InputError` where nobody can be asked, and `click.Abort` for a no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(f"{question} Not a terminal to ask on: say --yes")
    click.confirm(question, abort=True, err=True)
