"""Signatures of security.ima against the digest of an entry."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xrattest.ima.signatures import Keyring, Kind, Result, certificate_key
from xrattest.ima.signatures.judging import Measured, judge_file_signature


def judge(keyring, value, algorithm="sha256", kind=None, digest=None, *, content=b"a program"):
    if digest is None:
        digest = hashlib.new((algorithm or "sha256").replace("3-", "3_"), content).digest()
    return judge_file_signature(keyring, Measured(algorithm, kind, digest), value)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512", "sha3-256"])
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("which", ["EC_KEY", "RSA_KEY"])
def test_good_ones_are_valid(making, keyring, algorithm, version, which):
    key = getattr(making, which)
    digest = hashlib.new(algorithm.replace("3-", "3_"), b"a program").digest()
    found = judge(keyring, making.value(key, digest, version=version, algorithm=algorithm), algorithm)
    assert (found.kind, found.result, found.key_id) == (
        f"ima-v{version}",
        Result.VALID,
        making.key_id(key).hex(),
    )
    assert (
        judge(
            keyring,
            making.value(key, digest, version=version, algorithm=algorithm),
            algorithm,
            content=b"other",
        ).result
        == Result.INVALID
    )


def test_fsverity_signatures_are_over_type_and_algorithm_too(making, keyring):
    signed = making.value(kind=6, version=3)
    assert judge(keyring, signed, kind="verity").result == Result.VALID
    assert judge(keyring, signed).result == Result.VALID  # the template says no type
    assert judge(keyring, signed, kind="ima").result == Result.NOT_CHECKABLE
    assert judge(keyring, making.value(version=3), kind="verity").result == Result.NOT_CHECKABLE
    # The type byte is part of what version 3 signs: one kind of signature is not to be passed off as another.
    assert judge(keyring, b"\x03" + signed[1:]).result == Result.INVALID
    assert judge(keyring, making.value(kind=6, version=2), kind="verity").result == Result.INVALID


@given(st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_signature_is_never_valid(making, keyring, data):
    good = making.value(
        data.draw(st.sampled_from([making.EC_KEY, making.RSA_KEY])),
        version=data.draw(st.sampled_from([2, 3])),
    )
    bit = data.draw(st.integers(0, 2**16)) % (len(good) * 8)  # ECDSA signatures differ in length
    changed = bytearray(good)
    changed[bit // 8] ^= 1 << bit % 8
    assert judge(keyring, good).result == Result.VALID
    assert judge(keyring, bytes(changed)).result != Result.VALID
    assert judge(keyring, good[: bit // 8]).result != Result.VALID
    assert judge(keyring, good + b"\0").result == Result.INVALID


@given(st.binary(max_size=100), st.sampled_from([None, "sha256", "sha1", "x"]), st.binary(max_size=40))
def test_any_value_has_an_outcome(value, algorithm, digest):
    found = judge(Keyring(), value, algorithm, digest=digest)
    assert found.result is not Result.VALID


def test_keys_that_are_not_given(making, keyring):
    found = judge(Keyring(), making.value())
    assert (found.kind, found.result, found.key_id) == (
        Kind.IMA_V2,
        Result.UNKNOWN_KEY,
        making.key_id().hex(),
    )
    assert making.key_id().hex() in found.reason


def test_two_keys_with_one_identifier(making):
    own_id = bytes(16) + making.key_id()
    both = Keyring(
        certificate_key(making.certificate(key, key_id=own_id)) for key in (making.RSA_KEY, making.EC_KEY)
    )
    assert judge(both, making.value()).result == Result.VALID
    assert judge(both, making.value(own_id=making.key_id()), content=b"other").result == Result.INVALID


def test_what_the_entry_does_not_hold(making, keyring):
    assert (
        judge(keyring, making.value(), "sha512").reason
        == "it is over a sha256 digest, and the entry has sha512"
    )
    assert judge(keyring, making.value(), None, digest=making.DIGEST).result == Result.NOT_CHECKABLE
    assert judge(keyring, making.value(), digest=b"short").result == Result.NOT_CHECKABLE
    portable = judge(keyring, making.value(kind=5))
    assert (portable.kind, portable.result) == (Kind.EVM_PORTABLE, Result.NOT_CHECKABLE)


def test_what_is_no_signature(making, keyring):
    assert judge(keyring, b"") == (Kind.NONE, Result.UNSIGNED, None, "")
    assert judge(keyring, b"\x04\x04" + making.DIGEST)[:2] == (Kind.HASH_ONLY, Result.UNSIGNED)
    assert judge(keyring, b"\x02" + bytes(20))[:2] == (Kind.UNKNOWN, Result.UNSUPPORTED)
    assert judge(keyring, b"\x09")[:2] == (Kind.UNKNOWN, Result.INVALID)


@pytest.mark.parametrize(
    ("number", "name", "said"),
    [(17, "sm3", "SM2"), (18, "streebog256", "GOST"), (3, "rmd160", "rmd160"), (11, "wp256", "wp256")],
)
def test_unsupported_algorithms_are_said(making, keyring, number, name, said):
    value = bytearray(making.value())
    value[2] = number
    found = judge(keyring, bytes(value), name, digest=bytes(20 if name == "rmd160" else 32))
    assert found.result == Result.UNSUPPORTED
    assert said in found.reason


def test_mldsa_signs_the_file_id_itself(making):
    mldsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.mldsa")
    key = mldsa.MLDSA65PrivateKey.generate()
    signature = key.sign(bytes((3, 4)) + making.DIGEST)
    value = b"\x03\x03\x04abcd" + len(signature).to_bytes(2, "big") + signature
    keyring = Keyring([certificate_key(making.certificate(key, key_id=b"abcd"))])
    assert judge(keyring, value).result == Result.VALID
    assert judge(keyring, value, content=b"other").result == Result.INVALID
    assert judge(keyring, b"\x03\x02" + value[2:]).result == Result.UNSUPPORTED


def test_a_key_of_a_kind_that_signs_no_digest(making):
    from cryptography.hazmat.primitives.asymmetric import ed25519

    keyring = Keyring(
        [certificate_key(making.certificate(ed25519.Ed25519PrivateKey.generate(), key_id=b"abcd"))]
    )
    found = judge(keyring, making.value(own_id=b"abcd"))
    assert (found.result, found.reason) == (
        Result.UNSUPPORTED,
        "Ed25519 signatures over a digest cannot be verified",
    )
