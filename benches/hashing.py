"""Compare xrattest's hashing with b3sum and openssl, in CPU seconds, and fail when a stated ratio is missed.

In memory: GB per CPU second of the Rust core against `openssl speed` and against the blake3 crate called directly. Files:
four of 512 MiB in the page cache, one thread, CPU seconds (user and system) of child processes by `wait4`, median of the
ratios of pairs that alternate with the peer. Wall time is not judged: it belongs to whoever else uses the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FILES = 4
SIZE = 512 << 20
CRATE = [
    "cargo",
    "bench",
    "--quiet",
    "--locked",
    "--package",
    "xrattest-core",
    "--no-default-features",
    "--bench",
    "hashing",
]

# What a child runs: hash the files, then say what that cost this process (getrusage), start-up left out.
CHILD = """
import resource, sys
from xrattest.hashing import digest_file
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
wanted = sys.argv[1].split(",")
start = cpu()
for path in sys.argv[2:]:
    digest_file(path, sha256="sha256" in wanted, blake3="blake3" in wanted)
print(cpu() - start)
"""


@dataclass(frozen=True)
class Ratio:
    """One line of the report: `ours` against `peer`, and the bound that the ratio keeps (`at_most` or at least)."""

    name: str
    ours: float
    peer: float
    unit: str
    ratio: float
    bound: float
    at_most: bool = False

    @property
    def kept(self) -> bool:
        """Tell whether the ratio is within its bound."""
        return self.ratio <= self.bound if self.at_most else self.ratio >= self.bound

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        verdict = "ok" if self.kept else "MISSED"
        return (
            f"{self.name:<46} {self.ours:8.3f} {self.peer:8.3f} {self.unit:<5} {self.ratio:6.3f} "
            f"{sign} {self.bound:<5} {verdict}"
        )


def cpu_of(command: list[str]) -> float:
    """Run a peer and return its CPU seconds, user and system, as the kernel counted them. Raises on a failed run."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def cpu_of_ours(digests: str, files: list[str]) -> float:
    """Hash `files` in a child process and return the CPU seconds that it counted."""
    command = [sys.executable, "-c", CHILD, digests, *files]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def in_memory() -> list[Ratio]:
    """Measure throughput on a buffer; each figure is the best of its rounds."""
    found = json.loads(subprocess.run(CRATE, check=True, stdout=subprocess.PIPE, text=True).stdout)
    openssl = openssl_speed()
    crate = found["blake3-crate"]
    return [
        Ratio(
            "SHA-256 in memory / openssl speed",
            found["sha256"],
            openssl,
            "GB/s",
            found["sha256"] / openssl,
            0.9,
        ),
        Ratio(
            "BLAKE3 in memory / blake3 crate", found["blake3"], crate, "GB/s", found["blake3"] / crate, 0.9
        ),
    ]


def openssl_speed() -> float:
    """Return openssl's SHA-256 throughput on 128 KiB buffers in GB per CPU second, the best of three."""
    figures = []
    for _ in range(3):
        command = ["openssl", "speed", "-seconds", "1", "-bytes", "131072", "-evp", "sha256"]
        text = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout
        figure = re.search(r"^sha256\s+([0-9.]+)k", text, re.MULTILINE)
        if figure is None:
            raise SystemExit("openssl speed printed no figure")
        figures.append(float(figure[1]) * 1e3 / 1e9)
    return max(figures)


def in_files(pairs: int, size: int, directory: Path) -> list[Ratio]:
    """Measure warm files, `pairs` alternating runs of us and the peer."""
    files = [str(directory / f"data{number}") for number in range(FILES)]
    block = os.urandom(1 << 20)
    for file in files:
        with Path(file).open("wb") as out:
            out.writelines(number.to_bytes(8, "big") + block[8:] for number in range(size >> 20))
    b3sum = ["b3sum", "--no-mmap", "--num-threads", "1", *files]
    openssl = ["openssl", "dgst", "-sha256", *files]
    cpu_of_ours("sha256,blake3", files)  # into the page cache

    def both_peers() -> float:
        return cpu_of(b3sum) + cpu_of(openssl)

    return [
        paired(
            "BLAKE3 of files / b3sum", pairs, lambda: cpu_of_ours("blake3", files), lambda: cpu_of(b3sum), 1.1
        ),
        paired(
            "both of files / b3sum + openssl dgst",
            pairs,
            lambda: cpu_of_ours("sha256,blake3", files),
            both_peers,
            1.15,
        ),
    ]


def paired(
    name: str, pairs: int, ours: Callable[[], float], peer: Callable[[], float], bound: float
) -> Ratio:
    """Alternate, who goes first changing each time, and judge the median of the pairs' ratios."""
    measured = []
    for number in range(pairs):
        if number % 2:
            second = peer()
            measured.append((ours(), second))
        else:
            measured.append((ours(), peer()))
    return Ratio(
        f"{name} (median of {pairs})",
        statistics.median(one for one, _ in measured),
        statistics.median(other for _, other in measured),
        "CPU s",
        statistics.median(one / other for one, other in measured),
        bound,
        at_most=True,
    )


def main() -> int:
    """Measure, print the table, return 1 when a ratio was missed and 2 when a peer is not installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--size", type=int, default=SIZE, help="bytes per file")
    parser.add_argument(
        "--directory", type=Path, help="where the files are made [default: the temporary directory]"
    )
    options = parser.parse_args()
    missing = [name for name in ("b3sum", "openssl", "cargo") if shutil.which(name) is None]
    if missing:
        sys.stderr.write(f"not installed: {', '.join(missing)} (apt-get install b3sum openssl)\n")
        return 2
    ratios = in_memory()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        ratios += in_files(options.pairs, options.size, Path(directory))
    sys.stdout.write(f"{'':<46} {'ours':>8} {'peer':>8} {'':<5} {'ratio':>6}\n")
    sys.stdout.writelines(f"{ratio}\n" for ratio in ratios)
    return 0 if all(ratio.kept for ratio in ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
