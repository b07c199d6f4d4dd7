"""Entries of every template, their outcomes and counts."""

from __future__ import annotations

import hashlib
import struct

import pytest

from xrattest.ima.signatures import Keyring, Kind, Result, SignatureChecker, checking, kept


@pytest.fixture
def checker(keyring):
    return SignatureChecker(keyring)


def told(outcomes) -> list[tuple]:
    return [(outcome.field, outcome.judgement.kind, outcome.judgement.result) for outcome in outcomes]


def d_ng(digest: bytes) -> bytes:
    return b"sha256:\0" + digest


def test_ima_sig(making, checker):
    assert told(checker.check(making.Entry(signature=making.value()))) == [("sig", Kind.IMA_V2, Result.VALID)]
    (only,) = checker.check(making.Entry(5, name=b"/x", signature=making.value(version=3)))
    assert (only.entry, only.path, only.judgement.kind) == (5, b"/x", Kind.IMA_V3)
    assert told(checker.check(making.Entry(signature=making.value(), digest=None))) == [
        ("sig", Kind.IMA_V2, Result.NOT_CHECKABLE)
    ]
    assert checker.summary.entries == 3
    assert checker.summary.count(Result.VALID) == 2
    assert checker.summary.valid_by_key == {making.key_id().hex(): 2}


def test_large_values_are_judged_and_not_kept(making, checker):
    value = b"\x03\x02\x04abcd\xff\xff" + bytes(65535)
    for _ in range(2):
        assert told(checker.check(making.Entry(signature=value))) == [
            ("sig", Kind.IMA_V2, Result.UNKNOWN_KEY)
        ]
        assert told(checker.check(making.Entry(signature=making.value(), digest=bytes(1 << 16)))) == [
            ("sig", Kind.IMA_V2, Result.NOT_CHECKABLE)
        ]
    assert checker._judges.kept_file.cache_info().currsize == 0


def test_ima_sigv2(making, checker):
    entry = making.Entry(
        template="ima-sigv2", digest_type="verity", signature=making.value(kind=6, version=3)
    )
    entry.fields = {"sig": entry.signature}
    assert told(checker.check(entry)) == [("sig", Kind.IMA_V3, Result.VALID)]
    entry.digest_type = "ima"
    assert told(checker.check(entry)) == [("sig", Kind.IMA_V3, Result.NOT_CHECKABLE)]


@pytest.mark.parametrize(("change", "result"), [
    ({}, Result.UNSIGNED), ({"template": "ima-ng"}, Result.UNSIGNED), ({"signature": b""}, Result.UNSIGNED),
    ({"is_violation": True}, Result.NO_FILE), ({"name": b"boot_aggregate"}, Result.NO_FILE),
    ({"template": "ima-buf", "name": b"kexec-cmdline"}, Result.NO_FILE), ({"template": "d-ng|n-ng"}, Result.UNSIGNED),
])  # fmt: skip
def test_without_a_signature(making, checker, change, result):
    assert told(checker.check(making.Entry(**change))) == [("", Kind.NONE, result)]


def test_evm_sig(making, checker):
    covered = b"\x04\x04" + making.DIGEST
    misc = struct.pack("<QIIIHxx", 0, 0, 0, 0, 0o100755)
    value = making.value(digest=hashlib.sha256(covered + misc).digest(), kind=5)
    fields = {"d-ng": d_ng(making.DIGEST), "n-ng": b"/x\0", "evmsig": value, "xattrnames": b"security.ima\0",
              "xattrlengths": struct.pack("<I", len(covered)), "xattrvalues": covered, "iuid": bytes(4), "igid": bytes(4),
              "imode": struct.pack("<H", 0o100755)}  # fmt: skip
    assert told(checker.check(making.Entry(template="evm-sig", fields=fields))) == [
        ("evmsig", Kind.EVM_PORTABLE, Result.VALID)
    ]
    # A user's format with the same fields, the signature in `sig` as the kernel puts it there.
    other = {"sig" if field == "evmsig" else field: content for field, content in fields.items()}
    assert told(checker.check(making.Entry(template="|".join(other), fields=other))) == [
        ("sig", Kind.EVM_PORTABLE, Result.VALID)
    ]
    alone = {"d-ng": d_ng(making.DIGEST), "n-ng": b"/x\0", "sig": value}
    assert told(checker.check(making.Entry(template="|".join(alone), fields=alone))) == [
        ("sig", Kind.EVM_PORTABLE, Result.NOT_CHECKABLE)
    ]
    without = {**fields, "evmsig": b""}
    assert told(checker.check(making.Entry(template="evm-sig", fields=without))) == [
        ("xattrvalues", Kind.HASH_ONLY, Result.UNSIGNED)
    ]
    lying = {**without, "xattrlengths": b"\1\0\0\0"}
    assert told(checker.check(making.Entry(template="evm-sig", fields=lying))) == [
        ("xattrvalues", Kind.UNKNOWN, Result.INVALID)
    ]


