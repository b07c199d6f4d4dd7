"""Two-tier self-enrollment: names, serial numbers, lifetimes, usages, races and crashes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from xrattest.config.model import KeyKind, Settings
from xrattest.errors import PkiError
from xrattest.pki import enroll_self
from xrattest.pki.chain import validate_chain
from xrattest.pki.enroll_self import enroll, ensure_system_trustpoint
from xrattest.pki.key_usage import usage_words
from xrattest.pki.keys import spki_der
from xrattest.pki.keystore import KeyStore
from xrattest.pki.names import printed
from xrattest.pki.trustpoint import TrustpointStore

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SYSTEM = "system-trustpoint"


def clock():
    return NOW


def usage(certificate):
    extension = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert extension.critical
    return set(usage_words(extension.value))


def test_every_kind_makes_a_chain_that_validates(enrolled):
    _, _, _, done = enrolled
    trustpoint = done.trustpoint
    assert validate_chain(trustpoint.chain, [trustpoint.chain[0]], NOW).problems == ()
    assert trustpoint.leaf.serial_number == trustpoint.root.serial_number + 1
    assert trustpoint.root.serial_number.bit_length() in range(61, 64)
    constraints = [
        one.extensions.get_extension_for_class(x509.BasicConstraints)
        for one in (trustpoint.root, trustpoint.leaf)
    ]
    assert [(one.critical, one.value.ca) for one in constraints] == [(True, True), (True, False)]


def test_key_usage_is_what_the_kind_can_do(enrolled):
    kind, _, _, done = enrolled
    expected = {
        KeyKind.RSA: {"digitalsignature", "keyagreement", "dataencipherment"},
        KeyKind.DSA: {"digitalsignature"},
        KeyKind.ED25519: {"digitalsignature"},
    }.get(kind, {"digitalsignature", "keyagreement"})
    assert usage(done.trustpoint.leaf) == expected
    assert usage(done.trustpoint.root) == {"digitalsignature", "keycertsign", "crlsign"}
    assert any("left out" in note for note in done.notes) == (kind is not KeyKind.RSA)


def test_identifiers_link_leaf_and_root(enrolled):
    root, leaf = enrolled[3].trustpoint.root, enrolled[3].trustpoint.leaf
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    for certificate in (root, leaf):
        assert (
            certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
            == identifier
        )
    assert leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest != identifier


def test_lifetimes_start_now_and_are_exact(tmp_path, settings_with):
    settings = settings_with(**{"lifetime-certificate": 300, "lifetime-ca-certificate": 367})
    done = enroll(tmp_path, settings, SYSTEM, clock=lambda: NOW.replace(microsecond=7)).trustpoint
    assert done.root.not_valid_before_utc == done.leaf.not_valid_before_utc == NOW
    assert done.root.not_valid_after_utc == NOW + timedelta(days=367)
    assert done.leaf.not_valid_after_utc == NOW + timedelta(days=300)


def test_a_leaf_never_outlives_its_root_and_that_is_said(tmp_path, settings_with):
    settings = settings_with(**{"lifetime-certificate": 300, "lifetime-ca-certificate": 30})
    done = enroll(tmp_path, settings, SYSTEM, clock=clock)
    assert done.trustpoint.leaf.not_valid_after_utc == done.trustpoint.root.not_valid_after_utc
    assert any("ends with its root" in note for note in done.notes)


def test_names_are_those_of_xr(tmp_path, monkeypatch, settings_with):
    monkeypatch.setattr("xrattest.pki.names.device_serial", lambda root: "c44a11fc")
    settings = settings_with(**{
        "subject-name": "CN=lab1-ads,C=US,ST=CA,L=San Jose,O=cisco systems,OU=ASR",
        "subject-name-ca-certificate": "CN=lab1-ca,C=US,ST=CA,L=San Jose,O=cisco systems,OU=ASR",
        "include-serial-number": True,
        "ip-address": "10.1.1.1",
    })  # fmt: skip
    done = enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint
    tail = "OU=ASR,O=cisco systems,L=San Jose,ST=CA,C=US"
    head = "serialNumber=c44a11fc,unstructuredAddress=10.1.1.1,unstructuredName=lab1.example.com"
    assert printed(done.leaf.subject) == f"{head},{tail},CN=lab1-ads"
    assert printed(done.root.subject) == printed(done.leaf.issuer) == f"{head},{tail},CN=lab1-ca"
    assert next(iter(done.leaf.subject)).oid == NameOID.COMMON_NAME


def test_equal_names_are_refused(tmp_path, settings_with):
    settings = settings_with(**{"subject-name": "CN=a", "subject-name-ca-certificate": "CN=a"})
    with pytest.raises(PkiError, match="same name"):
        enroll(tmp_path, settings, SYSTEM, clock=clock)
    assert TrustpointStore(tmp_path).find(SYSTEM) is None


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", [KeyKind.RSA, KeyKind.ECDSA_P256, KeyKind.ECDSA_P521])
def test_message_digest(tmp_path, kind, digest, settings_with):
    done = enroll(tmp_path, settings_with(kind, **{"message-digest": digest}), SYSTEM, clock=clock).trustpoint
    assert {done.root.signature_hash_algorithm.name, done.leaf.signature_hash_algorithm.name} == {digest}
    assert validate_chain(done.chain, [done.chain[0]], NOW).ok


def test_dsa_signs_over_sha256_and_says_so(tmp_path, settings_with):
    done = enroll(tmp_path, settings_with(KeyKind.DSA, **{"message-digest": "sha512"}), SYSTEM, clock=clock)
    assert done.trustpoint.leaf.signature_hash_algorithm.name == "sha256"
    assert [note for note in done.notes if "sha512" in note]
    assert validate_chain(done.trustpoint.chain, [done.trustpoint.chain[0]], NOW).ok


def test_mixed_kinds(tmp_path, settings_with):
    settings = settings_with(**{"keypair": {"type": "ed25519"}, "ca-keypair": {"type": "ecdsa-nistp384"}})
    done = enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint
    assert validate_chain(done.chain, [done.chain[0]], NOW).ok


def test_serial_numbers_go_up_by_one_over_re_keys_and_the_root_stays(tmp_path, settings_with):
    settings, keys = settings_with(), KeyStore(tmp_path)
    first = enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint
    seen = [first.leaf.serial_number]
    for _ in range(3):
        keys.generate(KeyKind.ED25519, "system-enroll-key", replace=True)
        again = enroll(tmp_path, settings, SYSTEM, clock=clock)
        assert not again.new_root
        assert again.trustpoint.chain[0] == first.chain[0]
        assert (
            spki_der(again.trustpoint.leaf.public_key())
            == keys.info(KeyKind.ED25519, "system-enroll-key").public_der
        )
        assert validate_chain(again.trustpoint.chain, [first.chain[0]], NOW).ok
        seen.append(again.trustpoint.leaf.serial_number)
    assert seen == [first.root.serial_number + number for number in (1, 2, 3, 4)]


def test_a_failure_uses_up_its_serial_number(tmp_path, monkeypatch, settings_with):
    settings = settings_with()
    first = enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint

    def fail(self, builder, key):
        raise PkiError("planned")

    monkeypatch.setattr(enroll_self.SelfEnrollment, "_sign", fail)
    with pytest.raises(PkiError, match="planned"):
        enroll(tmp_path, settings, SYSTEM, clock=clock)
    monkeypatch.undo()
    assert TrustpointStore(tmp_path).get(SYSTEM).leaf == first.leaf
    again = enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint
    assert again.leaf.serial_number == first.leaf.serial_number + 2


def test_a_new_root_only_when_asked(tmp_path, settings_with):
    settings = settings_with()
    first = enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint
    second = enroll(tmp_path, settings, SYSTEM, new_root=True, clock=clock)
    assert second.new_root
    assert second.trustpoint.chain[0] != first.chain[0]
    assert second.trustpoint.leaf.serial_number == second.trustpoint.root.serial_number + 1


def test_a_root_that_cannot_sign_is_not_replaced_silently(tmp_path, settings_with):
    settings = settings_with()
    enroll(tmp_path, settings, SYSTEM, clock=clock)
    with pytest.raises(PkiError, match=r"root certificate expired.*--new-root"):
        enroll(tmp_path, settings, SYSTEM, clock=lambda: NOW + timedelta(days=366))
    KeyStore(tmp_path).generate(KeyKind.ED25519, "system-root-key", replace=True)
    with pytest.raises(PkiError, match=r"not the one of the root certificate.*--new-root"):
        enroll(tmp_path, settings, SYSTEM, clock=clock)


def test_a_root_key_that_is_gone_is_not_made_anew_silently(tmp_path, settings_with):
    enroll(tmp_path, settings_with(), SYSTEM, clock=clock)
    changed = settings_with(**{"ca-keypair": {"type": "ecdsa-nistp256"}})
    with pytest.raises(PkiError, match=r"no ecdsa-nistp256 key system-root-key.*--new-root"):
        enroll(tmp_path, changed, SYSTEM, clock=clock)
    assert {key.kind for key in KeyStore(tmp_path).list()} == {KeyKind.ED25519}
    done = enroll(tmp_path, changed, SYSTEM, new_root=True, clock=clock).trustpoint
    assert validate_chain(done.chain, [done.chain[0]], NOW).ok


def test_a_passphrase_that_came_later_is_pointed_out(tmp_path, settings_with, monkeypatch):
    monkeypatch.setenv("KEYPASS", "correct horse")
    enroll(tmp_path, settings_with(), SYSTEM, clock=clock)
    notes = enroll(tmp_path, settings_with(passphrase="env:KEYPASS"), SYSTEM, clock=clock).notes
    assert sum("without the passphrase" in note for note in notes) == 2


def test_a_trustpoint_must_be_configured(tmp_path):
    with pytest.raises(PkiError, match="no trustpoint lab is configured"):
        enroll(tmp_path, Settings(), "lab", clock=clock)


def test_a_passphrase_protects_both_keys(tmp_path, monkeypatch, settings_with):
    monkeypatch.setenv("KEYPASS", "correct horse")
    settings = settings_with(passphrase="env:KEYPASS")
    assert ensure_system_trustpoint(tmp_path, settings, clock=clock) is not None
    assert all(key.protected for key in KeyStore(tmp_path).list())
    assert enroll(tmp_path, settings, SYSTEM, clock=clock).trustpoint.leaf is not None
    monkeypatch.setenv("KEYPASS", "wrong horse")
    with pytest.raises(PkiError, match="wrong passphrase"):
        enroll(tmp_path, settings, SYSTEM, clock=clock)


def test_ensure_makes_it_once(tmp_path, settings_with):
    settings = settings_with()
    first = ensure_system_trustpoint(tmp_path, settings, clock=clock)
    assert first.new_root
    assert ensure_system_trustpoint(tmp_path, settings, clock=clock) is None
    assert TrustpointStore(tmp_path).get(SYSTEM) == first.trustpoint


FIRST_USE = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from xrattest.config.model import Settings
from xrattest.pki.enroll_self import ensure_system_trustpoint
print("ready", flush=True)
sys.stdin.readline()
print(ensure_system_trustpoint(Path(sys.argv[1]), Settings()) is not None)
"""


