"""Linux process control for collectors: limits, a parent's death, and the end of every descendant."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36

HEADROOM = 64 << 20
"""Address space, in bytes, that stays for writing the report after the memory limit was hit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one collector may use: `timeout` in seconds of wall time, `memory` (address space) and `output` in bytes."""

    timeout: float = 300.0
    memory: int = 2 << 30
    output: int = 1 << 30

    @property
    def memory_text(self) -> str:
        """The memory limit as an operator configures it."""
        return f"{self.memory >> 20} MiB"

    @property
    def output_text(self) -> str:
        """The output limit as an operator configures it."""
        return f"{self.output >> 20} MiB" if self.output >= 1 << 20 else f"{self.output} bytes"


def apply_limits(limits: Limits) -> None:
    """Limit this process and all it starts: address space, size of each file written, no core dumps. Raises `OSError`."""
    _lower(resource.RLIMIT_AS, limits.memory, HEADROOM)
    _lower(resource.RLIMIT_FSIZE, limits.output, 0)
    _lower(resource.RLIMIT_CORE, 0, 0)


def _lower(kind: int, limit: int, headroom: int) -> None:
    _, hard = resource.getrlimit(kind)
    highest = limit + headroom
    if hard != resource.RLIM_INFINITY:
        highest = min(highest, hard)
    resource.setrlimit(kind, (min(limit, highest), highest))


def use_headroom() -> None:
    """Lift the soft memory limit to the hard one, to report that the soft one was hit."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def signal_at_death_of(parent: int, signum: signal.Signals) -> bool:
    """Have the kernel send `signum` to this process when `parent` ends; False when it has ended already."""
    _prctl(_PR_SET_PDEATHSIG, signum)
    return os.getppid() == parent


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends, so that none escapes `end_descendants`."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def end_descendants(patience: float = 5.0) -> None:
    """Kill and reap every child, and those that fall to this process while that goes on, for `patience` seconds at most."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        for child in children(os.getpid()):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if reaped == 0:
            time.sleep(0.005)


def children(parent: int) -> list[int]:
    """Return the process ids of the children of `parent` (proc(5)); empty where /proc cannot tell."""
    try:
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        return [int(child) for child in listed.split()]
    except OSError:
        # Kernels without CONFIG_PROC_CHILDREN.
        return [int(entry.name) for entry in _processes() if _parent_of(entry) == parent]


def _processes() -> list[Path]:
    try:
        return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _parent_of(process: Path) -> int | None:
    try:
        stat = (process / "stat").read_bytes()
    except OSError:
        return None
    # The command's name is in parentheses and may hold anything, parentheses too.
    return int(stat.rpartition(b")")[2].split()[1])
