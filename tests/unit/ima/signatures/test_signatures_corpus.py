"""Signatures in every real list of the research corpus that has some."""

from __future__ import annotations

import pytest

from xrattest import ima
from xrattest.errors import AsciiListWarning
from xrattest.ima.signatures import Keyring, Kind, Result, SignatureChecker, read_keys

pytestmark = pytest.mark.corpus

V2, PORTABLE = Kind.IMA_V2, Kind.EVM_PORTABLE
VALID, OPEN, UNKNOWN = Result.VALID, Result.NOT_CHECKABLE, Result.UNKNOWN_KEY
SIGNED = frozenset(Result) - {Result.UNSIGNED, Result.NO_FILE}

IN_SIG = [
    (b"/srv/s/rsa256", "sig", V2, VALID), (b"/srv/s/rsa512", "sig", V2, VALID), (b"/srv/s/rsa1", "sig", V2, VALID),
    (b"/srv/s/ec256", "sig", V2, VALID), (b"/srv/s/evmportable", "sig", PORTABLE, OPEN),
    (b"/srv/s/signed_with_space", "sig", V2, VALID),
]  # fmt: skip
IN_ATTRIBUTES = [(path, "xattrvalues", kind, VALID) for path, _, kind, result in IN_SIG if result is VALID]
IN_EVMSIG = [*IN_ATTRIBUTES[:4], (b"/srv/s/evmportable", "evmsig", PORTABLE, VALID), IN_ATTRIBUTES[4]]


def check(log, keys, **options):
    checker = SignatureChecker(Keyring(key for path in keys for key in read_keys(path)), **options)
    found = [
        (each.path, each.field, each.judgement.kind, each.judgement.result)
        for each in checker.check_all(ima.read(log), SIGNED)
    ]
    return found, checker.summary


@pytest.mark.parametrize(("case", "expected"), [
    ("sig-sha256", IN_SIG), ("sigv2-verity", IN_SIG), ("evmsig-sha256", IN_EVMSIG), ("systemd-boot1", []),
])  # fmt: skip
def test_what_a_lab_host_signed(corpus, case, expected):
    found, summary = check(
        corpus / "vm" / case / "ima" / "binary_runtime_measurements",
        [corpus / "vm" / "_ca" / "rsa.der", corpus / "vm" / "_ca" / "ec.pem"],
    )
    assert found == expected
    assert summary.entries > 170


def test_keys_that_the_log_measured(corpus):
    log = corpus / "vm" / "buf-mixed" / "ima" / "binary_runtime_measurements"
    # own_2222 and own_4444 were signed too, and measured with templates that show no signature.
    signed = [(b"/srv/own_1111", "sig", V2), (b"/srv/own_3333", "xattrvalues", V2)]
    found, _ = check(log, [])
    assert found == [(*one, UNKNOWN) for one in signed]
    found, summary = check(log, [], logged_keyrings=["labring", "ring_with_space"])
    assert found == [(*one, VALID) for one in signed]
    assert summary.remarks == []


def test_a_thousand_of_1024_bits(corpus):
    place = corpus / "ima" / "kgoldman-acs"
    found, summary = check(place / "imasig.log", [place / "imakey.der"])
    assert (summary.count(VALID), summary.count(Result.INVALID), summary.count(UNKNOWN)) == (896, 1, 2)
    assert [row[0] for row in found if row[3] is Result.INVALID] == [b"/usr/bin/trojan_badsig"]
    assert set(summary.unknown_keys) == {"e0e85409", "fec3e51d"}


@pytest.mark.parametrize(("log", "expected"), [
    ("linux-integrity-ima-doc/sigv2-verity.log", [(Kind.IMA_V3, UNKNOWN)]),
    ("keylime-embedded/test_ima_verification-line81.log", [(V2, UNKNOWN), (V2, UNKNOWN)]),
    ("keylime-embedded/test_ima_verification-line88.log", [(Kind.UNKNOWN, Result.INVALID)]),  # its sig_size lies
])  # fmt: skip
def test_signatures_in_public_text(corpus, log, expected):
    with pytest.warns(AsciiListWarning):
        found, _ = check(corpus / "ima" / log, [])
    assert [row[2:] for row in found] == expected
