"""Every ascii list of the lab's machines gives the binary list of the same machine, or at least its PCRs."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from xrattest import ima
from xrattest.errors import AsciiListWarning

pytestmark = pytest.mark.corpus


def lists(corpus: Path) -> list[Path]:
    found = sorted((corpus / "vm").glob("*/ima/ascii_runtime_measurements*"))
    return [path for path in found if path.suffix not in {".link", ".same_as_default"}]


def binary_beside(path: Path) -> bytes | None:
    binary = path.with_name(path.name.replace("ascii", "binary"))
    if not binary.exists():
        return None
    return gzip.decompress(binary.read_bytes()) if binary.suffix == ".gz" else binary.read_bytes()


def test_ascii_gives_the_binary_list(corpus):
    compared = 0
    for path in lists(corpus):
        known = json.loads((path.parents[1] / "expected.json").read_text())
        out = io.BytesIO()
        (said,) = ima.join([path], out).parts[0].warnings
        assert (said.entries, said.violations, said.unproven) == (known["entries"], known["violations"], 0), (
            path
        )
        # One name with a line end in every machine's list.
        assert (said.joined, said.lines) == (1, known["entries"] + 1), path
        if (binary := binary_beside(path)) is not None:
            assert out.getvalue() == binary, path
            compared += 1
    assert compared >= 20


def test_ascii_replays_to_the_tpm(corpus):
    for path in lists(corpus):
        known = json.loads((path.parents[1] / "expected.json").read_text()).get("replay", {})
        with pytest.warns(AsciiListWarning):
            replay = ima.replay(path)
        for bank in replay.pcrs.keys() & known.keys():
            tpm = {int(name.removeprefix("PCR")): values["tpm"] for name, values in known[bank].items()}
            assert {index: value.hex() for index, value in replay.pcrs[bank].items()} == tpm, path
