"""Every real list of the research corpus: counts, replay against the TPM, and all forms back to every byte."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
from pathlib import Path

import pytest

from xrattest import ima

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = ["big-ng-sha256", "bios-tis-ng-sha256-k61", "buf-mixed", "evmsig-sha256", "ima-sha1", "ng-sha1-k61", "ng-sha256",
         "notpm-ng-sha256", "sig-sha256", "sigv2-verity", "systemd-boot1"]  # fmt: skip

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


def content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_no_case_is_forgotten(corpus):
    assert sorted(path.parent.name for path in (corpus / "vm").glob("*/expected.json")) == CASES


def test_counts(case, expected):
    for path in lists(case):
        replay = ima.replay(path)
        assert (replay.entries, replay.violations) == (expected["entries"], expected["violations"])
        assert dict(replay.templates) == expected["templates"]
        assert replay.mismatch_count == expected["bad_template_hashes"] == 0
        violations = [entry.number for entry in ima.read(path) if entry.is_violation]
        assert violations == expected["violation_indices"]


def test_replay_equals_the_tpm(case, expected):
    """Of every template, sha1 and sha256; the longer banks where the kernel extends their own hash, not a padded SHA-1."""
    for path in lists(case):
        replay = ima.replay(path, ["sha1", "sha256", "sha384", "sha512"])
        compared = 0
        for bank, pcrs in expected.get("replay", {}).items():
            for name, known in pcrs.items():
                if not known["match_sha1_padded"]:
                    assert replay.pcrs[bank][int(name.removeprefix("PCR"))].hex() == known["tpm"], (
                        path,
                        bank,
                        name,
                    )
                    compared += bank in {"sha1", "sha256"}
        assert compared >= (0 if case.name.startswith("notpm") else 2)


@pytest.mark.parametrize("profile", ["xr", "minimal"])
def test_expand_of_compact_is_the_list(case, profile):
    for path in lists(case):
        blocks, out = io.BytesIO(), io.BytesIO()
        ima.compact(path, blocks, profile)
        ima.expand(blocks.getvalue(), out)
        assert out.getvalue() == content(path)


@pytest.mark.parametrize("write", [ima.write_events, ima.write_blocks])
def test_rebuild_of_json_is_the_list(case, write, tmp_path):
    for path in lists(case):
        events, out = tmp_path / "events", io.BytesIO()
        with events.open("wb") as file:
            write(path, file)
        json.loads(events.read_bytes())
        ima.rebuild(events, 0, events.stat().st_size, out)
        assert out.getvalue() == content(path)


def test_vectors_are_what_their_script_makes(corpus, tmp_path):
    spec = importlib.util.spec_from_file_location("build_ima", VECTORS / "build_ima.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(corpus, tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (VECTORS / "ima").iterdir()}
