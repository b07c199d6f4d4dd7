"""Settings: defaults, ranges, refusals that name the range."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict

from xrattest.config import document
from xrattest.config.model import KeyKind, KeyPairSettings, Settings
from xrattest.errors import ConfigError


def refusal(text: str, sections=None) -> str:
    with pytest.raises(ConfigError) as caught:
        document.validate(text, sections or {})
    return str(caught.value)


def trustpoint(line: str) -> str:
    return f"[trustpoints.system-trustpoint]\n{line}\n"


def test_without_a_file_everything_has_a_default():
    settings = document.validate("", {})
    system = settings.trustpoints["system-trustpoint"]
    assert (settings.node, settings.hostname, settings.plugins.allow) == ("0/RP0/CPU0", None, None)
    assert system.keypair == KeyPairSettings(type=KeyKind.RSA, label="system-enroll-key")
    assert system.ca_keypair == KeyPairSettings(type=KeyKind.RSA, label="system-root-key")
    assert (system.lifetime_certificate, system.lifetime_ca_certificate, system.message_digest) == (
        200,
        365,
        "sha256",
    )
    assert system.key_usage_certificate == ("digitalsignature", "keyagreement", "dataencipherment")
    assert settings == Settings()


@pytest.mark.parametrize(
    ("key", "low", "high"), [("lifetime-certificate", 30, 5474), ("lifetime-ca-certificate", 30, 5475)]
)
def test_lifetimes_hold_their_range_and_name_it(key, low, high):
    for value in (low, high):
        document.validate(trustpoint(f"{key} = {value}"), {})
    for value in (low - 1, high + 1, -5):
        assert f"system-trustpoint.{key}: {value} is out of range: {low} to {high} days" in refusal(
            trustpoint(f"{key} = {value}")
        )
    assert "valid integer" in refusal(trustpoint(f'{key} = "{low}"'))
    assert "valid integer" in refusal(trustpoint(f"{key} = true"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('message-digest = "sha1"', "'sha256', 'sha384' or 'sha512'"),
        ('message-digest = "md5"', "'sha256', 'sha384' or 'sha512'"),
        ('enrollment = "url"', "Input should be 'self'"),
        ('keypair.type = "rot13"', "'rsa', 'dsa', 'ecdsa-nistp256'"),
        ('keypair.label = "../x"', "keypair.label"),
        ('keypair.label = "a\\n"', "keypair.label"),
        ('keypair.label = "' + "a" * 128 + '"', "keypair.label"),
        ('keypair.label = "system-root-key"', "name the same key"),
        ('key-usage-certificate = ["keyagreement"]', "must hold digitalsignature"),
        ('key-usage-certificate = ["digitalsignature", "digitalsignature"]', "named twice"),
        ('key-usage-ca-certificate = ["crlsign"]', "must hold keycertsign"),
        ('key-usage-certificate = ["digitalsignature", "keycertsign"]', "Input should be"),
        ('ip-address = "10.1.1"', "IPv4 or IPv6"),
        ('include-serial-number = "yes"', "valid boolean"),
        ('passphrase = "hunter2"', "file:/absolute/path"),
        ('passphrase = "file:relative"', "file:/absolute/path"),
        ('passphrase = "credential:.."', "credential:NAME"),
        ('subject-name = "CN=a,OID=b"', "unknown attribute 'OID'"),
        ('subject-name = "serialNumber=1"', "include-serial-number"),
        ("lifetime = 3", "lifetime: no such setting"),
        ("lifetime_certificate = 30", "lifetime_certificate: no such setting"),
    ],
)
def test_a_wrong_trustpoint_setting_is_refused_with_its_reason(line, words):
    assert words in refusal(trustpoint(line))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hostname = 3", "hostname"),
        ('hostname = "-a"', "hostname"),
        ('hostname = "a b"', "hostname"),
        ('domain = "a..b"', "domain"),
        ('node = "0/RP0 CPU0"', "node"),
        ("[plugins]\ntimeout = 0", "0 is out of range: 1 to 86400 seconds"),
        ("[plugins]\nmemory = 1", "1 is out of range: 64 to 1048576 MiB"),
        ("[plugins]\noutput = 0", "0 is out of range: 1 to 1048576 MiB"),
        ('[trustpoints."a/b"]', "trustpoints"),
        ("trustpoints = 3", "trustpoints"),
        ("trustpoints.x = 3", "trustpoints.x"),
        ("color = 1", "color: no such setting"),
        ("a = [", "not TOML"),
        ("a = 1\na = 2", "not TOML"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(text, words):
    assert words in refusal(text)


def test_a_misplaced_secret_is_not_repeated_in_the_error():
    assert "hunter2" not in refusal(trustpoint('passphrase = "hunter2"'))


def test_every_fault_is_named_at_once():
    said = refusal("hostname = 3\n[plugins]\ntimeout = 0\n")
    assert "hostname" in said
    assert "plugins.timeout" in said


def test_another_trustpoint_gets_key_labels_of_its_own():
    settings = document.validate('[trustpoints.lab]\nkeypair.type = "ed25519"\n', {})
    lab = settings.trustpoints["lab"]
    assert (lab.keypair.type, lab.keypair.label, lab.ca_keypair.label) == (
        "ed25519",
        "lab-enroll-key",
        "lab-root-key",
    )
    assert "system-trustpoint" in settings.trustpoints


def test_two_trustpoints_cannot_share_a_key():
    assert "share the rsa key system-root-key" in refusal(
        '[trustpoints.lab.keypair]\nlabel = "system-root-key"\n'
    )


def test_settings_do_not_change_after_validation():
    with pytest.raises(ValueError, match="frozen"):
        Settings().hostname = "x"


@pytest.mark.parametrize(
    ("hostname", "domain", "fqdn"),
    [
        ("lab1", "example.com", "lab1.example.com"),
        ("lab1", None, "lab1"),
        ("lab1.example.com", "other", "lab1.example.com"),
    ],
)
def test_fqdn(hostname, domain, fqdn):
    assert Settings(hostname=hostname, domain=domain).fqdn == fqdn


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid")
    roots: list[str] = []


def test_a_known_plugin_section_is_judged_and_an_unknown_one_kept():
    text = '[plugin.filesystem]\nroots = ["/usr"]\n[plugin.absent]\nanything = {goes = 1}\n'
    settings = document.validate(text, {"filesystem": Section})
    assert settings.plugin == {"filesystem": {"roots": ["/usr"]}, "absent": {"anything": {"goes": 1}}}
    assert "plugin.filesystem.root: no such setting" in refusal(
        "[plugin.filesystem]\nroot = 1\n", {"filesystem": Section}
    )
