"""`ima.continuity` over signed envelopes of real lists: what goes on, and each way of not doing so by its own name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from xrattest import tpm
from xrattest.verify.verdict import Outcome

VECTORS = Path(__file__).parents[3] / "vectors" / "ima"


@pytest.fixture
def judge(judge_chain):
    return judge_chain


def told(verdict):
    """Status of the check, whether it is required, and the kinds of its findings."""
    check = verdict.check("ima.continuity")
    kinds = [finding["kind"] for finding in verdict.findings if finding["check"] == "ima.continuity"]
    return str(check.status), check.required, kinds


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("banks", [("sha1", "sha256"), ("sha256",)])
def test_an_increment_goes_on_where_the_previous_quote_ended(device, judge, compact, banks):
    first = device.envelope(None, 100, quoted=100, banks=banks, compact=compact)
    second = device.envelope(100, 130, quoted=130, banks=banks, compact=compact)
    verdict = judge(first, second)
    assert told(verdict) == ("pass", True, ["continued"]), verdict.to_json()
    assert verdict.outcome is Outcome.PASS
    assert "after event 99" in verdict.check("ima.continuity").detail
    assert "events 100 to 129 of boot id" in verdict.check("ima.self-consistent").detail
    # The one before is all that has to be kept, and a longer chain is judged link by link.
    third = device.envelope(130, 149, quoted=149, banks=banks, compact=compact)
    assert told(judge(second, third))[0] == told(judge(first, second, third))[0] == "pass"


def test_two_quotes_of_a_real_boot(device, judge, other_list, quoting):
    """A virtual machine's list, quoted after 78 entries with one key and after all 176 with another."""
    paths, keys = [], []
    for kind, begin, end in (("rsa", None, 90), ("ecc", 78, 176)):
        at = VECTORS.parent / "tpm" / kind
        values = tpm.parse_pcr_file((at / "quote.pcrs").read_bytes())
        quote = quoting.registers((at / "quote.msg").read_bytes(), (at / "quote.sig").read_bytes(), values)
        nonce = (at / "nonce.hex").read_text().strip()
        paths.append(replace(device, entries=other_list).envelope(begin, end, carried=[quote], nonce=nonce))
        keys.append(tpm.load_key((at / "ak.pub").read_bytes()))
    verdict = judge(*paths, keys=tuple(keys), binding="nonce")
    assert told(verdict) == ("pass", True, ["continued"]), verdict.to_json()
    assert "after event 77" in verdict.check("ima.continuity").detail


def test_nothing_new_is_an_increment_too(device, judge):
    first = device.envelope(None, 100, quoted=100)
    verdict = judge(first, device.envelope(100, 100, quoted=100, nonce="aa55", clock=100001))
    assert told(verdict) == ("pass", True, ["continued"]), verdict.to_json()
    assert verdict.outcome is Outcome.PASS
    assert "covers no event after 99" in verdict.check("ima.self-consistent").detail


def test_the_list_may_have_grown_between_quote_and_reading(device, judge):
    first = device.envelope(None, 100, quoted=90)
    assert told(judge(first, device.envelope(90, 130, quoted=130)))[0] == "pass"
    verdict = judge(first, device.envelope(90, 130, quoted=120))
    after = next(one for one in verdict.findings if one.get("kind") == "after-quote")
    assert (after["entry"], after["entries"]) == (120, 10), "numbers count from boot in an increment too"
    verdict = judge(first, device.envelope(100, 130, quoted=130))
    assert told(verdict) == ("skip", True, ["not-quoted"])
    assert "start_event 89 is what to ask for" in verdict.check("ima.continuity").detail
    assert verdict.outcome is Outcome.INDETERMINATE


def test_an_increment_alone_proves_a_suffix_and_is_no_pass(device, judge):
    verdict = judge(device.envelope(100, 130, quoted=130))
    assert told(verdict) == ("skip", True, [])
    assert "after event 99" in verdict.check("ima.continuity").detail
    assert "some suffix" in verdict.check("ima.continuity").detail
    assert verdict.outcome is Outcome.INDETERMINATE


def test_a_whole_list_alone_needs_none_before_it(device, judge):
    verdict = judge(device.envelope(None, 149, quoted=149))
    assert told(verdict) == ("skip", False, [])
    assert verdict.outcome is Outcome.PASS


def test_without_quotes_root_could_have_written_both(device, judge):
    verdict = judge(device.envelope(None, 100), device.envelope(100, 130), keys=())
    assert told(verdict) == ("skip", True, ["not-quoted"])
    assert "root could have written both" in verdict.check("ima.continuity").detail
    assert verdict.outcome is Outcome.INDETERMINATE


