"""The policy file: what it may say, and that nothing it says is ignored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xrattest.errors import ConfigError
from xrattest.verify.catalogue import CATALOGUE
from xrattest.verify.policy import Policy, duration, load_policy


def write(tmp_path, text: str):
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_whole_policy(tmp_path):
    path = write(
        tmp_path,
        'required = ["dossier.structure", "baseline.kernel"]\nmax-age = "10m"\nidentity = "edge1"\n'
        '[appraisers]\nallow = ["baseline"]\n',
    )
    policy = load_policy(path)
    assert policy.required == ("dossier.structure", "baseline.kernel")
    assert policy.max_age == timedelta(minutes=10)
    assert policy.identity == "edge1"
    assert policy.appraisers.allow == ("baseline",)


def test_an_empty_policy_demands_nothing_more(tmp_path):
    assert load_policy(write(tmp_path, "")) == Policy()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("required = [", "policy.toml"),
        ("requires = []", "requires"),
        ("max_age = '1d'", "max_age"),
        ("max-age = '1 day'", "not a duration"),
        ("max-age = 10", "max-age"),
        ("identity = ''", "identity"),
        ("required = [7]", "required"),
        ("[appraisers]\nblock = []", "appraisers.block"),
        ("required = ['kernel.good']", "no check is called 'kernel.good'"),
    ],
)
def test_refused(tmp_path, text, reason):
    with pytest.raises(ConfigError, match=reason):
        load_policy(write(tmp_path, text))


def test_an_unknown_check_is_refused_with_the_list(tmp_path):
    with pytest.raises(ConfigError) as refusal:
        load_policy(write(tmp_path, "required = ['envelope.signatur']"))
    assert all(check_id in str(refusal.value) for check_id in CATALOGUE)


def test_not_utf8_and_too_large(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_bytes(b"identity = '\xff'")
    with pytest.raises(ConfigError):
        load_policy(path)
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match="at most"):
        load_policy(path)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("1w", 604800)]
)
def test_durations(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "-1d", "1.5h", "1D", "\uff11d", "9999999d", "1d "])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="is not a duration"):
        duration(text)


def test_the_same_policy_as_json(tmp_path):
    toml = write(
        tmp_path,
        'max-age = "10m"\nrequired = ["ima.violations"]\n[ima]\nviolations = "fail"\n[ima.deny]\npaths = ["/x"]\n',
    )
    as_json = tmp_path / "policy.json"
    as_json.write_text(
        '\n {"max-age": "10m", "required": ["ima.violations"], "ima": {"violations": "fail", "deny": {"paths": ["/x"]}}}'
    )
    assert load_policy(as_json) == load_policy(toml)
    assert load_policy(as_json).implied == ("ima.violations",)
    assert Policy().implied == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"ima": {"allow": {"/x": [], "/x": []}}}', "JSON"),
        ('{"ima": ' + "[" * 100_000, "JSON"),
        ('{"ima": {"allow": {"/\\ud800": []}}}', "surrogate"),
        ('{"ima": {"allow": {"/x": ["sha256:00"]}}}', "ima.allow"),
        ('{"ima": {"allow": {"/x": ["SHA256:' + "00" * 32 + '"]}}}', "ima.allow"),
        ('{"ima": {"unlisted": "ignore"}}', "ima.unlisted"),
        ('{"ima": []}', "ima"),
        ("{} {}", "JSON"),
        ("a" + ".a" * 5000 + " = 1", "a"),
        ("a = " + "[" * 100_000, "."),
    ],
)
def test_hostile_policies_are_refused(tmp_path, text, reason):
    path = tmp_path / "policy"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=reason):
        load_policy(path)