def test_concurrent_first_uses_make_one_trustpoint(tmp_path):
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_USE, tmp_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert {worker.stdout.readline() for worker in workers} == {"ready\n"}
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    assert sorted(worker.communicate(timeout=60)[0] for worker in workers) == ["False\n"] * 3 + ["True\n"]
    made = TrustpointStore(tmp_path).get(SYSTEM)
    assert len(KeyStore(tmp_path).list()) == 2
    assert validate_chain(made.chain, [made.chain[0]], datetime.now(UTC)).ok


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o777])
def test_the_bundle_is_private_whatever_the_umask(tmp_path, mask, settings_with):
    before = os.umask(mask)
    try:
        ensure_system_trustpoint(tmp_path / "state", settings_with(), clock=clock)
        enroll(tmp_path / "state", settings_with(), SYSTEM, clock=clock)
    finally:
        os.umask(before)
    for path in (tmp_path / "state").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_crash_at_any_step_of_the_first_use_leaves_nothing_or_all(tmp_path, settings_with, crash_after):
    settings, finished, steps = settings_with(), False, 0
    while not finished:
        directory = tmp_path / str(steps)
        finished = crash_after(
            steps, lambda directory=directory: ensure_system_trustpoint(directory, settings, clock=clock)
        )
        found = TrustpointStore(directory).find(SYSTEM)
        assert found is None or validate_chain(found.chain, [found.chain[0]], NOW).ok
        # The next use makes good whatever is missing.
        ensure_system_trustpoint(directory, settings, clock=clock)
        made = TrustpointStore(directory).get(SYSTEM)
        assert validate_chain(made.chain, [made.chain[0]], NOW).ok
        steps += 1
    assert steps > 20


