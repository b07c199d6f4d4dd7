"""Key files: modes, names, passphrases, replacing, destroying."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime

import pytest

from xrattest.errors import KeyPolicyError, PkiError
from xrattest.pki.keys import KeyKind, spki_der
from xrattest.pki.keystore import KeyStore

KIND = KeyKind.ED25519
WHEN = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
PASS = b"correct horse"


@pytest.fixture
def store(tmp_path):
    return KeyStore(tmp_path / "state", clock=lambda: WHEN)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_every_kind_comes_back(store, kind):
    made = store.generate(kind, "k")
    key = store.load(kind, "k")
    assert spki_der(key.public_key()) == made.public_der
    assert store.info(kind, "k") == made
    assert (made.kind, made.label, made.created, made.protected) == (
        kind,
        "k",
        WHEN.replace(microsecond=0),
        False,
    )


def test_listing_is_by_kind_and_label(store):
    assert store.list() == []
    for kind, label in (
        (KeyKind.ED25519, "b"),
        (KeyKind.ED25519, ""),
        (KeyKind.ECDSA_P256, "z"),
        (KeyKind.ED25519, "a"),
    ):
        store.generate(kind, label)
    assert [(key.kind.value, key.label) for key in store.list()] == [
        ("ecdsa-nistp256", "z"), ("ed25519", "a"), ("ed25519", "b"), ("ed25519", "the_default")]  # fmt: skip


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(store, tmp_path, mask):
    before = os.umask(mask)
    try:
        store.generate(KIND, "k")
        store.generate(KIND, "k", replace=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.path(KIND, "k").stat().st_mode) == 0o600
    for directory in ("state", "state/keys", "state/keys/ed25519"):
        assert stat.S_IMODE((tmp_path / directory).stat().st_mode) == 0o700
    store.load(KIND, "k")


def test_a_loose_directory_is_tightened(store, tmp_path):
    (tmp_path / "state" / "keys").mkdir(parents=True)
    (tmp_path / "state" / "keys").chmod(0o755)
    store.generate(KIND, "k")
    assert stat.S_IMODE((tmp_path / "state" / "keys").stat().st_mode) == 0o700


def test_a_key_that_others_may_read_is_refused(store):
    store.generate(KIND, "k")
    store.path(KIND, "k").chmod(0o640)
    with pytest.raises(PkiError, match="open to others"):
        store.load(KIND, "k")


def test_replacing_must_be_said(store):
    first = store.generate(KIND, "k")
    with pytest.raises(PkiError, match="already"):
        store.generate(KIND, "k")
    assert store.info(KIND, "k") == first
    assert store.generate(KIND, "k", replace=True).public_der != first.public_der


def test_the_loser_of_a_race_does_not_replace(store, monkeypatch):
    first = store.generate(KIND, "k")
    monkeypatch.setattr("pathlib.Path.exists", lambda self: False)
    with pytest.raises(PkiError, match="already"):
        store.generate(KIND, "k")
    monkeypatch.undo()
    assert store.info(KIND, "k") == first
    assert [path.name for path in store.path(KIND, "k").parent.iterdir()] == ["k.key"]


def test_a_replaced_key_is_overwritten(store, tmp_path):
    store.generate(KIND, "k")
    path = store.path(KIND, "k")
    old = path.read_bytes()
    os.link(path, tmp_path / "peek")
    store.generate(KIND, "k", replace=True)
    assert (tmp_path / "peek").read_bytes() != old
    assert json.loads(old)["private-key"].encode() not in (tmp_path / "peek").read_bytes()


def test_zeroize_overwrites_and_removes(store, tmp_path):
    store.generate(KIND, "k")
    path = store.path(KIND, "k")
    old = path.read_bytes()
    os.link(path, tmp_path / "peek")
    leftover = path.with_name(".k.key.0123.tmp")
    leftover.write_bytes(b"half a key")
    os.link(leftover, tmp_path / "peek2")
    store.zeroize(KIND, "k")
    assert list(path.parent.iterdir()) == []
    assert len((tmp_path / "peek").read_bytes()) == len(old)
    assert not any(
        old[start : start + 8] in (tmp_path / "peek").read_bytes() for start in range(0, len(old), 8)
    )
    assert (tmp_path / "peek2").read_bytes() != b"half a key"
    with pytest.raises(PkiError, match="no ed25519 key k"):
        store.zeroize(KIND, "k")
    with pytest.raises(PkiError, match="key generate ed25519 k"):
        store.load(KIND, "k")


def test_passphrase(store):
    made = store.generate(KIND, "k", passphrase=PASS)
    assert made.protected
    assert store.info(KIND, "k").protected
    assert spki_der(store.load(KIND, "k", PASS).public_key()) == made.public_der
    with pytest.raises(PkiError, match="wrong passphrase"):
        store.load(KIND, "k", b"wrong horse")
    with pytest.raises(PkiError, match="none was given"):
        store.load(KIND, "k")
    with pytest.raises(KeyPolicyError, match="8 to 1024"):
        store.generate(KIND, "short", passphrase=b"1234")
    assert not store.exists(KIND, "short")


def test_a_failed_generation_leaves_nothing(store, tmp_path):
    with pytest.raises(KeyPolicyError):
        store.generate(KeyKind.RSA, "k", size=512)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("label", ["../x", "a/b", "..", "/etc/passwd"])
def test_a_label_cannot_leave_the_directory(store, label):
    for call in (store.generate, store.load, store.zeroize, store.info, store.exists):
        with pytest.raises(KeyPolicyError):
            call(KIND, label)


def test_a_file_under_another_name_does_not_lend_its_key(store):
    store.generate(KIND, "k")
    store.path(KIND, "k").rename(store.path(KIND, "other"))
    with pytest.raises(PkiError, match="holds the ed25519 key k"):
        store.load(KIND, "other")


def test_a_private_part_of_another_key_is_noticed(store):
    store.generate(KIND, "a")
    store.generate(KIND, "b")
    one, other = (json.loads(store.path(KIND, label).read_bytes()) for label in "ab")
    store.path(KIND, "a").write_text(json.dumps({**one, "private-key": other["private-key"]}))
    with pytest.raises(PkiError, match="does not belong"):
        store.load(KIND, "a")


def test_facts_of_a_protected_key_are_bound_to_it(store):
    store.generate(KIND, "k", passphrase=PASS)
    path = store.path(KIND, "k")
    record = json.loads(path.read_bytes())
    path.write_text(json.dumps({**record, "created": "2001-01-01T00:00:00Z"}))
    with pytest.raises(PkiError, match="wrong passphrase, or"):
        store.load(KIND, "k", PASS)


def test_damaged_files_are_named_and_never_stumble(store):
    store.generate(KIND, "k")
    path = store.path(KIND, "k")
    whole = path.read_bytes()
    record = json.loads(whole)
    damaged = [b"", b"{}", b"[]", b"null", whole[:-20], b"\xff" * 50, b"[" * 5000,
               *(json.dumps({**record, key: bad}).encode() for key in record for bad in (None, 7, "x", [], {}, "AAAA"))]  # fmt: skip
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(PkiError, match=r"k\.key"):
            store.load(KIND, "k")


def test_a_link_in_place_of_a_key_is_not_followed(store, tmp_path):
    store.generate(KIND, "k")
    target = tmp_path / "elsewhere"
    store.path(KIND, "k").rename(target)
    store.path(KIND, "k").symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        store.load(KIND, "k")
