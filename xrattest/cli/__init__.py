"""The command line: parse, call the layers below, print, map errors to exit statuses.

0 done (verify: pass) · 1 failed (verify: fail) · 2 usage, or input that is not what the command reads · 3 done, but some
evidence is missing (verify: indeterminate).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from xrattest.errors import XrattestError
from xrattest.terminal import printable


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; no traceback reaches the user."""
    from xrattest.cli.root import xrattest

    try:
        result = xrattest.main(args=list(arguments), prog_name="xrattest", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except BrokenPipeError:
        # The reader of our output went away; what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (Exception, KeyboardInterrupt) as error:
        if "XRATTEST_TRACEBACK" in os.environ:
            raise
        return _fail(*_explain(error))
    return result if isinstance(result, int) else 0


def _explain(error: BaseException) -> tuple[str, int]:
    """Return one line for the user and the exit status of `error`."""
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return "interrupted", 130
    if isinstance(error, click.UsageError):
        return error.format_message() + (f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""), 2
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, XrattestError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        return _describe(error), 2 if isinstance(error, FileNotFoundError) else 1
    return (
        f"a fault of xrattest itself: {type(error).__name__}: {error} (XRATTEST_TRACEBACK=1 shows where)",
        1,
    )


def _describe(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{os.fsdecode(error.filename)}: {reason}" if error.filename is not None else reason


def _fail(message: str, status: int) -> int:
    # One line, whatever an attacker put into a file name or a certificate that the message quotes.
    sys.stderr.write(f"xrattest: {printable(message)}\n")
    return status
