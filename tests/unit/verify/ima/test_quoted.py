"""`ima.matches-quote`: real quotes, and each way in which a log, a quote and its envelope can disagree."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest

from xrattest import tpm
from xrattest.verify.ima import UNSEALED, ImaDemands, Seal
from xrattest.verify.verdict import Outcome, Status

VECTORS = Path(__file__).parents[3] / "vectors"
SPKI = b"the key that signed the envelope"
NONCE = b"\x15\x80"
SEAL = Seal(NONCE, SPKI)
BOUND = tpm.envelope_extra_data(NONCE, SPKI)


@pytest.fixture
def signer(quoting):
    from cryptography.hazmat.primitives.asymmetric import ec

    return quoting.Signer(ec.generate_private_key(ec.SECP256R1()), "ecdsa")


@pytest.fixture
def entries(quoting):
    paths = ["boot_aggregate", "/bin/sh", "/bin/ls", "/bin/cat", "/bin/cp"]
    return [quoting.entry(path, violation=path == "/bin/ls") for path in paths]


@pytest.fixture
def case(quoting, signer, judge_quotes):
    """Return a function: judge a log against a quote of PCR 0 and 10 after `quoted` entries, both banks."""

    def run(
        log,
        quoted,
        *,
        extra=BOUND,
        values=None,
        reported=None,
        demands=None,
        seal=SEAL,
        members=None,
        area=True,
    ):
        values = values or {
            "sha1": {10: quoting.replayed(quoted, "sha1")},
            "sha256": {0: b"\x07" * 32, 10: quoting.replayed(quoted, "sha256")},
        }
        message = quoting.Quote(extra, values).encode()
        key = tpm.load_key(signer.area() if area else signer.pem)
        registers = quoting.registers(message, signer.sign(message), values if reported is None else reported)
        node = quoting.node_data(b"".join(log), **(members or {}))
        demands = demands or ImaDemands(attestation_keys=(key,))
        verdict, points = judge_quotes([node], [registers], demands, seal)
        return verdict.check("ima.matches-quote"), points, kinds(verdict), verdict

    return run


def kinds(verdict) -> list[str]:
    return [finding["kind"] for finding in verdict.findings if finding["check"] == "ima.matches-quote"]


def real(kind: str, quoting) -> tuple[dict, dict, bytes]:
    at = VECTORS / "tpm" / kind
    values = tpm.parse_pcr_file((at / "quote.pcrs").read_bytes())
    quote = quoting.registers((at / "quote.msg").read_bytes(), (at / "quote.sig").read_bytes(), values)
    return (
        quoting.node_data((VECTORS / "ima" / "sig-sha256.bin").read_bytes()),
        quote,
        bytes.fromhex((at / "nonce.hex").read_text()),
    )


@pytest.mark.parametrize(("kind", "covered"), [("rsa", 78), ("ecc", 176)])
@pytest.mark.parametrize("file", ["ak.pub", "ak.pem"])
def test_real_quotes(quoting, judge_quotes, kind, covered, file):
    node, quote, nonce = real(kind, quoting)
    key = tpm.load_key((VECTORS / "tpm" / kind / file).read_bytes())
    demands = ImaDemands(attestation_keys=(key,), quote_binding="nonce")
    verdict, points = judge_quotes([node], [quote], demands, Seal(nonce, None))
    check = verdict.check("ima.matches-quote")
    assert (check.status, check.required) == (Status.PASS, True)
    assert f"covers {covered} of 176 entries" in check.detail
    assert ("was not checked" in check.detail) is (file == "ak.pem")
    point = points[quoting.NODE]
    assert (point.entries, point.listed, point.reset_count, point.restart_count) == (covered, 176, 3, 0)
    assert not point.is_bound_to_envelope
    assert kinds(verdict) == (["after-quote", "quoted"] if covered < 176 else ["quoted"])
    if kind == "ecc":
        assert (
            point.pcrs["sha256"][10].hex()
            == "654e0d10cd6b2eb5ef925bc3eed4a1ac5bca97827681534fd7c7f12802f2fad8"
        )
    # The same quote is bound to no envelope.
    verdict, points = judge_quotes([node], [quote], ImaDemands(attestation_keys=(key,)), Seal(nonce, SPKI))
    assert (verdict.check("ima.matches-quote").status, points) == (Status.FAIL, {})
    assert kinds(verdict) == ["extra-data"]


def test_the_whole_log_and_a_prefix(case, entries, quoting):
    check, points, found, _ = case(entries, entries)
    assert (check.status, found) == (Status.PASS, ["quoted"])
    assert points[quoting.NODE].is_bound_to_envelope
    check, points, found, verdict = case(entries, entries[:3])
    assert (check.status, found) == (Status.PASS, ["after-quote", "quoted"])
    assert "covers 3 of 5 entries" in check.detail
    assert "2 entries came after the quote" in check.detail
    after = next(finding for finding in verdict.findings if finding.get("kind") == "after-quote")
    assert (after["entry"], after["entries"]) == (3, 2)


def test_without_a_key_nothing_is_looked_at(case, entries):
    check, points, found, _ = case(entries, entries, demands=ImaDemands())
    assert (check.status, check.required, points, found) == (Status.SKIP, False, {}, [])
    assert "root can forge log and PCR values alike" in check.detail


def test_without_a_quote_the_verdict_is_not_pass(quoting, judge_quotes, signer, entries):
    demands = ImaDemands(attestation_keys=(tpm.load_key(signer.area()),))
    for quotes in (None, [{"node-location": quoting.NODE, "tpm-name": "tpm0", "PCR": []}]):
        verdict, _ = judge_quotes([quoting.node_data(b"".join(entries))], quotes, demands, SEAL)
        check = verdict.check("ima.matches-quote")
        assert (check.status, check.required) == (Status.SKIP, True)
        assert "carries no quote" in check.detail
        assert verdict.outcome is Outcome.INDETERMINATE


def test_a_forged_log_is_never_reached(case, entries, quoting):
    forged = [*entries[:1], quoting.entry("/bin/innocent"), *entries[2:]]
    for log in (forged, entries[:4], [*entries[:1], *entries[2:]], [quoting.entry("/first"), *entries]):
        check, points, found, _ = case(log, entries)
        assert (check.status, points) == (Status.FAIL, {})
        assert found == ["never-reached", "never-reached"]
        assert "as quoted: entries are missing, added or changed" in check.detail


def test_a_bank_that_lags(case, entries, quoting):
    values = {
        "sha1": {10: quoting.replayed(entries[:3], "sha1")},
        "sha256": {0: b"\x07" * 32, 10: quoting.replayed(entries, "sha256")},
    }
    check, _, found, _ = case(entries, None, values=values)
    assert (check.status, found) == (Status.FAIL, ["pcr-lags"])
    assert "sha1 PCR 10 was quoted after 3 entries, another PCR after 5" in check.detail


def test_values_that_are_not_the_quoted_ones(case, entries, quoting):
    values = {"sha256": {0: b"\x07" * 32, 10: quoting.replayed(entries, "sha256")}}
    # PCR 10 may be read later than it was quoted: the replayed value takes its place.
    later = {"sha256": {0: b"\x07" * 32, 10: b"\x01" * 32}}
    assert case(entries, None, values=values, reported=later)[0].status is Status.PASS
    other = {"sha256": {0: b"\x08" * 32, 10: values["sha256"][10]}}
    check, _, found, _ = case(entries, None, values=values, reported=other)
    assert (check.status, found) == (Status.FAIL, ["pcr-values-differ"])
    check, _, found, _ = case(entries, None, values=values, reported={"sha256": {10: values["sha256"][10]}})
    assert (check.status, found) == (Status.FAIL, ["pcr-values-missing"])
    # A quote of the list's PCR alone needs no reported value.
    alone = {"sha256": {10: values["sha256"][10]}}
    assert case(entries, None, values=alone, reported={})[0].status is Status.PASS


def test_a_quote_that_leaves_the_pcr_out(case, entries):
    check, _, found, _ = case(entries, None, values={"sha256": {0: b"\x07" * 32}})
    assert (check.status, found) == (Status.FAIL, ["pcr-not-quoted"])
    assert "the list extends PCR 10, and the quote does not cover it" in check.detail
    check, _, found, _ = case(entries, None, values={"sha1": {}, "sha256": {}}, reported={})
    assert (check.status, found) == (Status.FAIL, ["selection-empty"])


def test_entries_of_another_pcr_are_said_to_be_nobodys(case, entries, quoting):
    log = [*entries, quoting.entry("boot-params", pcr=11)]
    check, points, found, _ = case(log, entries)
    assert (check.status, found) == (Status.WARN, ["pcr-not-quoted", "quoted"])
    assert (points[quoting.NODE].first, points[quoting.NODE].entries) == (5, 6)


def test_a_tpm_that_was_told_nothing(case, entries):
    values = {"sha256": {10: bytes(32)}}
    check, points, found, _ = case(entries, None, values=values)
    assert (check.status, points) == (Status.FAIL, {})
    assert "never-reached" in found
    assert "before the first entry" in check.detail
    check, _, found, _ = case([], None, values=values)
    assert (check.status, found) == (Status.FAIL, ["never-reached"])


def test_only_sha1_is_weak(case, entries, quoting):
    check, _, _, _ = case(entries, None, values={"sha1": {10: quoting.replayed(entries, "sha1")}})
    assert check.status is Status.WARN
    assert "weak" in check.detail


def test_a_corrupt_entry_is_another_finding(case, entries, quoting):
    log = [*entries[:1], quoting.entry("/bin/sh", wrong_hash=True), *entries[2:]]
    check, points, found, verdict = case(log, entries)
    assert (check.status, points) == (Status.FAIL, {})
    assert found == ["corrupt-entry"]
    assert verdict.check("ima.self-consistent").status is Status.FAIL


@pytest.mark.parametrize(
    ("extra", "seal", "code"),
    [
        (NONCE, SEAL, "extra-data"),
        (tpm.envelope_extra_data(b"\x15\x81", SPKI), SEAL, "extra-data"),
        (tpm.envelope_extra_data(NONCE, b"another key"), SEAL, "extra-data"),
        (BOUND, Seal(NONCE, None), "no-signer"),
        (BOUND, UNSEALED, "no-signer"),
    ],
)
def test_a_quote_of_something_else(case, entries, extra, seal, code):
    check, points, found, _ = case(entries, entries, extra=extra, seal=seal)
    assert (check.status, found, points) == (Status.FAIL, [code], {})


def test_without_a_nonce(case, entries, signer):
    seal = Seal(b"", SPKI)
    check, _, _, _ = case(entries, entries, extra=tpm.envelope_extra_data(b"", SPKI), seal=seal)
    assert check.status is Status.WARN
    assert "may be an old one" in check.detail
    demands = ImaDemands(attestation_keys=(tpm.load_key(signer.pem),), quote_binding="nonce")
    check, _, found, _ = case(entries, entries, extra=b"", seal=seal, demands=demands)
    assert (check.status, found) == (Status.FAIL, ["no-nonce"])


def test_the_key_is_one_of_those_given(case, entries, signer, quoting):
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    others = [
        quoting.Signer(ec.generate_private_key(ec.SECP256R1()), "ecdsa"),
        quoting.Signer(rsa.generate_private_key(65537, 2048), "rsassa"),
    ]
    keys = tuple(tpm.load_key(one.area()) for one in (*others, signer))
    assert case(entries, entries, demands=ImaDemands(attestation_keys=keys))[0].status is Status.PASS
    check, _, found, _ = case(entries, entries, demands=ImaDemands(attestation_keys=keys[:2]))
    assert (check.status, found) == (Status.FAIL, ["bad-signature"])
    assert "none of the 2" in check.detail
    assert case(entries, entries, demands=ImaDemands(attestation_keys=keys[:1]))[2] == ["bad-signature"]


def test_every_quote_of_a_node_must_hold(quoting, judge_quotes, signer, entries):
    values = {"sha256": {10: quoting.replayed(entries, "sha256")}}
    good, bad = (quoting.Quote(extra, values).encode() for extra in (BOUND, NONCE))
    demands = ImaDemands(attestation_keys=(tpm.load_key(signer.area()),))
    node = quoting.node_data(b"".join(entries))
    quotes = [quoting.registers(message, signer.sign(message), values) for message in (good, bad)]
    verdict, points = judge_quotes([node], quotes, demands, SEAL)
    assert (verdict.check("ima.matches-quote").status, points) == (Status.FAIL, {})


def test_each_node_has_its_own_quote(quoting, judge_quotes, signer, entries):
    values = {"sha256": {10: quoting.replayed(entries, "sha256")}}
    message = quoting.Quote(BOUND, values).encode()
    demands = ImaDemands(attestation_keys=(tpm.load_key(signer.area()),))
    here, there = (
        quoting.node_data(b"".join(entries)) | {"node-location": name}
        for name in (quoting.NODE, "node0_1_CPU0")
    )
    verdict, _ = judge_quotes(
        [here, there], [quoting.registers(message, signer.sign(message), values)], demands, SEAL
    )
    check = verdict.check("ima.matches-quote")
    assert check.status is Status.SKIP
    assert "node0_1_CPU0: the dossier carries no quote" in check.detail
    assert verdict.outcome is Outcome.INDETERMINATE


def test_an_incremental_log_goes_on_from_the_stated_point(case, entries, quoting):
    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    state = {bank: {"10": text(quoting.replayed(entries[:2], bank))} for bank in ("sha1", "sha256")}
    start = {"event-number": "1", "boot-id": "11111111-2222-3333-4444-555555555555", "pcr": state}
    check, points, _, _ = case(entries[2:], entries[:4], members={"ima-start": start})
    assert check.status is Status.PASS
    assert "from the state that the node itself states" in check.detail
    point = points[quoting.NODE]
    assert (point.entries, point.listed, point.is_incremental) == (4, 5, True)
    assert point.boot_id == start["boot-id"]
    for log, covered, listed, found in (
        ([], 2, 2, ["quoted"]),
        (entries[2:], 2, 5, ["after-quote", "quoted"]),
    ):
        check, points, kinds_, _ = case(log, entries[:2], members={"ima-start": start})
        assert (check.status, kinds_) == (Status.PASS, found)
        assert (points[quoting.NODE].entries, points[quoting.NODE].listed) == (covered, listed)
        assert points[quoting.NODE].pcrs["sha256"][10] == quoting.replayed(entries[:2], "sha256")
    assert case([], entries[:3], members={"ima-start": start})[0].status is Status.FAIL
    silent = start | {"pcr": {"sha1": state["sha1"]}}
    check, _, kinds_, _ = case(entries[2:], entries[:4], members={"ima-start": silent})
    assert (check.status, kinds_) == (Status.FAIL, ["pcr-values-missing"])
    wrong = start | {"pcr": {**state, "sha1": {"10": text(bytes(20))}}}
    assert case(entries[2:], entries, members={"ima-start": wrong})[0].status is Status.FAIL
    for broken in ([], {}, start | {"event-number": -1}, start | {"pcr": {"sha1": {"10": "AA=="}}}, start | {"boot-id": 1},
                   start | {"pcr": {"sha1": {"x": ""}}}, start | {"pcr": []}):  # fmt: skip
        check, _, _, _ = case(entries[2:], entries, members={"ima-start": broken})
        assert check.status is Status.FAIL
        assert "ima-start" in check.detail


BROKEN = {
    "no object": 1,
    "no node-location": {"tpm-name": "tpm0"},
    "without the other": {"node-location": "node0_RP0_CPU0", "pcr-quote": "AA=="},
    "no canonical base64": {
        "node-location": "node0_RP0_CPU0",
        "pcr-quote": "AB==",
        "pcr-quote-signature": "AA==",
    },
    "no list of objects": {"node-location": "node0_RP0_CPU0", "PCR": [1]},
    "is no PCR": {"node-location": "node0_RP0_CPU0", "PCR": [{"index": True, "value": "AA=="}]},
    "no value of bank": {
        "node-location": "node0_RP0_CPU0",
        "PCR": [{"index": 1, "bank": "sha1", "value": "AA=="}],
    },
}


@pytest.mark.parametrize("told", BROKEN)
def test_a_quote_that_breaks_its_format_fails_with_the_place(quoting, judge_quotes, signer, entries, told):
    demands = ImaDemands(attestation_keys=(tpm.load_key(signer.area()),))
    verdict, _ = judge_quotes([quoting.node_data(b"".join(entries))], [BROKEN[told]], demands, SEAL)
    check = verdict.check("ima.matches-quote")
    assert check.status is Status.FAIL
    assert told in check.detail
    assert "platform-config-registers[0]" in check.detail


def test_damaged_structures_fail_with_the_offset(case, entries, quoting, judge_quotes, signer):
    demands = ImaDemands(attestation_keys=(tpm.load_key(signer.area()),))
    quote = quoting.registers(b"\xffTCG" + struct.pack(">H", 0x8018), b"\x00", {})
    verdict, _ = judge_quotes([quoting.node_data(b"".join(entries))], [quote], demands, SEAL)
    assert "TPMS_ATTEST: byte 6" in verdict.check("ima.matches-quote").detail
