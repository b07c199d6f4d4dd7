"""Chain validation: every way to be wrong is named; no bytes make it stumble or pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest.config.model import KeyKind
from xrattest.pki.chain import MAX_CERTIFICATE, validate_chain

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
CA_USAGE, LEAF_USAGE = ("digital_signature", "key_cert_sign", "crl_sign"), ("digital_signature",)


@cache
def key(label: str):
    if label.startswith("rsa"):
        return rsa.generate_private_key(65537, int(label[3:]))
    if label == "k1":
        return ec.generate_private_key(ec.SECP256K1())
    return ed448.Ed448PrivateKey.generate() if label == "ed448" else ed25519.Ed25519PrivateKey.generate()


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(bits):
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


def certificate(subject, issuer, own, signer, *, ca=None, bits=(), start=NOW - timedelta(days=1), days=365, serial=None,
                constraints=True, digest="", extra=None, authority=True) -> bytes:  # fmt: skip
    """One certificate; `ca` is the path length of a CA, None for a leaf."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key(own).public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key(own).public_key()), critical=False)
    )
    if authority:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key(signer).public_key())
        builder = builder.add_extension(identifier, critical=False)
    if constraints:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=ca is not None, path_length=ca), critical=True
        )
    if bits:
        builder = builder.add_extension(usage(bits), critical=True)
    if extra is not None:
        builder = builder.add_extension(extra, critical=True)
    algorithm = (
        getattr(hashes, digest)() if digest else hashes.SHA256() if signer.startswith(("rsa", "k1")) else None
    )
    return builder.sign(key(signer), algorithm).public_bytes(Encoding.DER)


def root(**changes) -> bytes:
    return certificate(
        **{
            "subject": "root",
            "issuer": "root",
            "own": "root",
            "signer": "root",
            "ca": 1,
            "bits": CA_USAGE,
            **changes,
        }
    )


def middle(**changes) -> bytes:
    return certificate(
        **{
            "subject": "mid",
            "issuer": "root",
            "own": "mid",
            "signer": "root",
            "ca": 0,
            "bits": CA_USAGE,
            **changes,
        }
    )


def leaf(**changes) -> bytes:
    return certificate(
        **{
            "subject": "leaf",
            "issuer": "root",
            "own": "leaf",
            "signer": "root",
            "bits": LEAF_USAGE,
            **changes,
        }
    )


ROOT = root()
MIDDLE = middle()
LEAF = leaf(serial=0x1234567890ABCDEF)
UNDER_MIDDLE = {"issuer": "mid", "signer": "mid"}


def codes(chain, anchors=None, at=NOW, **options):
    report = validate_chain(chain, [chain[0]] if anchors is None else anchors, at, **options)
    assert report.ok == (not report.problems)
    return {(problem.code, problem.index) for problem in report.problems}


def test_good_chains():
    assert codes([ROOT, leaf()]) == set()
    assert codes([ROOT, MIDDLE, leaf(**UNDER_MIDDLE)]) == set()
    assert codes([ROOT, leaf()], anchors=[root(subject="other", issuer="other"), ROOT]) == set()


def test_the_leaf_and_reason_are_reported():
    report = validate_chain([ROOT, leaf()], [ROOT], NOW)
    assert report.leaf.subject == named("leaf")
    assert report.reason == ""
    late = validate_chain([ROOT, leaf()], [ROOT], NOW + timedelta(days=400))
    assert "certificate 1: expired at 2027-" in late.reason


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([root(days=0, start=NOW - timedelta(days=2)), leaf()], ("expired", 0)),
        ([ROOT, leaf(start=NOW - timedelta(days=20), days=10)], ("expired", 1)),
        ([ROOT, leaf(start=NOW + timedelta(seconds=1))], ("not-yet-valid", 1)),
        ([root(start=NOW + timedelta(seconds=1)), leaf()], ("not-yet-valid", 0)),
        ([ROOT, leaf(bits=("key_agreement",))], ("leaf-key-usage", 1)),
        ([ROOT, leaf(bits=())], ("leaf-key-usage", 1)),
        ([ROOT, leaf(ca=0, bits=(*CA_USAGE,))], ("leaf-is-ca", 1)),
        ([ROOT], ("leaf-is-ca", 0)),
        ([root(bits=("digital_signature", "crl_sign")), leaf()], ("ca-key-usage", 0)),
        ([root(bits=()), leaf()], ("ca-key-usage", 0)),
        ([root(ca=None, bits=CA_USAGE), leaf()], ("not-a-ca", 0)),
        ([root(constraints=False), leaf()], ("not-a-ca", 0)),
        ([ROOT, middle(ca=None, bits=("digital_signature",)), leaf(**UNDER_MIDDLE)], ("not-a-ca", 1)),
        ([root(ca=0), MIDDLE, leaf(**UNDER_MIDDLE)], ("path", 0)),
        ([ROOT, leaf(signer="impostor")], ("path", 1)),
        ([ROOT, leaf(issuer="nobody")], ("order", 1)),
        ([ROOT, leaf(**UNDER_MIDDLE), MIDDLE], ("order", 1)),
        ([leaf(), ROOT], ("order", 1)),
        ([ROOT, leaf(**UNDER_MIDDLE)], ("order", 1)),
        ([ROOT, MIDDLE, leaf()], ("order", 2)),
        ([ROOT, MIDDLE, MIDDLE, leaf(**UNDER_MIDDLE)], ("unrelated", None)),
        ([ROOT, ROOT, leaf()], ("unrelated", None)),
        (
            [ROOT, leaf(extra=x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"))],
            ("path", 1),
        ),
        ([root(own="rsa1024", signer="rsa1024"), leaf(signer="rsa1024")], ("weak", 0)),
        ([ROOT, leaf(own="rsa1024")], ("weak", 1)),
        ([ROOT, leaf(own="k1")], ("key-type", 1)),
        ([ROOT, leaf(own="ed448")], ("key-type", 1)),
        ([ROOT, leaf()[:-1]], ("malformed", 1)),
        ([ROOT, leaf() + b"\0"], ("malformed", 1)),
        ([ROOT + b"\0", leaf()], ("malformed", 0)),
        ([ROOT, b""], ("malformed", 1)),
        ([ROOT, b"\0" * (MAX_CERTIFICATE + 1)], ("malformed", 1)),
        ([ROOT, b"-----BEGIN CERTIFICATE-----\n"], ("malformed", 1)),
        ([ROOT] * 11, ("too-long", None)),
        ([], ("empty", None)),
    ],
)
def test_each_failure_is_named(chain, expected):
    anchors = chain[:1]
    assert expected in codes(chain, anchors)


