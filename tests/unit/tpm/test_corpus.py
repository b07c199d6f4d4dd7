"""Every real quote of the research corpus."""

from __future__ import annotations

import json

import pytest

from xrattest import tpm

pytestmark = pytest.mark.corpus
KINDS = {"quote-early-rsa": "rsa", "quote-final-rsa": "rsa", "quote-final-ecc": "ecc"}


def quoted_cases(corpus):
    for path in sorted((corpus / "vm").glob("*/expected.json")):
        known = json.loads(path.read_text())
        if known.get("quotes"):
            yield path.parent, known["quotes"]


def test_every_quote_is_valid(corpus):
    seen = 0
    for case, quotes in quoted_cases(corpus):
        assert quotes.keys() == KINDS.keys()
        for name, known in quotes.items():
            at, kind = case / name, KINDS[name]
            values = tpm.parse_pcr_file((at / "quote.pcrs").read_bytes())
            for file in (f"ak_{kind}.pem", f"ak_{kind}.pub"):
                quote = tpm.verify_quote(
                    (at / "quote.msg").read_bytes(),
                    (at / "quote.sig").read_bytes(),
                    tpm.load_key((case / "tpm" / file).read_bytes()),
                    extra_data=bytes.fromhex(known["nonce"]),
                    pcr_values=values,
                )
                clock = quote.attest.clock
                told = (clock.milliseconds, clock.reset_count, clock.restart_count, int(clock.is_safe))
                assert told == tuple(known[leaf] for leaf in ("clock", "resetCount", "restartCount", "safe"))
                assert sorted(quote.selected) == sorted(known["banks"])
                seen += 1
    assert seen >= 60


def test_names_of_keys(corpus):
    for case, _ in quoted_cases(corpus):
        for kind in ("rsa", "ecc"):
            area = tpm.parse_public((case / "tpm" / f"ak_{kind}.pub").read_bytes())
            assert area.name == (case / "tpm" / f"ak_{kind}.name").read_bytes()
