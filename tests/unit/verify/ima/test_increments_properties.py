"""Increments cut anywhere amount to the whole list; one character changed anywhere in one, and signed again, is found."""

from __future__ import annotations

import io
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xrattest import ima
from xrattest.envelope import open_envelope
from xrattest.verify.ima import ImaDemands
from xrattest.verify.verdict import Outcome
from xrattest.verify.verifier import verify

LIST = Path(__file__).parents[3] / "vectors" / "ima" / "ng-sha256.bin"
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
VIOLATION = 134
"""Number of the list's first violation: the kernel extends ones for it, and nothing protects what its entry says."""

CHARACTERS = '0123456789abcfXYZ=/+\\"{}[]:,'

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def entries(increments):
    return increments.entries_of(LIST.read_bytes())


@pytest.fixture
def chain(increments, issuing, quoting, entries):
    """Make envelopes of a list cut at some numbers, judge the last by all before it, and hand over what they hold."""

    def run(cuts, change=lambda text: text, *, compact=False):
        with tempfile.TemporaryDirectory() as place:
            made, spool = Path(place) / "made", Path(place) / "spool"
            made.mkdir()
            spool.mkdir()
            device = increments.Device(issuing, quoting, made, entries)
            begins = [None, *cuts[:-1]]
            paths = [
                device.envelope(
                    begin, end, quoted=end, compact=compact, nonce=f"{number:04x}",
                    change_text=change if number == len(cuts) else str,
                )
                for number, (begin, end) in enumerate(zip(begins, cuts, strict=True), 1)
            ]  # fmt: skip
            opened = [open_envelope(path, spool) for path in paths]
            demands = ImaDemands(attestation_keys=(device.attestation_key,), previous=tuple(opened[:-1]))
            verdict = verify(opened[-1], [device.signer.chain[0]], at=AT, ima=demands)
            return verdict, [path.with_suffix(".text").read_text() for path in paths]

    return run


def rebuilt(text: str, place: Path) -> bytes:
    (node,) = json.loads(text)["system-integrity-snapshot"]["system-ima"]["node-data"]
    log = next(node[name] for name in ("ima-event-log", "ima-event-log-compact") if name in node)
    place.write_text(json.dumps(log))
    out = io.BytesIO()
    ima.rebuild(place, 0, place.stat().st_size, out)
    return out.getvalue()


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(st.lists(st.integers(1, 148), max_size=4), st.booleans())
def test_increments_amount_to_the_whole_list(chain, tmp_path, cuts, compact):
    verdict, texts = chain([*sorted(cuts), 149], compact=compact)
    assert verdict.outcome is Outcome.PASS, verdict.to_json()
    parts = [rebuilt(text, tmp_path / "log") for text in texts]
    assert b"".join(parts) == LIST.read_bytes()
    whole, _ = chain([149], compact=compact)
    for check_id in ("ima.self-consistent", "ima.matches-quote"):
        assert whole.check(check_id).status is verdict.check(check_id).status
    pcrs = [
        next(one["pcr"] for one in each.findings if one["check"] == "ima.self-consistent")
        for each in (whole, verdict)
    ]
    assert pcrs[0] == pcrs[1]


@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
@given(st.data())
def test_one_character_changed_and_signed_again(chain, data):
    begin = data.draw(st.integers(1, VIOLATION - 1), label="begin")
    end = data.draw(st.integers(begin, min(begin + 3, VIOLATION)), label="end")

    def change(text):
        first, last = text.index('"ima-start"'), text.index('"platform-config-registers"') - len("]}, ")
        places = [at for at in range(first, last) if text[at] != " "]
        at = data.draw(st.sampled_from(places), label="at")
        put = data.draw(st.sampled_from([one for one in CHARACTERS if one != text[at]]), label="put")
        return text[:at] + put + text[at + 1 :]

    verdict, _ = chain([begin, end], change)
    assert verdict.outcome is Outcome.FAIL, verdict.to_json()
