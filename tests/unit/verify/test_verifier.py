"""`verify` over real envelopes: what is wrong fails the check that is about it, and nothing wrong passes."""

from __future__ import annotations

import base64
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from xrattest.envelope import open_envelope, seal
from xrattest.errors import EnvelopeError
from xrattest.verify.catalogue import CATALOGUE
from xrattest.verify.verdict import Outcome, Status
from xrattest.verify.verifier import verify

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
KINDS = ["rsa", "dsa", "p256", "p384", "p521", "ed25519"]


@pytest.fixture
def sealed(tmp_path):
    """Seal a text; returns the envelope as Python objects."""

    def make(signer, text="hello\n", *, nonce="1580", include_certificate=True):
        source, out = tmp_path / "source", io.BytesIO()
        source.write_bytes(text if isinstance(text, bytes) else text.encode())
        seal(source, out, signer, nonce=nonce, include_certificate=include_certificate)
        return json.loads(out.getvalue())

    return make


@pytest.fixture
def judge(tmp_path):
    """Write an envelope, open it and judge it, as the command does."""

    def run(envelope, anchors, **options):
        path, spool = tmp_path / "envelope", tmp_path / "spool"
        path.write_text(json.dumps(envelope) if isinstance(envelope, dict) else envelope, "utf-8")
        spool.mkdir(exist_ok=True)
        try:
            opened = open_envelope(path, spool)
        except EnvelopeError as error:
            opened = error
        return verify(opened, anchors, **{"at": AT, **options})

    return run


