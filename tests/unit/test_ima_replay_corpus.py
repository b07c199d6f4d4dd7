"""Replay and prefix search on the lists of real machines, against what their TPMs held and quoted."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import pytest

from xrattest import ima

CASES = ["big-ng-sha256", "bios-tis-ng-sha256-k61", "buf-mixed", "evmsig-sha256", "ima-sha1", "ng-sha1-k61", "ng-sha256",
         "notpm-ng-sha256", "sig-sha256", "sigv2-verity", "systemd-boot1"]  # fmt: skip
QUOTES = {"quote-early-rsa", "quote-final-ecc", "quote-final-rsa"}
TPM_ALGORITHMS = {0x4: "sha1", 0xB: "sha256", 0xC: "sha384", 0xD: "sha512", 0x12: "sm3_256"}

pytestmark = pytest.mark.corpus


@pytest.fixture(params=CASES)
def case(corpus, request) -> Path:
    return corpus / "vm" / request.param


@pytest.fixture
def expected(case) -> dict:
    return json.loads((case / "expected.json").read_text())


def lists(case: Path) -> list[Path]:
    """Return the default list and its per-bank variants."""
    found = sorted((case / "ima").glob("binary_runtime_measurements*"))
    return [path for path in found if path.suffix not in {".link", ".same_as_default"}]


def held(expected: dict) -> dict[str, dict[int, bytes]]:
    """Return what the TPM held after the last entry."""
    return {
        bank: {int(name.removeprefix("PCR")): bytes.fromhex(known["tpm"]) for name, known in pcrs.items()}
        for bank, pcrs in expected.get("replay", {}).items()
    }


def pcrread(case: Path) -> ima.PcrState:
    return ima.parse_pcr_values((case / "tpm" / "pcrread.yaml").read_text())


def quoted(message: bytes) -> tuple[list[tuple[str, list[int]]], bytes]:
    """Take selections and digest out of a TPMS_ATTEST (TPM 2.0 Library part 2, sections 10.6.2 and 10.12)."""
    at = 6
    for _ in range(2):  # qualifiedSigner, extraData
        at += 2 + struct.unpack_from(">H", message, at)[0]
    at += 17 + 8  # clockInfo, firmwareVersion
    (count,) = struct.unpack_from(">I", message, at)
    at += 4
    selections = []
    for _ in range(count):
        algorithm, size = struct.unpack_from(">HB", message, at)
        bits = int.from_bytes(message[at + 3 : at + 3 + size], "little")
        at += 3 + size
        selections.append((TPM_ALGORITHMS[algorithm], [index for index in range(24) if bits >> index & 1]))
    return selections, message[at + 2 :]


def test_every_pcr_of_every_bank_is_matched_and_padding_named(case, expected):
    for path in lists(case):
        replay = ima.replay(path, ["sha1"], expected=held(expected))
        compared = 0
        for found in replay.comparisons:
            known = expected["replay"][found.bank][f"PCR{found.pcr}"]
            padded = ":sha1-padded" if known["match_sha1_padded"] else ""
            assert (found.outcome, found.scheme, found.entries) == (
                "match",
                found.bank + padded,
                expected["entries"],
            )
            compared += 1
        assert compared == sum(len(pcrs) for pcrs in expected.get("replay", {}).values())
        assert compared >= (0 if case.name.startswith("notpm") else 2)


def test_a_padded_bank_is_replayed_by_name(case, expected):
    if not case.name.endswith("k61"):
        assert not any(
            known["match_sha1_padded"]
            for pcrs in expected.get("replay", {}).values()
            for known in pcrs.values()
        )
        return
    replay = ima.replay(lists(case)[0], ["sha384:sha1-padded"])
    assert replay.pcrs["sha384:sha1-padded"][10].hex() == expected["replay"]["sha384"]["PCR10"]["tpm"]


def test_quotes_cover_the_prefix_that_is_known(case, expected):
    quotes = sorted(path.name for path in case.glob("quote-*"))
    assert set(quotes) == (set() if case.name.startswith("notpm") else QUOTES)
    for name in quotes:
        selections, digest = quoted((case / name / "quote.msg").read_bytes())
        for path in lists(case):
            found = ima.find_prefix(path, selections, digest, "sha256", pcrread(case))
            assert found is not None, name
            assert (found.entries, found.total) == (
                expected["quotes"][name]["log_prefix_entries"],
                expected["entries"],
            )
            assert {bank: scheme for bank, scheme in found.schemes.items() if bank != scheme} == {}


def test_a_quote_of_another_boot_covers_nothing(corpus):
    one, other = corpus / "vm" / "ng-sha256", corpus / "vm" / "sig-sha256"
    selections, digest = quoted((other / "quote-final-rsa" / "quote.msg").read_bytes())
    assert ima.find_prefix(lists(one)[0], selections, digest, "sha256", pcrread(one)) is None


def test_replay_in_two_parts_is_the_replay(case, expected):
    path = lists(case)[0]
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    banks = [name for name in ima.VARIANTS if name != "sha512:sha1-padded"]
    whole = ima.replay(content, banks)
    offsets = [entry.offset for entry in ima.read(content)]
    for until in {1, 79, expected["entries"] // 2, expected["entries"] - 1}:
        head = ima.replay(content, banks, until=until)
        assert head.more
        assert ima.replay(content[offsets[until] :], banks, start=head.pcrs).pcrs == whole.pcrs


def test_boot_aggregate_is_of_the_pcrs_that_are_known(case, expected):
    known = expected["boot_aggregate"]
    (found,) = ima.boot_aggregates(lists(case)[0])
    assert (found.number, found.digest.hex()) == (0, known["value"])
    if case.name.startswith("notpm"):
        assert not any(found.digest)
        return
    of = ima.check_boot_aggregate(found.digest, found.algorithm, pcrread(case))
    assert of is not None
    matched = [name for name, value in known.items() if name.startswith("match_") and value]
    assert matched == [f"match_{of.bank}_{of.pcrs[0]}-{of.pcrs[-1]}"]
