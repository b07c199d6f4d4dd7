"""What unit tests share: dying in the middle of a write."""

from __future__ import annotations

import os
import warnings

import pytest

_CALLS = (
    "open",
    "write",
    "pwrite",
    "fsync",
    "replace",
    "rename",
    "link",
    "unlink",
    "mkdir",
    "chmod",
    "fchmod",
)


@pytest.fixture(scope="session")
def crash_after():
    """Return `crash(steps, action)`: run `action` in a child that dies after that many file system calls; True when it ended."""

    def crash(steps: int, action) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _die_after(steps)
            try:
                action()
            except BaseException:
                os._exit(1)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in {0, 9}
        return code == 0

    return crash


def _die_after(steps: int) -> None:
    left = [steps]

    def counted(original):
        def call(*arguments, **named):
            if left[0] == 0:
                os._exit(9)
            left[0] -= 1
            return original(*arguments, **named)

        return call

    for name in _CALLS:
        setattr(os, name, counted(getattr(os, name)))
