"""Every real quote against the log of its machine."""

from __future__ import annotations

import gzip
import json

import pytest

from xrattest import tpm
from xrattest.verify.ima.coverage import cover

pytestmark = pytest.mark.corpus


def log_of(case, tmp_path):
    path = case / "ima" / "binary_runtime_measurements"
    if path.exists():
        return path
    unpacked = tmp_path / f"{case.name}.bin"
    unpacked.write_bytes(gzip.decompress(path.with_name(path.name + ".gz").read_bytes()))
    return unpacked


def test_quotes_cover_what_is_known(corpus, tmp_path):
    seen = 0
    for path in sorted((corpus / "vm").glob("*/expected.json")):
        known, case = json.loads(path.read_text()), path.parent
        for name, expected in known.get("quotes", {}).items():
            at = case / name
            key = tpm.load_key((case / "tpm" / f"ak_{name[-3:]}.pub").read_bytes())
            quote = tpm.verify_quote((at / "quote.msg").read_bytes(), (at / "quote.sig").read_bytes(), key)
            values = tpm.parse_pcr_file((at / "quote.pcrs").read_bytes())
            coverage = cover(log_of(case, tmp_path), quote, values, max_size=1 << 30)
            assert coverage.is_covered, (case.name, name, coverage.findings)
            assert (coverage.entries, coverage.listed) == (
                expected["log_prefix_entries"],
                known["entries"],
            ), (case.name, name)
            seen += 1
    assert seen >= 30
