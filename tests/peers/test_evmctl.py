"""evmctl (ima-evm-utils) replays the same lists to the same PCRs, and finds the same template hashes wrong."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from xrattest import ima
from xrattest.testing.lists import TEMPLATES, Recipe, write_list

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "ima").glob("*.bin"))
# evmctl 1.4 reads lists whose template hash is SHA-1, and refuses template ima beside others.
TEMPLATE_MIXES = [
    *TEMPLATES,
    "d-ng|n-ng|sig|iuid|igid|imode",
    "d-ngv2|n-ng",
    ",".join(name for name in TEMPLATES if name != "ima"),
]
WRONG_HASH = "Failed to verify template data digest"

pytestmark = pytest.mark.peer


@pytest.fixture
def evmctl(require_peer) -> str:
    return require_peer("evmctl", package="ima-evm-utils")


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_real_lists(path, evmctl, tmp_path):
    assert_agreement(evmctl, path, tmp_path)


@pytest.mark.parametrize("template", TEMPLATE_MIXES)
def test_generated_lists(template, evmctl, tmp_path):
    path = tmp_path / "list"
    with path.open("wb") as out:
        write_list(
            Recipe(entries=400, template=template, violation_every=50, odd_every=20, pcrs=(10, 11), boots=2),
            out,
        )
    assert_agreement(evmctl, path, tmp_path)


@pytest.mark.parametrize("template", ["ima-ng", "ima-sig", "ima-buf"])
def test_wrong_template_hashes(template, evmctl, tmp_path):
    path = tmp_path / "list"
    with path.open("wb") as out:
        write_list(Recipe(entries=30, template=template), out)
    content = bytearray(path.read_bytes())
    content[[entry.offset for entry in ima.read(path)][7] + 4] ^= 1
    path.write_bytes(content)
    assert [mismatch.number for mismatch in ima.replay(path).mismatches] == [7]
    said = compare(evmctl, path, {"sha1": ima.replay(path).pcrs["sha1"]}, tmp_path)
    assert WRONG_HASH in said.stdout + said.stderr


@pytest.mark.corpus
def test_the_lab_machines(evmctl, corpus, tmp_path):
    paths = sorted((corpus / "vm").glob("*/ima/binary_runtime_measurements"))
    paths += sorted((corpus / "vm").glob("*/ima/binary_runtime_measurements.gz"))
    for path in paths:
        plain = path
        if path.suffix == ".gz":
            plain = tmp_path / "list"
            plain.write_bytes(gzip.decompress(path.read_bytes()))
        assert_agreement(evmctl, plain, tmp_path)
    assert len(paths) >= 10


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["kgoldman-acs/imasig.log", "puiterwijk-ima-measurements-rs/imang",
                                  "rust-keylime/ascii_runtime_measurements", "hpe-keylime-perf-tests/ima_log.txt",
                                  "linux-integrity-ima-doc/sigv2-verity.log"])  # fmt: skip
def test_lists_of_other_projects(name, evmctl, corpus, tmp_path):
    # evmctl reads no ascii: it judges the binary list that ours makes of it.
    binary = tmp_path / "list"
    with binary.open("wb") as out:
        ima.join([corpus / "ima" / name], out)
    assert_agreement(evmctl, binary, tmp_path)


def assert_agreement(program, path, directory):
    """Compare both banks, then show that evmctl would have seen a difference."""
    replay = ima.replay(path)
    # evmctl compares a list with PCRs that it reads from a file of lines `PCR-10: <hex>`; given ours, it must find each of them.
    said = compare(program, path, replay.pcrs, directory)
    text = said.stdout + said.stderr
    assert (WRONG_HASH in text) == (not replay.is_consistent), text[-2000:]
    assert "Matched per TPM bank calculated digest(s)" in text
    assert found(text) == {(bank, index) for bank, pcrs in replay.pcrs.items() for index in pcrs}
    for bank, pcrs in replay.pcrs.items():
        wrong = {index: bytes([value[0] ^ 1]) + value[1:] for index, value in pcrs.items()}
        said = compare(program, path, {bank: wrong}, directory)
        assert found(said.stdout + said.stderr) == set()


def found(text):
    """Return bank and index of the PCRs that evmctl says it led to: its exit status says less."""
    return {
        (bank, int(index))
        for bank, index in re.findall(r"^(\w+) PCR-(\d\d): succeed at entry \d+$", text, re.MULTILINE)
    }


def compare(program, path, banks, directory):
    arguments = []
    for bank, pcrs in banks.items():
        file = directory / f"pcrs-{bank}"
        lines = [
            f"PCR-{index:02d}: {pcrs.get(index, bytes(len(pcrs[10]))).hex(' ').upper()}\n"
            for index in range(24)
        ]
        file.write_text("".join(lines))
        arguments += ["--pcrs", f"{bank},{file}"]
    return subprocess.run(
        [program, "ima_measurement", "-v", "--ignore-violations", *arguments, path],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