def test_a_file_signature_among_the_attributes(making, checker):
    value = making.value()
    fields = {
        "evmsig": b"",
        "xattrnames": b"security.ima\0",
        "xattrlengths": struct.pack("<I", len(value)),
        "xattrvalues": value,
    }
    assert told(checker.check(making.Entry(template="evm-sig", fields=fields))) == [
        ("xattrvalues", Kind.IMA_V2, Result.VALID)
    ]


def test_ima_modsig_has_two(making, checker):
    fields = {"sig": making.value(), "d-modsig": d_ng(making.DIGEST), "modsig": b"\x30\x00"}
    assert told(checker.check(making.Entry(template="ima-modsig", fields=fields))) == [
        ("sig", Kind.IMA_V2, Result.VALID), ("modsig", Kind.MODSIG, Result.INVALID)]  # fmt: skip
    assert checker.summary.entries == 1


def logged(making, keyring=b".ima", certificate=None, digest=None):
    der = making.certificate() if certificate is None else certificate
    return making.Entry(
        3, "ima-buf", name=keyring, digest=digest or hashlib.sha256(der).digest(), fields={"buf": der}
    )


def test_keys_of_the_log_count_when_asked_for(making):
    signed = making.Entry(signature=making.value())
    checker = SignatureChecker(Keyring(), logged_keyrings=[".ima"])
    wanted = [
        checker.check(entry)[0].judgement.result
        for entry in (signed, logged(making, b".evm"), signed, logged(making), signed)
    ]
    assert wanted == [Result.UNKNOWN_KEY, Result.NO_FILE, Result.UNKNOWN_KEY, Result.NO_FILE, Result.VALID]
    assert checker.summary.unknown_keys == {making.key_id().hex(): 2}
    unasked = SignatureChecker(Keyring())
    assert [unasked.check(entry)[0].judgement.result for entry in (logged(making), signed)][
        1
    ] is Result.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"digest": bytes(32)}, "digest is not the measured one"), ({"certificate": b"x"}, "not taken")],
)
def test_a_key_that_is_not_taken_is_told(making, change, reason):
    checker = SignatureChecker(Keyring(), logged_keyrings=[".ima"])
    checker.check(logged(making, **change))
    (remark,) = checker.summary.remarks
    assert remark.startswith("entry 3: ")
    assert reason in remark


def test_only_what_is_wanted_is_yielded_and_all_is_counted(making, checker):
    entries = [making.Entry(number, signature=making.value() if number % 2 else b"") for number in range(10)]
    assert [outcome.entry for outcome in checker.check_all(entries, [Result.UNSIGNED])] == [0, 2, 4, 6, 8]
    assert (
        checker.summary.entries,
        checker.summary.count(Result.VALID),
        checker.summary.count(Result.UNSIGNED),
    ) == (10, 5, 5)


def test_equal_signatures_are_verified_once(making, checker, monkeypatch):
    asked = []
    judge = kept.judge_file_signature
    monkeypatch.setattr(kept, "judge_file_signature", lambda *given: asked.append(1) or judge(*given))
    entry = making.Entry(signature=making.value())
    for _ in range(5):
        checker.check(entry)
    assert len(asked) == 1
    checker.check(making.Entry(signature=entry.signature, digest=bytes(32)))
    assert len(asked) == 2


def test_memory_does_not_grow_with_hostile_lists(making, checker, monkeypatch):
    monkeypatch.setattr(checking, "_FOLDED", 10)
    entries = (
        making.Entry(n, signature=b"\x03\x02\x04" + n.to_bytes(4, "big") + b"\0\1x") for n in range(300)
    )
    assert len(list(checker.check_all(entries))) == 300
    assert len(checker.summary.unknown_keys) == 100
    assert checker.summary.count(Result.UNKNOWN_KEY) == 300
