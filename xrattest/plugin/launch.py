"""Start the worker as a fresh interpreter, follow it to its end, and keep the last line it wrote to stderr."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from xrattest.plugin.reasons import one_line

GRACE = 15.0
"""Seconds beyond the timeout after which a supervisor that did not end itself is killed."""

TAIL = 4096
"""Bytes of stderr that are kept."""


def launch(descriptors: Sequence[int], timeout: float) -> str:
    """Run `xrattest.plugin.worker` over open descriptors until it and all that it started have ended.

    Returns the last line that anything in there wrote to stderr. The worker keeps the `timeout` itself; this is the
    backstop. When this function is left by an exception, the worker is ended first. Raises `OSError`.
    """
    command = [sys.executable, *_interpreter_flags(), "-m", "xrattest.plugin.worker", *map(str, descriptors)]
    worker = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
        start_new_session=True,
        env=_environment(),
    )
    try:
        return _follow(worker, time.monotonic() + timeout + GRACE)
    finally:
        _end(worker)


def _interpreter_flags() -> list[str]:
    # -P: no module is taken from the directory that root happens to stand in. -B: nothing is written beside the code.
    flags = ["-B", "-P"]
    if sys.flags.isolated:
        flags.append("-I")
    if sys.flags.no_user_site:
        flags.append("-s")
    return flags


def _environment() -> dict[str, str]:
    # The memory limit counts address space, and each malloc arena reserves 64 MiB of it per thread.
    return {"MALLOC_ARENA_MAX": "2", **os.environ}


def _follow(worker: subprocess.Popen[bytes], deadline: float) -> str:
    assert worker.stderr is not None
    tail = b""
    with selectors.DefaultSelector() as selector:
        selector.register(worker.stderr, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(left):
                continue
            chunk = os.read(worker.stderr.fileno(), 1 << 16)
            if not chunk:
                break
            tail = (tail + chunk)[-TAIL:]
    with suppress(subprocess.TimeoutExpired):
        worker.wait(max(0.0, deadline - time.monotonic()))
    lines = tail.decode("utf-8", "replace").split("\n")
    return next((one_line(line, 200) for line in reversed(lines) if line.strip()), "")


def _end(worker: subprocess.Popen[bytes]) -> None:
    if worker.stderr is not None:
        worker.stderr.close()
    if worker.poll() is None:
        worker.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            worker.wait(GRACE / 2)
    if worker.poll() is None:
        worker.kill()
        worker.wait()
