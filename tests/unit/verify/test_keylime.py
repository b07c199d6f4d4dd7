"""Keylime runtime policies: kept where the meaning is the same, refused or told where it is not."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from xrattest.errors import InputError
from xrattest.verify.ima.golden import Golden
from xrattest.verify.ima.rules import Rules
from xrattest.verify.ima.survey import survey
from xrattest.verify.keylime import KeylimeError, read_keylime

EMPTY = {
    "meta": {"version": 1, "generator": 3, "timestamp": "2024-09-12 13:44:44.797331"},
    "release": 0, "digests": {}, "excludes": [], "keyrings": {},
    "ima": {"ignored_keyrings": [], "log_hash_alg": "sha1", "dm_policy": None}, "ima-buf": {}, "verification-keys": "",
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def run(content):
        path = tmp_path / "keylime"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return read_keylime(path)

    return run


def test_digests_get_their_algorithm_from_their_length(read):
    lengths = {16: "md5", 20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}
    digests = {"/bin/sh": ["AB" * size for size in lengths], "boot_aggregate": ["sm3:" + "cd" * 32]}
    found = read({**EMPTY, "digests": digests})
    assert found.policy.allow["/bin/sh"] == [f"{name}:{'ab' * size}" for size, name in lengths.items()]
    assert found.policy.allow["boot_aggregate"] == ["sm3:" + "cd" * 32]
    assert found.notes == ()
    assert found.policy.names_references


def test_keyrings_and_buffers(read):
    digest = hashlib.sha256(b"x").hexdigest()
    found = read(
        {**EMPTY, "keyrings": {".ima": [digest]}, "ima-buf": {"kernel_version": [digest]},
         "ima": {**EMPTY["ima"], "ignored_keyrings": ["*", "ring with space"]}}
    )  # fmt: skip
    assert found.policy.keyrings == {".ima": [f"sha256:{digest}"]}
    assert found.policy.buffers == {"kernel_version": [f"sha256:{digest}"]}
    assert found.policy.ignored_keyrings == ["*", "ring_with_space"]


@pytest.mark.parametrize(
    ("exclude", "path", "matches"),
    [
        (r"/tmp/.*", b"/tmp/x", True),
        (r"/tmp", b"/tmporary/x", True),
        (r"/tmp", b"/var/tmp", False),
        (r".*/tmp", b"/var/tmp/x", True),
        (r"/a$", b"/a/b", False),
        (r"/a|/b", b"/b/c", True),
        (r"/.\.so", b"/\n.so", False),
        (r"boot_aggregate", b"boot_aggregate", True),
        (r"", b"/anything", True),
    ],
)
def test_excludes_match_a_beginning(read, make, exclude, path, matches):
    rules = Rules(read({**EMPTY, "excludes": [exclude]}).policy)
    assert (rules.judge(make.entry(name=path), 0).severity == "accept") == matches


@pytest.mark.parametrize("regex", [r"(?!/usr).*", r"(a)\1", "(", "a)|(b"])
def test_an_exclude_that_needs_backtracking_is_refused_not_dropped(read, regex):
    with pytest.raises(KeylimeError, match="excludes: pattern"):
        read({**EMPTY, "excludes": [regex]})


def test_what_is_not_carried_over_is_said(read):
    found = read(
        {
            **EMPTY,
            "ima": {**EMPTY["ima"], "dm_policy": {"version": 1}},
            "verification-keys": "[]",
            "rules": "x",
        }
    )
    assert [note.split()[0] for note in found.notes] == ["ima.dm_policy", "verification-keys", "rules"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}", "meta"),
        ("{", "JSON"),
        ({**EMPTY, "meta": {"version": 2}}, "version 2"),
        ({**EMPTY, "meta": {"version": True}}, "version"),
        ({**EMPTY, "digests": {"/x": "00"}}, "digests"),
        ({**EMPTY, "digests": {"/x": ["00"]}}, "no digest"),
        ({**EMPTY, "digests": {"/x": ["z" * 64]}}, "no digest"),
        ({**EMPTY, "digests": []}, "digests"),
        ({**EMPTY, "unknown": 1}, "unknown"),
        ({**EMPTY, "excludes": [7]}, "excludes"),
        ({**EMPTY, "ima": {"log_hash_alg": 1}}, "log_hash_alg"),
        ('{"meta": {"version": 1}, "digests": {"/x": [], "/x": []}}', "JSON"),
        ("[" * 100_000, "line 1"),
        ('{"meta":' + "[" * 100_000, "nested|deep"),
        ("hello", "line 1"),
        ("00  /x", "line 1"),
    ],
)
def test_refused(read, content, reason):
    with pytest.raises(InputError, match=reason):
        read(content)


def test_a_signed_policy_is_refused_until_somebody_verifies_it(read):
    payload = base64.b64encode(json.dumps(EMPTY).encode()).decode()
    signed = {"payload": payload, "payloadType": "application/vnd.keylime+json", "signatures": []}
    with pytest.raises(KeylimeError, match="DSSE"):
        read(signed)


def test_flat_lists(read):
    digest = hashlib.sha256(b"x").hexdigest()
    found = read(f"# comment\n{digest}  /bin/a b\n{digest} */bin/sh\n\n{'0' * 40}  /bin/sh\r\n")
    assert found.policy.allow == {
        "/bin/a b": [f"sha256:{digest}"],
        "/bin/sh": [f"sha256:{digest}", "sha1:" + "0" * 40],
    }


def test_not_text(tmp_path):
    (tmp_path / "k").write_bytes(b"\xff\xfe")
    with pytest.raises(KeylimeError, match="UTF-8"):
        read_keylime(tmp_path / "k")


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore::xrattest.errors.AsciiListWarning")
def test_lines_of_keylimes_own_tests(read, corpus):
    """Keys and device-mapper events of Keylime's tests are listed by digest, and no more is accepted."""
    named = {"keyrings": {}, "ima-buf": {}}
    logs = [corpus / "ima" / "keylime-embedded" / name for name in
            ("test_ima_verification-line90.log", "test_ima_dm-line11.log", "test_create_runtime_policy-line516.log")]  # fmt: skip
    golden = Golden()
    for log in logs:
        golden.take(log)
    assert golden.keyrings.keys() >= {".ima"}
    assert golden.buffers.keys() >= {"dm_table_load"}
    named["keyrings"] = {
        name: [text.partition(":")[2] for text in texts] for name, texts in golden.keyrings.items()
    }
    named["ima-buf"] = {
        name: [text.partition(":")[2] for text in texts] for name, texts in golden.buffers.items()
    }
    rules = Rules(read({**EMPTY, **named}).policy)
    for log in logs:
        found = survey(log, rules)
        assert (found.entries, found.judged["fail"].count) == (1, 0)
    other = survey(corpus / "ima" / "keylime-embedded" / "test_ima_dm-line14.log", rules)
    assert other.judged["fail"].count == other.entries > 0