def test_the_strict_mode_of_openssl_is_on():
    # Only X509_STRICT refuses a leaf without an authority key identifier (RFC 5280 section 4.2.1.1).
    report = validate_chain([ROOT, leaf(authority=False)], [ROOT], NOW)
    assert [(problem.code, problem.index) for problem in report.problems] == [("path", 1)]
    assert "Authority Key Identifier" in report.reason


def test_times_are_inclusive_and_any_zone():
    from datetime import timezone

    chain = [ROOT, leaf()]
    start = NOW - timedelta(days=1)
    east = timezone(timedelta(hours=14))
    assert codes(chain, at=start.astimezone(east)) == set()
    assert codes(chain, at=(start + timedelta(days=365)).astimezone(east)) == set()
    assert ("expired", 1) in codes(chain, at=start + timedelta(days=365, microseconds=1))
    assert ("not-yet-valid", 1) in codes(chain, at=start - timedelta(microseconds=1))
    with pytest.raises(ValueError, match="time zone"):
        validate_chain(chain, [ROOT], NOW.replace(tzinfo=None))


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_time_far_away_is_a_problem_and_no_accident(year):
    assert codes([ROOT, leaf()], at=datetime(year, 1, 1, tzinfo=UTC))


def test_the_root_is_pinned_byte_for_byte():
    twin = root(serial=4)
    assert codes([ROOT, leaf()], anchors=[twin]) == {("anchor", 0)}
    assert "same name" in validate_chain([ROOT, leaf()], [twin], NOW).reason
    other = root(subject="other", issuer="other", own="other", signer="other")
    assert "none of the given" in validate_chain([ROOT, leaf()], [other], NOW).reason
    assert codes([ROOT, leaf()], anchors=[]) == {("no-anchor", None)}
    assert codes([ROOT, leaf()], anchors=[b"junk"]) == {("anchor", 0)}


def test_an_attackers_root_of_the_same_name_and_identifier_does_not_pass():
    forged = root(own="impostor", signer="impostor")
    assert ("anchor", 0) in codes([forged, leaf(signer="impostor")], anchors=[ROOT])


def test_an_intermediate_is_no_anchor_by_itself():
    chain = [MIDDLE, leaf(**UNDER_MIDDLE)]
    assert ("path", 0) in codes(chain, anchors=[MIDDLE])


def test_sha1_is_weak_below_the_root(monkeypatch):
    # The library refuses to sign over SHA-1, so what it reads is what is changed here.
    from xrattest.pki import chain as module

    monkeypatch.setattr(module, "_signature_hash", lambda certificate: hashes.SHA1())
    assert codes([ROOT, leaf()]) == {("weak", 1)}


def test_weak_keys_pass_only_when_allowed():
    weak = [root(own="rsa1024", signer="rsa1024"), leaf(own="rsa1024", signer="rsa1024")]
    assert codes(weak) == {("weak", 0), ("weak", 1)}
    assert codes(weak, allow_weak=True) == set()


@pytest.mark.parametrize("position", ["root", "leaf"])
def test_no_changed_byte_of_a_certificate_passes(enrolled, position):
    kind, _, _, done = enrolled
    masks = (0x01, 0x80, 0xFF) if kind in {KeyKind.RSA, KeyKind.ED25519} else (0x01,)
    original = list(done.trustpoint.chain)
    index = {"root": 0, "leaf": 1}[position]
    for offset in range(len(original[index])):
        for mask in masks:
            changed = bytearray(original[index])
            changed[offset] ^= mask
            chain = [*original[:index], bytes(changed), *original[index + 1 :]]
            assert not validate_chain(chain, [original[0]], NOW).ok, (offset, mask)


def test_no_value_of_any_byte_of_a_leaf_passes():
    assert validate_chain([ROOT, LEAF], [ROOT], NOW).ok
    for offset in range(0, len(LEAF), 5):
        for value in set(range(256)) - {LEAF[offset]}:
            changed = LEAF[:offset] + bytes([value]) + LEAF[offset + 1 :]
            assert not validate_chain([ROOT, changed], [ROOT], NOW).ok, (offset, value)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_bytes_make_it_stumble(data):
    cut = data.draw(st.integers(0, len(LEAF)))
    length = data.draw(st.integers(0, 20))
    noise = data.draw(st.binary(max_size=20))
    hostile = LEAF[:cut] + noise + LEAF[cut + length :]
    if hostile != LEAF:
        assert not validate_chain([ROOT, hostile], [ROOT], NOW).ok
    assert not validate_chain([hostile[:cut], noise], [noise], NOW).ok