def test_a_crash_at_any_step_of_a_re_key_keeps_a_whole_chain_and_never_reuses_a_number(
    tmp_path, settings_with, crash_after
):
    settings, finished, steps = settings_with(), False, 0
    while not finished:
        directory = tmp_path / str(steps)
        first = enroll(directory, settings, SYSTEM, clock=clock).trustpoint
        finished = crash_after(
            steps, lambda directory=directory: enroll(directory, settings, SYSTEM, clock=clock)
        )
        found = TrustpointStore(directory).get(SYSTEM)
        assert validate_chain(found.chain, [first.chain[0]], NOW).ok
        again = enroll(directory, settings, SYSTEM, clock=clock).trustpoint
        assert again.leaf.serial_number > max(found.last_serial, found.leaf.serial_number)
        steps += 1
    assert steps > 8


def test_a_damaged_bundle_is_named(tmp_path, settings_with):
    enroll(tmp_path, settings_with(), SYSTEM, clock=clock)
    path = TrustpointStore(tmp_path).path(SYSTEM)
    whole = path.read_text()
    for content in (
        "",
        "{}",
        whole[:200],
        whole.replace('"system-trustpoint"', '"other"'),
        whole.replace('"root": "MII', '"root": "MIX'),
    ):
        path.write_text(content)
        with pytest.raises(PkiError, match="damaged trustpoint"):
            TrustpointStore(tmp_path).get(SYSTEM)