def statuses(verdict):
    return {check.id: str(check.status) for check in verdict.checks if check.id.startswith("envelope.")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_envelope_passes_for_every_kind_of_key(kind, issuing, sealed, judge):
    signer = issuing.signer(kind)
    verdict = judge(sealed(signer), [signer.chain[0]], nonce="1580", identity="edge1")
    assert verdict.outcome is Outcome.PASS, verdict.to_json()
    assert verdict.device == "edge1"
    assert statuses(verdict) == {
        "envelope.structure": "pass", "envelope.key-id": "pass", "envelope.chain": "pass", "envelope.times": "pass",
        "envelope.signature": "pass", "envelope.sudi-signature": "skip", "envelope.nonce": "pass",
        "envelope.identity": "pass", "envelope.age": "skip",
    }  # fmt: skip
    assert {check.id for check in verdict.checks if check.required} == {
        "envelope.structure", "envelope.chain", "envelope.times", "envelope.signature", "envelope.nonce", "envelope.identity",
    }  # fmt: skip


def test_the_verdict_names_every_check_of_the_catalogue(issuing, sealed, judge):
    signer = issuing.signer()
    assert [check.id for check in judge(sealed(signer), []).checks] == list(CATALOGUE)


def test_without_an_anchor_no_verdict_is_pass_and_nobody_is_named(issuing, sealed, judge):
    verdict = judge(sealed(issuing.signer()), [])
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.check("envelope.chain").status is Status.SKIP
    assert "no trust anchor" in verdict.check("envelope.chain").detail
    assert verdict.check("envelope.signature").status is Status.PASS
    assert verdict.device is None


def test_an_anchor_of_another_name_fails(issuing, sealed, judge):
    verdict = judge(sealed(issuing.signer()), [issuing.signer(root="other", label="other").chain[0]])
    assert verdict.failed() == ["envelope.chain"]
    assert verdict.device is None


def test_a_root_of_the_same_name_is_another_root(issuing, sealed, judge):
    forged = issuing.signer(label="forged")
    verdict = judge(sealed(forged), [issuing.signer().chain[0]])
    assert verdict.failed() == ["envelope.chain"]
    assert verdict.check("envelope.signature").status is Status.PASS


def test_a_root_swapped_for_the_true_one_does_not_adopt_the_leaf(issuing, sealed, judge):
    signer, forged = issuing.signer(), issuing.signer(label="forged")
    envelope = sealed(forged)
    envelope["signature-envelop"]["signing-certificate"][0] = base64.b64encode(signer.chain[0]).decode()
    assert "envelope.chain" in judge(envelope, [signer.chain[0]]).failed()


def test_a_leaf_that_the_root_never_signed(issuing, sealed, judge):
    signer = issuing.signer()
    key = issuing.key("ed25519", "stranger")
    stranger = issuing.certify(
        key, "edge1", 4278, issuer_key=issuing.key("ed25519", "someone"), issuer="root"
    )
    forged = issuing.LocalSigner("ed25519", (signer.certificates[0], stranger), key)
    assert "envelope.chain" in judge(sealed(forged), [signer.chain[0]]).failed()


def test_a_leaf_that_may_not_sign(issuing, sealed, judge):
    signer = issuing.signer(key_usage=issuing.usage(key_agreement=True))
    assert judge(sealed(signer), [signer.chain[0]]).failed() == ["envelope.chain"]


def test_one_of_several_anchors_is_enough(issuing, sealed, judge):
    signer, other = issuing.signer(), issuing.signer(root="other", label="other")
    assert judge(sealed(signer), [other.chain[0], signer.chain[0]]).outcome is Outcome.PASS


@pytest.mark.parametrize("days", [-2, 366])
def test_out_of_its_time_the_chain_is_good_and_the_times_are_not(days, issuing, sealed, judge):
    signer = issuing.signer()
    verdict = judge(sealed(signer), [signer.chain[0]], at=AT + timedelta(days=days))
    assert verdict.failed() == ["envelope.times"]
    assert verdict.check("envelope.chain").status is Status.PASS


def test_out_of_its_time_a_forged_chain_is_still_forged(issuing, sealed, judge):
    verdict = judge(
        sealed(issuing.signer(label="forged")), [issuing.signer().chain[0]], at=AT + timedelta(days=366)
    )
    assert verdict.failed() == ["envelope.chain", "envelope.times"]


def test_certificates_that_were_never_valid_together(issuing, sealed, judge):
    signer = issuing.signer(start=issuing.END + timedelta(days=1), end=issuing.END + timedelta(days=9))
    verdict = judge(sealed(signer), [signer.chain[0]], at=issuing.END + timedelta(days=2))
    assert verdict.outcome is Outcome.FAIL
    assert "envelope.times" in verdict.failed()


def test_the_bounds_of_a_certificate_are_inside(issuing, sealed, judge):
    signer = issuing.signer()
    for at in (issuing.START, issuing.END):
        assert judge(sealed(signer), [signer.chain[0]], at=at).outcome is Outcome.PASS
    for at in (issuing.START - timedelta(seconds=1), issuing.END + timedelta(seconds=1)):
        assert judge(sealed(signer), [signer.chain[0]], at=at).failed() == ["envelope.times"]


class TestSigningCertificate:
    def test_without_certificates_nothing_can_be_said(self, issuing, sealed, judge):
        signer = issuing.signer()
        verdict = judge(sealed(signer, include_certificate=False), [signer.chain[0]])
        assert verdict.outcome is Outcome.INDETERMINATE
        for name in ("key-id", "chain", "times", "signature"):
            assert verdict.check(f"envelope.{name}").status is Status.SKIP

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_given_leaf_is_used(self, kind, issuing, sealed, judge):
        signer = issuing.signer(kind)
        envelope = sealed(signer, include_certificate=False)
        verdict = judge(envelope, [signer.chain[0]], signing_certificate=[signer.chain[1]])
        assert verdict.outcome is Outcome.PASS, verdict.to_json()

    def test_in_any_order_and_with_the_root(self, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer, include_certificate=False)
        for given in (signer.chain, signer.chain[::-1], [*signer.chain, *signer.chain]):
            assert judge(envelope, [signer.chain[0]], signing_certificate=given).outcome is Outcome.PASS

    def test_a_given_root_is_no_anchor(self, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer, include_certificate=False)
        verdict = judge(envelope, [], signing_certificate=signer.chain)
        assert verdict.outcome is Outcome.INDETERMINATE
        other = issuing.signer(label="other").chain[0]
        assert judge(envelope, [other], signing_certificate=signer.chain).failed() == ["envelope.chain"]

    def test_a_given_leaf_without_its_root_anywhere(self, issuing, sealed, judge):
        signer, other = issuing.signer(), issuing.signer(label="other")
        envelope = sealed(signer, include_certificate=False)
        verdict = judge(envelope, [other.chain[0]], signing_certificate=signer.chain[1:])
        assert verdict.failed() == ["envelope.chain"]

    def test_the_wrong_leaf_fails_signature_or_key_id(self, issuing, sealed, judge):
        signer, other = issuing.signer(), issuing.signer(label="other", serial=9)
        verdict = judge(
            sealed(signer, include_certificate=False), [other.chain[0]], signing_certificate=other.chain[1:]
        )
        assert verdict.failed() == ["envelope.key-id", "envelope.signature"]
        assert verdict.device is None

    def test_both_must_agree(self, issuing, sealed, judge):
        signer, other = issuing.signer(), issuing.signer(label="other")
        envelope = sealed(signer)
        assert (
            judge(envelope, [signer.chain[0]], signing_certificate=signer.chain[1:]).outcome is Outcome.PASS
        )
        verdict = judge(envelope, [signer.chain[0]], signing_certificate=other.chain[1:])
        assert verdict.failed() == ["envelope.chain"]
        assert "another signing certificate" in verdict.check("envelope.chain").detail

    def test_two_given_leaves_are_refused(self, issuing, sealed, judge):
        signer, other = issuing.signer(), issuing.signer(label="other")
        given = [signer.chain[1], other.chain[1]]
        verdict = judge(
            sealed(signer, include_certificate=False), [signer.chain[0]], signing_certificate=given
        )
        assert verdict.failed() == ["envelope.chain"]


class TestSignature:
    def test_another_key_id_fails(self, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer)
        envelope["signature-envelop"]["pub-key-id"] = "4279"
        assert judge(envelope, [signer.chain[0]]).failed() == ["envelope.key-id"]

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(
        "named", ["RSA-SHA256", "RSA-SHA384", "ECDSA-SHA256", "ECDSA-SHA384", "DSA-SHA256", "ED25519"]
    )
    def test_an_algorithm_that_was_not_used_fails(self, kind, named, issuing, sealed, judge):
        signer = issuing.signer(kind)
        envelope = sealed(signer)
        if named == signer.algorithm:
            return
        envelope["signature-envelop"]["digest-algorithm"] = named
        assert judge(envelope, [signer.chain[0]]).failed() == ["envelope.signature"]

    def test_the_last_newline_is_signed(self, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer)
        envelope["cli-output"] = "hello"
        assert judge(envelope, [signer.chain[0]]).failed() == ["envelope.signature"]

    def test_a_nonce_taken_away_fails(self, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer)
        del envelope["signature-envelop"]["nonce"]
        assert judge(envelope, [signer.chain[0]]).failed() == ["envelope.signature"]

    def test_a_text_moved_into_the_nonce_is_refused(self, issuing, sealed, judge):
        """The one ambiguity of version 01: nonce 15 ‖ text "X\\0\\0\\0\\1rest" has the signed bytes of a longer nonce ‖ "rest"."""
        signer = issuing.signer()
        envelope = sealed(signer, "rest", nonce="15" + "00000001" + "58")
        envelope["signature-envelop"]["nonce"] = "15"
        envelope["cli-output"] = "X\0\0\0\1rest"
        verdict = judge(envelope, [signer.chain[0]])
        assert verdict.failed() == ["envelope.structure"]
        assert "U+0000" in verdict.check("envelope.structure").detail

    def test_a_hardware_signature_is_not_taken_for_verified(self, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer)
        envelope["signature-envelop"]["sudi-signature"] = envelope["signature-envelop"]["signature"]
        verdict = judge(envelope, [signer.chain[0]])
        check = verdict.check("envelope.sudi-signature")
        assert (check.status, check.required) == (Status.SKIP, False)
        assert "carries one" in check.detail
        required = judge(envelope, [signer.chain[0]], required=["envelope.sudi-signature"])
        assert required.outcome is Outcome.INDETERMINATE


class TestStructure:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"signature-version": "02"}, "'02'"),
            ({"signature-version": None}, "signature-version missing"),
            ({"extra": "x"}, "unknown members 'extra'"),
            ({"digest-algorithm": "MD5"}, "'MD5'"),
            ({"nonce": "158"}, "nonce"),
            ({"nonce": "15AB"}, "nonce"),
            ({"nonce": ""}, "nonce"),
            ({"pub-key-id": "04278"}, "pub-key-id"),
            ({"signature": "!"}, "base64"),
            ({"signing-certificate": []}, "signing-certificate"),
        ],
    )
    def test_a_broken_member_fails_structure_and_nothing_else_is_looked_at(
        self, change, reason, issuing, sealed, judge
    ):
        signer = issuing.signer()
        envelope = sealed(signer)
        changed = {**envelope["signature-envelop"], **change}
        envelope["signature-envelop"] = {key: value for key, value in changed.items() if value is not None}
        verdict = judge(envelope, [signer.chain[0]])
        assert verdict.failed() == ["envelope.structure"]
        assert reason in verdict.check("envelope.structure").detail
        assert {check.status for check in verdict.checks[1:]} == {Status.SKIP}

    @pytest.mark.parametrize("where", ["envelope", "signature"])
    def test_a_member_twice(self, where, issuing, sealed, judge):
        signer = issuing.signer()
        text = json.dumps(sealed(signer))
        twice = (
            '{"cli-output": "bye", ' + text[1:]
            if where == "envelope"
            else text.replace('"nonce":', '"nonce": "00", "nonce":')
        )
        assert judge(twice, [signer.chain[0]]).failed() == ["envelope.structure"]

    def test_text_before_the_envelope_is_the_devices_clock(self, issuing, sealed, judge):
        signer = issuing.signer()
        text = "Mon Nov 23 10:00:00.000 UTC\n" + json.dumps(sealed(signer))
        assert judge(text, [signer.chain[0]]).outcome is Outcome.PASS


