"""Every entry is judged by exactly one rule, in the documented order."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from xrattest.errors import ConfigError
from xrattest.verify.ima.digests import SIZES, is_weak, pack, unpack
from xrattest.verify.ima.policy import ImaPolicy, merged
from xrattest.verify.ima.rules import Rules

GOOD = hashlib.sha256(b"sh").hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()
SH = {"/bin/sh": [f"sha256:{GOOD}"]}


def judge(policy: dict, entry, number: int = 5, kexecs: int = 0):
    return Rules(ImaPolicy.model_validate(policy)).judge(entry, number, kexecs)


def told(judgement):
    return judgement.rule, judgement.severity, judgement.kind


def test_listed_changed_unlisted(make):
    assert told(judge({"allow": SH}, make.entry())) == ("allow", "accept", "accepted")
    changed = judge({"allow": SH}, make.entry(digest=bytes.fromhex(OTHER)))
    assert told(changed) == ("allow", "fail", "changed")
    assert changed.expected == (f"sha256:{GOOD}",)
    assert told(judge({"allow": SH}, make.entry(name=b"/bin/shh"))) == ("unlisted", "fail", "unlisted")


@pytest.mark.parametrize("severity", ["accept", "warn", "fail"])
def test_what_follows_from_the_rest_is_the_policys_to_say(make, severity):
    assert judge({"unlisted": severity}, make.entry()).severity == severity
    assert judge({"opaque": severity, "allow": SH}, make.entry(digest=None)).severity == severity
    assert judge({"opaque": severity}, make.entry(name=None)).severity == severity
    weak = make.entry(digest=bytes(20), algorithm="sha1")
    judgement = judge({"weak-digests": severity, "allow": {"/bin/sh": ["sha1:" + "00" * 20]}}, weak)
    assert told(judgement) == ("allow-weak", severity, "weak-digest")


def test_several_digests_and_digests_of_any_path(make):
    both = {"/bin/sh": [f"sha256:{OTHER}", f"sha256:{GOOD}"]}
    assert judge({"allow": both}, make.entry()).rule == "allow"
    assert judge({"digests": [f"sha256:{GOOD}"]}, make.entry(name=b"/x")).rule == "digests"
    assert judge({"digests": [f"sha256:{GOOD}"]}, make.entry(name=None)).rule == "digests"
    known = {"allow": {"/bin/sh": [f"sha256:{OTHER}"]}, "digests": [f"sha256:{GOOD}"]}
    assert told(judge(known, make.entry())) == ("digests", "accept", "accepted")
    assert told(judge({"allow": {"/bin/sh": []}}, make.entry())) == ("allow", "fail", "changed")


def test_a_digest_of_another_algorithm_or_type_is_another_digest(make):
    for entry in (
        make.entry(algorithm="sm3"), make.entry(algorithm="sm3-256"), make.entry(algorithm="sha3-256"),
        make.entry(algorithm=None), make.entry(digest_type="verity"), make.entry(algorithm="SHA256"),
    ):  # fmt: skip
        assert told(judge({"allow": SH}, entry)) == ("allow", "fail", "changed")
    for text, entry in {
        f"sm3:{GOOD}": make.entry(algorithm="sm3_256"),
        f"sm3-256:{GOOD}": make.entry(algorithm="sm3"),
        f"verity:sha256:{GOOD}": make.entry(digest_type="verity", template="ima-sigv2"),
        f"ima:sha256:{GOOD}": make.entry(digest_type="ima"),
        f"sha256:{GOOD}": make.entry(digest_type="ima"),
    }.items():
        assert judge({"allow": {"/bin/sh": [text]}}, entry).severity == "accept"
    legacy = make.entry(template="ima", algorithm=None, digest=bytes(20))
    assert told(judge({"allow": {"/bin/sh": ["sha1:" + "00" * 20]}}, legacy))[0] == "allow-weak"


def test_deny_goes_before_everything(make):
    everything = {"allow": SH, "digests": [f"sha256:{GOOD}"], "exclude": {"paths": ["/**"]}}
    path = judge({**everything, "deny": {"paths": ["/bin/*"]}}, make.entry())
    assert (*told(path), path.by) == ("deny.paths", "fail", "denied-path", "/bin/*")
    assert judge({**everything, "deny": {"regexes": ["/bin/sh?"]}}, make.entry()).kind == "denied-path"
    digest = judge(
        {"allow": SH, "digests": [f"sha256:{GOOD}"], "deny": {"digests": [f"sha256:{GOOD}"]}}, make.entry()
    )
    assert told(digest) == ("deny.digests", "fail", "denied-digest")
    excluded = judge({**everything, "deny": {"digests": [f"sha256:{GOOD}"]}}, make.entry())
    assert told(excluded)[2] == "denied-digest"
    assert judge({"deny": {"paths": ["/bin/*"]}}, make.entry(is_violation=True)).kind == "denied-path"


def test_excluded_paths_are_not_judged_even_when_listed(make):
    policy = {"allow": SH, "exclude": {"paths": ["/bin/**"]}}
    assert told(judge(policy, make.entry(digest=bytes.fromhex(OTHER)))) == ("exclude", "accept", "accepted")
    regex = {"exclude": {"regexes": ["/tmp/.*"]}}
    assert judge(regex, make.entry(name=b"/tmp/\xff\n")).rule == "exclude"
    assert judge(regex, make.entry(name=b"/var/tmp/x")).rule == "unlisted"
    assert judge(regex, make.entry(name=None)).rule == "opaque"


def test_violations_are_another_checks(make):
    assert judge({"allow": SH}, make.entry(is_violation=True, digest=bytes(32))).rule == "violations"
    rules = Rules(
        ImaPolicy.model_validate(
            {"violations": "fail", "violations-at": {"/var/**": "warn", "/var/log/**": "accept"}}
        )
    )
    assert rules.violation(make.entry(name=b"/var/log/x")) == ("warn", "/var/**")
    assert rules.violation(make.entry(name=b"/etc/x")) == ("fail", None)
    assert rules.violation(make.entry(name=None)) == ("fail", None)


def test_only_the_first_boot_aggregate_is_the_kernels_own(make):
    boot = make.entry(name=b"boot_aggregate")
    assert judge({"allow": SH}, boot, 0).rule == "boot-aggregate"
    assert told(judge({"allow": SH}, boot, 1)) == ("kexecs", "fail", "another-boot-aggregate")
    assert told(judge({"kexecs": 2}, boot, 9, 1)) == ("kexecs", "accept", "accepted")
    assert judge({"kexecs": 2}, boot, 9, 2).severity == "fail"
    listed = {"allow": {"boot_aggregate": [f"sha256:{OTHER}"]}}
    assert judge(listed, boot, 0).kind == "changed"
    assert judge({"exclude": {"paths": ["boot_*"]}}, boot, 3).kind == "another-boot-aggregate"


def buffer(make, name: bytes = b"kernel_version", content: bytes = b"6.12.117+deb12"):
    return make.entry(
        name=name, template="ima-buf", digest=hashlib.sha256(content).digest(), fields={"buf": content}
    )


def test_buffers_by_digest_and_by_text(make):
    digest = f"sha256:{hashlib.sha256(b'6.12.117+deb12').hexdigest()}"
    assert judge({"buffers": {"kernel_version": [digest]}}, buffer(make)).rule == "buffers"
    assert judge({"buffer-text": {"kernel_version": [r"6\.12\..*"]}}, buffer(make)).rule == "buffer-text"
    assert judge({"keyrings": {"kernel_version": [digest]}}, buffer(make)).rule == "keyrings"
    assert judge({"digests": [digest]}, buffer(make)).rule == "digests"
    refused = judge({"buffer-text": {"kernel_version": [r"6\.1\..*"]}, "unlisted": "accept"}, buffer(make))
    assert told(refused) == ("buffers", "fail", "unknown-buffer")
    assert told(judge({"keyrings": {"kernel_version": []}}, buffer(make))) == (
        "keyrings",
        "fail",
        "unknown-key",
    )
    assert told(judge({"unlisted": "warn"}, buffer(make))) == ("unlisted", "warn", "unlisted-buffer")


def test_a_file_rule_never_accepts_a_buffer(make):
    named_as_a_file = buffer(make, b"/bin/sh", b"sh")
    assert judge({"allow": SH}, named_as_a_file).rule == "unlisted"
    assert judge({"exclude": {"regexes": [".*"]}}, named_as_a_file).rule == "unlisted"


def test_keys_of_ignored_keyrings(make, issuing):
    key = issuing.der(issuing.certify(issuing.key("p256"), "k", 1))
    loaded = buffer(make, b".ima", key)
    assert told(judge({"unlisted": "warn"}, loaded)) == ("unlisted", "warn", "unlisted-key")
    assert judge({"ignored-keyrings": [".ima"]}, loaded).rule == "ignored-keyrings"
    assert judge({"ignored-keyrings": ["*"]}, loaded).rule == "ignored-keyrings"
    assert judge({"ignored-keyrings": ["*"]}, buffer(make)).rule == "unlisted"
    assert (
        judge({"ignored-keyrings": ["*"]}, buffer(make, b".ima", b"\x30\x82" + bytes(40))).rule == "unlisted"
    )
    assert judge({"ignored-keyrings": [".evm"]}, loaded).rule == "unlisted"


def test_paths_that_json_cannot_name(make):
    policy = {"allow-bytes": [{"path-bytes": "L2Jpbi//", "digests": [f"sha256:{GOOD}"]}]}
    assert judge(policy, make.entry(name=b"/bin/\xff")).rule == "allow"
    both = {"allow": SH, "allow-bytes": [{"path-bytes": "L2Jpbi9zaA==", "digests": [f"sha256:{OTHER}"]}]}
    assert judge(both, make.entry()).rule == "allow"
    assert judge(both, make.entry(digest=bytes.fromhex(OTHER))).rule == "allow"


def test_known_good_values_are_added(make):
    rules = Rules(
        ImaPolicy.model_validate({"allow": SH}),
        [(b"/bin/sh", pack(f"sha256:{OTHER}")), (b"/x", pack(f"sha256:{GOOD}"))],
    )
    for entry in (make.entry(), make.entry(digest=bytes.fromhex(OTHER)), make.entry(name=b"/x")):
        assert rules.judge(entry, 1).rule == "allow"
    assert Rules(ImaPolicy(), [(b"/x", pack(f"sha256:{GOOD}"))]).references
    assert not Rules(ImaPolicy()).references


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({"allow": {"/x": ["sha256:" + "00" * 20]}}, "a sha256 digest has 32 bytes"),
        ({"exclude": {"regexes": ["(a"]}}, "pattern"),
        ({"deny": {"paths": ["[a"]}}, "pattern"),
        ({"buffer-text": {"x": ["(?=a)"]}}, "pattern"),
        ({"allow-bytes": [{"path-bytes": "!!!!", "digests": []}]}, "base64"),
    ],
)
def test_what_cannot_be_used_is_refused(policy, reason):
    with pytest.raises(ConfigError, match=reason):
        Rules(ImaPolicy.model_validate(policy))


def test_policies_are_joined_and_the_first_decides_what_follows():
    first = ImaPolicy.model_validate({"unlisted": "warn", "allow": SH, "exclude": {"paths": ["/a"]}})
    second = ImaPolicy.model_validate(
        {
            "unlisted": "accept",
            "allow": {"/bin/sh": [f"sha256:{OTHER}"], "/x": []},
            "deny": {"regexes": ["b"]},
        }
    )
    joined = merged(first, second)
    assert joined.unlisted == "warn"
    assert joined.allow == {"/bin/sh": [f"sha256:{GOOD}", f"sha256:{OTHER}"], "/x": []}
    assert (joined.exclude.paths, joined.deny.regexes) == (["/a"], ["b"])
    assert first.allow == SH


def test_digests_in_both_forms():
    for algorithm, size in SIZES.items():
        text = f"{algorithm}:{'5a' * size}"
        assert unpack(pack(text)) == text
        assert unpack(pack(f"verity:{text}")) == f"verity:{text}"
        assert is_weak(pack(text)) == (algorithm in {"md5", "sha1"}) == is_weak(pack(f"verity:{text}"))
    assert unpack(pack(f"sha999:{'00' * 24}")) == f"sha999:{'00' * 24}"


def test_the_documentation_names_every_key():
    page = (Path(__file__).parents[4] / "docs" / "reference" / "ima-policy.md").read_text("utf-8")
    for name in ImaPolicy.model_fields:
        assert f"| `{name.replace('_', '-')}` |" in page
