"""What makes a quote fail, each cause by its own code; and real quotes, with one bit changed anywhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest import tpm
from xrattest.errors import QuoteError, XrattestError

VECTORS = Path(__file__).parents[2] / "vectors" / "tpm"


def real(kind: str) -> tuple[bytes, bytes, tpm.AttestationKey, bytes, dict]:
    at = VECTORS / kind
    return (
        (at / "quote.msg").read_bytes(),
        (at / "quote.sig").read_bytes(),
        tpm.load_key((at / "ak.pub").read_bytes()),
        bytes.fromhex((at / "nonce.hex").read_text().strip()),
        tpm.parse_pcr_file((at / "quote.pcrs").read_bytes()),
    )


def refused(*arguments, **asked) -> str:
    with pytest.raises(QuoteError) as caught:
        tpm.verify_quote(*arguments, **asked)
    return caught.value.code


@pytest.mark.parametrize("kind", ["rsa", "ecc"])
def test_real_quotes(kind):
    message, signature, key, nonce, values = real(kind)
    quote = tpm.verify_quote(message, signature, key, extra_data=nonce, pcr_values=values)
    assert quote.selected == {"sha1": tuple(range(11)), "sha256": tuple(range(11))}
    assert quote.values == values
    assert quote.remarks() == []


REAL = {kind: real(kind) for kind in ("rsa", "ecc")}


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["rsa", "ecc"]),
    of_message=st.booleans(),
    place=st.integers(0),
    bit=st.integers(0, 7),
)
def test_any_bit_counts(kind, of_message, place, bit):
    message, signature, key, _, _ = REAL[kind]
    changed = bytearray(message if of_message else signature)
    changed[place % len(changed)] ^= 1 << bit
    with pytest.raises(XrattestError):
        tpm.verify_quote(*((bytes(changed), signature) if of_message else (message, bytes(changed))), key)


@pytest.mark.parametrize(
    ("scheme", "hash_name", "salt"),
    [
        ("rsassa", "sha256", None),
        ("rsassa", "sha512", None),
        ("rsapss", "sha256", padding.PSS.MAX_LENGTH),
        ("rsapss", "sha384", padding.PSS.DIGEST_LENGTH),
    ],
)
def test_schemes_of_rsa(rsa_private, quote, make_signer, scheme, hash_name, salt):
    signer, quote.hash = make_signer(rsa_private, scheme, hash_name, salt), hash_name
    message = quote.encode()
    for key in (signer.pem, signer.area(), signer.area(scheme=(scheme, hash_name))):
        found = tpm.verify_quote(message, signer.sign(message), tpm.load_key(key), pcr_values=quote.values)
        assert found.signature.scheme == scheme
    assert refused(message, signer.sign(message + b"x"), tpm.load_key(signer.pem)) == "bad-signature"


def test_a_salt_that_no_tpm_uses_is_refused(rsa_private, quote, make_signer):
    signer = make_signer(rsa_private, "rsapss", "sha256", 8)
    assert refused(quote.encode(), signer.sign(quote.encode()), tpm.load_key(signer.pem)) == "bad-signature"


@pytest.mark.parametrize(
    ("curve", "hash_name"), [(ec.SECP256R1, "sha256"), (ec.SECP384R1, "sha384"), (ec.SECP521R1, "sha512")]
)
def test_curves(quote, make_signer, curve, hash_name):
    signer, quote.hash = make_signer(ec.generate_private_key(curve()), "ecdsa", hash_name), hash_name
    for key in (signer.pem, signer.area(scheme=("ecdsa", hash_name))):
        tpm.verify_quote(
            quote.encode(), signer.sign(quote.encode()), tpm.load_key(key), pcr_values=quote.values
        )


def test_another_key(rsa_signer, ec_private, quote, make_signer):
    message = quote.encode()
    other = make_signer(rsa.generate_private_key(65537, 2048), "rsassa")
    assert refused(message, rsa_signer.sign(message), tpm.load_key(other.pem)) == "bad-signature"
    curve = make_signer(ec_private, "ecdsa")
    assert refused(message, rsa_signer.sign(message), tpm.load_key(curve.pem)) == "scheme-mismatch"
    bound = tpm.load_key(rsa_signer.area(scheme=("rsapss", "sha256")))
    assert refused(message, rsa_signer.sign(message), bound) == "scheme-mismatch"


def test_sha1_is_weak(rsa_private, quote, make_signer):
    signer, quote.hash = make_signer(rsa_private, "rsassa", "sha1"), "sha1"
    given_ = (quote.encode(), signer.sign(quote.encode()), tpm.load_key(signer.area()))
    assert refused(*given_) == "weak-hash"
    found = tpm.verify_quote(*given_, allow_sha1=True)
    assert any("weak" in remark for remark in found.remarks())


def test_remarks(rsa_signer, quote):
    quote.safe = 0
    found = tpm.verify_quote(quote.encode(), rsa_signer.sign(quote.encode()), tpm.load_key(rsa_signer.pem))
    assert [
        word for word in ("restricted", "no nonce", "clock") if any(word in line for line in found.remarks())
    ] == [
        "restricted",
        "no nonce",
        "clock",
    ]


@pytest.mark.parametrize("answered", [b"", b"\x15", b"\x15\x81", b"\x15\x80\x00"])
def test_another_nonce(rsa_signer, quote, answered):
    quote.extra_data = answered
    key = tpm.load_key(rsa_signer.pem)
    assert (
        refused(quote.encode(), rsa_signer.sign(quote.encode()), key, extra_data=b"\x15\x80") == "extra-data"
    )


def test_selections(rsa_signer, quote):
    def code(values, **asked):
        quote.values = values
        return refused(quote.encode(), rsa_signer.sign(quote.encode()), tpm.load_key(rsa_signer.pem), **asked)

    assert code({}) == "selection-empty"
    assert code({"sha1": {}, "sha256": {}}) == "selection-empty"
    assert code({"sha1": {0: bytes(20)}}, required_pcrs={"sha1": (0, 10)}) == "selection"
    assert code({"sha1": {10: bytes(20)}, "sha256": {}}, required_pcrs={"sha256": (10,)}) == "selection"


def test_pcr_values(rsa_signer, quote):
    def code(values):
        return refused(
            quote.encode(), rsa_signer.sign(quote.encode()), tpm.load_key(rsa_signer.pem), pcr_values=values
        )

    right = quote.values
    assert code({**right, "sha1": {10: bytes(20)}}) == "pcr-digest"
    assert code({"sha1": right["sha1"]}) == "pcr-missing"
    # The same bytes, cut elsewhere: the digest alone would not notice.
    moved = {
        "sha1": {10: right["sha1"][10] + b"\x02"},
        "sha256": {0: right["sha256"][0][1:], 10: right["sha256"][10]},
    }
    assert code(moved) == "pcr-size"
    spare = {**right, "sha256": {**right["sha256"], 23: bytes(32)}}
    found = tpm.verify_quote(
        quote.encode(), rsa_signer.sign(quote.encode()), tpm.load_key(rsa_signer.pem), pcr_values=spare
    )
    assert found.values == right


def test_the_binding_to_an_envelope_is_the_written_one():
    spki = b"some key"
    wanted = hashlib.sha256(
        b"xrattest.quote\x00" + b"\x00\x00\x00\x02\x15\x80" + hashlib.sha256(spki).digest()
    ).digest()
    assert tpm.envelope_extra_data(b"\x15\x80", spki) == wanted
    assert (
        len({tpm.envelope_extra_data(nonce, key) for nonce in (b"", b"\x00") for key in (b"", b"\x00")}) == 4
    )