class TestCertificates:
    @pytest.mark.parametrize("garbage", [b"", b"\x30", b"no certificate", bytes(1000)])
    def test_one_that_cannot_be_read_fails_the_chain_or_structure(self, garbage, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer)
        envelope["signature-envelop"]["signing-certificate"][1] = base64.b64encode(garbage).decode()
        verdict = judge(envelope, [signer.chain[0]])
        assert verdict.failed() == ["envelope.structure" if not garbage else "envelope.chain"]

    def test_one_that_is_not_on_the_path_fails(self, issuing, sealed, judge):
        signer, other = issuing.signer(), issuing.signer(root="other", label="other")
        envelope = sealed(signer)
        for place in (0, 1):
            certificates = [base64.b64encode(der).decode() for der in signer.chain]
            certificates.insert(place, base64.b64encode(other.chain[0]).decode())
            envelope["signature-envelop"]["signing-certificate"] = certificates
            assert "envelope.chain" in judge(envelope, [signer.chain[0]]).failed()

    def test_the_wrong_order_fails(self, issuing, sealed, judge):
        signer = issuing.signer()
        envelope = sealed(signer)
        envelope["signature-envelop"]["signing-certificate"].reverse()
        assert "envelope.chain" in judge(envelope, [signer.chain[0]]).failed()

    def test_a_root_alone_does_not_sign(self, issuing, sealed, judge):
        key = issuing.key("ed25519", "root")
        root = issuing.certify(key, "root", 4277, ca=True)
        signer = issuing.LocalSigner("ed25519", (root,), key)
        assert judge(sealed(signer), signer.chain).failed() == ["envelope.chain"]