def test_a_list_that_names_no_boot_is_not_continued(device, judge):
    unnamed = replace(device, boot=None)
    first, second = unnamed.envelope(None, 100, quoted=100), unnamed.envelope(100, 130, quoted=130)
    assert told(judge(first, second)) == ("skip", True, ["boot-unknown"])


def test_a_whole_list_of_the_same_boot_begins_with_what_was_known(device, judge):
    first = device.envelope(None, 100, quoted=90)
    assert told(judge(first, device.envelope(None, 130, quoted=130))) == ("pass", True, ["continued"])
    assert (
        told(judge(device.envelope(50, 100, quoted=100), device.envelope(None, 130, quoted=130)))[0] == "pass"
    )


def test_gap_and_overlap(device, judge):
    first = device.envelope(None, 100, quoted=100)
    verdict = judge(first, device.envelope(110, 130, quoted=130))
    assert told(verdict) == ("fail", True, ["gap"])
    assert "events 100 to 109" in verdict.check("ima.continuity").detail
    assert told(judge(first, device.envelope(80, 130, quoted=130))) == ("fail", True, ["overlap"])


def forged(device):
    """The same device with one entry changed that was attested already."""
    entries = list(device.entries)
    entries[40] = entries[41]
    return replace(device, entries=entries)


@pytest.mark.parametrize("begin", [None, 100])
@pytest.mark.parametrize("keyed", [True, False])
def test_other_events_with_the_same_numbers(device, judge, begin, keyed):
    first = device.envelope(None, 100, quoted=100)
    second = forged(device).envelope(begin, 130, quoted=130)
    verdict = judge(first, second, keys=None if keyed else ())
    assert told(verdict) == ("fail", True, ["rewritten"])
    finding = next(one for one in verdict.findings if one.get("kind") == "rewritten")
    assert (finding["entry"], finding["pcr"], finding["previous"]) == (99, 10, 1)
    assert finding["expected"] != finding["got"]


@pytest.mark.parametrize("begin", [None, 30])
def test_other_events_that_no_quote_covered(device, judge, begin):
    first = device.envelope(None, 100, quoted=30)
    assert told(judge(first, forged(device).envelope(begin, 130, quoted=130))) == (
        "fail",
        True,
        ["rewritten"],
    )


def shift(node, by: int) -> None:
    for name in ("ima-start", "ima-end"):
        node[name]["event-number"] = str(int(node[name]["event-number"]) + by)
    for event in node["ima-event-log"]:
        event["event-number"] = str(int(event["event-number"]) + by)


@pytest.mark.parametrize("by", [3, 20])
def test_renumbered_to_hide_a_gap(device, judge, by):
    """Events are the next ones, their numbers are not."""
    first = device.envelope(None, 100, quoted=100)
    second = device.envelope(100, 130, quoted=130, change=lambda node: shift(node, by))
    assert told(judge(first, second)) == ("fail", True, ["renumbered"])
    # The other way round: events are left out, and the rest is numbered as if they were not.
    second = device.envelope(100 + by, 130, quoted=130, change=lambda node: shift(node, -by))
    assert told(judge(first, second)) == ("fail", True, ["rewritten"])


def test_events_of_another_boot(device, judge, other_list):
    first = device.envelope(None, 100, quoted=100)
    second = device.rebooted(other_list).envelope(100, 130, quoted=130)
    assert told(judge(first, second)) == ("fail", True, ["splice"])
    # Passed off as the same boot, the values tell.
    second = replace(device, entries=other_list).envelope(100, 130, quoted=130)
    assert told(judge(first, second)) == ("fail", True, ["rewritten"])


def test_a_reboot_takes_the_whole_list_and_a_reset(device, judge, other_list):
    first = device.envelope(None, 100, quoted=100)
    verdict = judge(first, device.rebooted(other_list).envelope(None, 60, quoted=60, at=200000.0))
    assert told(verdict) == ("pass", True, ["reboot"]), verdict.to_json()
    assert "reset count 3, then 5" in verdict.check("ima.continuity").detail
    for count in (3, 2):
        second = device.rebooted(other_list, reset_count=count).envelope(None, 60, quoted=60, at=200000.0)
        assert told(judge(first, second)) == ("fail", True, ["no-reset"])


def test_a_reboot_without_quotes_or_with_another_key_is_not_proven(device, judge, other_list, increments):
    first = device.envelope(None, 100, quoted=100)
    second = device.rebooted(other_list).envelope(None, 60, quoted=60, at=200000.0)
    assert told(judge(first, second, keys=())) == ("skip", True, ["reboot"])
    other = increments.Device(
        device.issuing, device.quoting, device.directory, other_list, boot=increments.NEXT_BOOT, reset_count=9
    )
    second = other.envelope(None, 60, quoted=60, at=200000.0)
    keys = (device.attestation_key, other.attestation_key)
    assert told(judge(first, second, keys=keys)) == ("skip", True, ["reboot"])


