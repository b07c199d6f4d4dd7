"""Measure what a list of a million ima-ng entries costs, and fail when a stated figure is missed.

Whole processes, start-up included: CPU seconds, user and system, of children too, by `wait4`. The replay
alternates with `evmctl ima_measurement` on the same list and the median of the pairs' ratios is judged; of what has no
peer, the median of its runs. The list comes from the project's own generator, which also says what the PCRs are.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hashing import Ratio, cpu_of, paired

from xrattest.testing.lists import Expected, Recipe, write_list

ENTRIES = 1_000_000
OURS = str(Path(sys.executable).with_name("xrattest"))

# What a child runs: every entry of a list, and what a verifier looks at in each.
ITERATE = """
import sys
from xrattest import ima
for entry in ima.read(sys.argv[1]):
    entry.pcr, entry.template, entry.template_hash, entry.algorithm, entry.digest, entry.name
"""

# What a child runs to tell its own peak: that of `wait4` begins with what its parent held.
PEAK = """
import re, sys
if sys.argv[1:]:
    from xrattest.__main__ import main
    main()
sys.stderr.write(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""


@dataclass(frozen=True)
class Figure:
    """One line of the report: a value, and the most that it may be."""

    name: str
    value: float
    unit: str
    bound: float

    @property
    def kept(self) -> bool:
        """Tell whether the value is within its bound."""
        return self.value <= self.bound

    def __str__(self) -> str:
        verdict = "ok" if self.kept else "MISSED"
        return (
            f"{self.name:<46} {self.value:8.3f} {'':>8} {self.unit:<5} {'':>6} <= {self.bound:<5} {verdict}"
        )


@dataclass(frozen=True)
class Bench:
    """The list, and how often each thing is run."""

    place: Path
    known: Expected
    runs: int

    @property
    def log(self) -> str:
        """The binary list."""
        return str(self.place / "list")

    def measure(self) -> Iterator[Figure | Ratio]:
        """Yield the figures, the replay's first."""
        replay = [OURS, "ima", "replay", "--bank", "sha1", "--bank", "sha256", "--log", self.log]
        self._check_values(replay)
        evmctl = ["evmctl", "ima_measurement", self.log]
        ratio = paired(
            "replay / evmctl ima_measurement",
            self.runs,
            lambda: cpu_of(replay),
            lambda: cpu_of_peer(evmctl),
            0.1666,
        )
        yield ratio
        yield Figure("replay", ratio.ours, "CPU s", 0.6)
        beyond = (peak_of(replay[1:]) - peak_of([])) / 1024
        yield Figure("replay, peak beyond the interpreter's", beyond, "MiB", 64)
        for profile, seconds, size in (("xr", 0.5, 115), ("minimal", 1.0, 48)):
            blocks = self.place / profile
            command = [OURS, "ima", "compact", "--profile", profile, "--log", self.log, "-o", str(blocks)]
            yield Figure(f"compact {profile}", self._median(command), "CPU s", seconds)
            per_entry = blocks.stat().st_size / self.known.entries
            yield Figure(f"compact {profile}, per entry", per_entry, "B", size)
        iterate = [sys.executable, "-c", ITERATE, self.log]
        yield Figure("iteration with fields from Python", self._median(iterate), "CPU s", 1.5)

    def _check_values(self, replay: list[str]) -> None:
        """Leave when the replay is wrong: then its speed says nothing."""
        done = subprocess.run(replay, check=True, stdout=subprocess.PIPE, text=True)
        expected = [f"{bank}:10:{self.known.pcrs[bank][10].hex()}" for bank in ("sha1", "sha256")]
        if done.stdout.splitlines() != expected:
            raise SystemExit(f"the replay does not lead to the generator's PCRs:\n{done.stdout}")

    def _median(self, command: list[str]) -> float:
        return statistics.median(cpu_of(command) for _ in range(self.runs))


def cpu_of_peer(command: list[str]) -> float:
    """Return the CPU seconds of `evmctl`, whose status is 1 where it finds no TPM to compare with."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{command[0]} failed with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def peak_of(arguments: list[str]) -> int:
    """Return the peak resident memory, in KiB, of an interpreter that runs the command line, or nothing without one."""
    command = [sys.executable, "-c", PEAK, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return int(done.stderr)


def main() -> int:
    """Make the list, measure, print the table; return 1 when a figure was missed, 2 when evmctl is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--entries", type=int, default=ENTRIES, help="the bounds are those of a million")
    parser.add_argument(
        "--directory", type=Path, help="where the list is made [default: the temporary directory]"
    )
    options = parser.parse_args()
    if shutil.which("evmctl") is None:
        sys.stderr.write("not installed: evmctl (apt-get install ima-evm-utils)\n")
        return 2
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        place = Path(directory)
        with (place / "list").open("wb") as out:
            known = write_list(Recipe(entries=options.entries), out)
        sys.stdout.write(
            f"{known.entries:,} ima-ng entries, {known.binary_size / known.entries:.0f} bytes each\n"
        )
        sys.stdout.write(f"{'':<46} {'ours':>8} {'peer':>8} {'':<5} {'ratio':>6}\n")
        kept = True
        for figure in Bench(place, known, options.runs).measure():
            sys.stdout.write(f"{figure}\n")
            sys.stdout.flush()
            kept = kept and figure.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