class TestQuestions:
    def test_another_nonce(self, issuing, sealed, judge):
        signer = issuing.signer()
        assert judge(sealed(signer), [signer.chain[0]], nonce="1581").failed() == ["envelope.nonce"]

    def test_no_nonce_inside(self, issuing, sealed, judge):
        signer = issuing.signer()
        assert judge(sealed(signer, nonce=None), [signer.chain[0]], nonce="1580").failed() == [
            "envelope.nonce"
        ]
        assert judge(sealed(signer, nonce=None), [signer.chain[0]]).outcome is Outcome.PASS

    def test_a_nonce_that_is_none_is_the_callers_fault(self, issuing, sealed, judge):
        with pytest.raises(ValueError, match="nonce"):
            judge(sealed(issuing.signer()), [], nonce="15G0")
        with pytest.raises(ValueError, match="time zone"):
            judge(sealed(issuing.signer()), [], at=datetime(2026, 11, 23))  # noqa: DTZ001 - what is refused

    def test_another_identity(self, issuing, sealed, judge):
        signer = issuing.signer()
        verdict = judge(sealed(signer), [signer.chain[0]], identity="edge2")
        assert verdict.failed() == ["envelope.identity"]
        assert "CN edge1" in verdict.check("envelope.identity").detail

    def test_an_age_that_plain_text_does_not_tell(self, issuing, sealed, judge):
        signer = issuing.signer()
        verdict = judge(sealed(signer), [signer.chain[0]], max_age=timedelta(minutes=10))
        assert verdict.outcome is Outcome.INDETERMINATE
        assert verdict.check("envelope.age").required

    def test_a_dossier_that_is_demanded(self, issuing, sealed, judge):
        signer = issuing.signer()
        assert judge(sealed(signer), [signer.chain[0]]).outcome is Outcome.PASS
        demanded = judge(sealed(signer), [signer.chain[0]], required=["dossier.structure"])
        assert demanded.outcome is Outcome.INDETERMINATE