def test_a_reset_without_another_boot(device, judge):
    first = device.envelope(None, 100, quoted=100)
    second = replace(device, reset_count=4).envelope(100, 130, quoted=130)
    assert told(judge(first, second)) == ("fail", True, ["tpm-reset"])


def test_a_list_that_shrank(device, judge):
    first = device.envelope(None, 100, quoted=100)
    second = device.envelope(None, 80, quoted=80, at=200000.0)
    assert told(judge(first, second)) == ("fail", True, ["shrunk"])


def test_rollback(device, judge):
    first, second = device.envelope(None, 100, quoted=100), device.envelope(100, 130, quoted=130)
    third = device.envelope(130, 140, quoted=140)
    # Older evidence after newer, by its time, its end, or the clock of the TPM.
    assert told(judge(second, first)) == ("fail", True, ["rollback"])
    assert told(judge(first, third, second))[2] == ["previous-failed"]
    assert told(judge(second, device.envelope(100, 120, quoted=120, at=130001.0))) == (
        "fail",
        True,
        ["rollback"],
    )
    late = device.envelope(100, 130, quoted=130, clock=99, nonce="aa55")
    assert told(judge(first, late)) == ("fail", True, ["rollback"])
    # An envelope too old: what lies between is missing.
    assert told(judge(first, third)) == ("fail", True, ["gap"])


def test_the_same_again(device, judge):
    first = device.envelope(None, 100, quoted=100)
    assert told(judge(first, first)) == ("fail", True, ["replay"])
    second = device.envelope(100, 130, quoted=130, nonce="006400000000")
    third = device.envelope(130, 140, quoted=140, nonce="006400000000")
    assert told(judge(second, third)) == ("fail", True, ["replay"])


def test_another_device(device, judge):
    first = device.envelope(None, 100, quoted=100)
    second = replace(device, name="edge2").envelope(100, 130, quoted=130)
    assert told(judge(first, second)) == ("fail", True, ["other-device"])


def test_a_previous_envelope_has_to_hold_itself(device, judge, issuing, tmp_path):
    first, second = device.envelope(None, 100, quoted=100), device.envelope(100, 130, quoted=130)
    envelope = json.loads(first.read_text())
    envelope["cli-output"] = envelope["cli-output"].replace("boot_aggregate", "boot_aggregatf")
    (tmp_path / "changed").write_text(json.dumps(envelope))
    verdict = judge(tmp_path / "changed", second)
    assert told(verdict) == ("fail", True, ["previous-failed"])
    assert "envelope.signature" in verdict.check("ima.continuity").detail
    del envelope["signature-envelop"]["signature"]
    (tmp_path / "broken").write_text(json.dumps(envelope))
    assert told(judge(tmp_path / "broken", second)) == ("fail", True, ["previous-failed"])
    # A quote over fewer events than it says is none, and neither is one by another key.
    stranger = replace(device, ak=issuing.key("p256", "stranger")).envelope(None, 100, quoted=100)
    assert told(judge(stranger, second))[2] == ["previous-failed"]
    # Nobody trusts the previous signer: nothing wrong, and nothing proven.
    verdict = judge(first, second, anchor=issuing.signer("p256", root="other", label="x").chain[0])
    assert told(verdict)[0] == "fail"


def test_a_previous_envelope_without_its_quote_is_not_proven(device, judge):
    first, second = device.envelope(None, 100), device.envelope(100, 130, quoted=130)
    verdict = judge(first, second)
    assert told(verdict) == ("skip", True, [])
    assert "ima.matches-quote" in verdict.check("ima.continuity").detail


def test_a_longer_chain_breaks_where_it_breaks(device, judge):
    first = device.envelope(None, 50, quoted=50)
    second, third = device.envelope(60, 100, quoted=100), device.envelope(100, 130, quoted=130)
    verdict = judge(first, second, third)
    assert told(verdict) == ("fail", True, ["previous-failed"])
    assert "previous envelope 2" in verdict.check("ima.continuity").detail
    assert "events 50 to 59" in verdict.check("ima.continuity").detail


def test_a_quoted_bank_that_is_not_stated(device, judge):
    def drop(node):
        for name in ("ima-start", "ima-end"):
            del node[name]["pcr"]["sha256"]

    first = device.envelope(None, 100, quoted=100)
    second = device.envelope(100, 130, change=drop)
    assert told(judge(first, second)) == ("skip", True, ["value-missing"])
