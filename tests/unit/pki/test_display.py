"""The printed forms of XR."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from xrattest.config.model import KeyKind
from xrattest.pki import display
from xrattest.pki.keyfile import StoredKey
from xrattest.pki.keys import size_of
from xrattest.pki.keystore import KeyStore
from xrattest.pki.trustpoint import Trustpoint

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
# The public key that the documentation of XR prints for a generated RSA key pair, its first line and its end.
RSA_1024 = bytes.fromhex(
    "30819F300D06092A864886F70D010101050003818D0030818902818100CB8D86BF6707AAFD7E4F08A1F70080B9E6016B8128004C"
    "B477817BBCF35106BC60B06E07A417FD7979D262B35465A61D3B70D136ACAFBD7F91D5A0CFB0EE91B9D52C697CAF89EDF66A6A5889EEF7"
    "76A03916CB3663FB17B7DBEBF81C54AF7F293F3004C15B08A8C6965F1E289DD724BD40AF59E90E44D57D5900005C4BEA9DB50203010001"
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2914, "0B:62"),
        (4278, "10:B6"),
        (1, "01"),
        (0, "00"),
        (0x80, "80"),
        (0x100, "01:00"),
        (-2914, "-0B:62"),
    ],
)
def test_serial_numbers(number, text):
    assert display.serial(number) == text


def test_times_do_not_follow_zone_or_locale():
    when = datetime(2019, 10, 20, 18, 37, 26, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert display.moment(when) == "13:07:26 UTC Sun Oct 20 2019"
    assert display.moment(datetime(2020, 2, 6, 1, 3, 9, tzinfo=UTC)) == "01:03:09 UTC Thu Feb 06 2020"


def test_an_rsa_key_as_xr_prints_it():
    created = datetime(2003, 9, 18, 17, 33, 23, tzinfo=UTC)
    assert size_of(load_der_public_key(RSA_1024)) == 1024
    lines = display.key_text(StoredKey(KeyKind.RSA, "mykey", 1024, created, RSA_1024, False)).splitlines()
    assert lines[:5] == ["Key label: mykey", "Type     : RSA General purpose", "Size     : 1024",
                         "Created  : 17:33:23 UTC Thu Sep 18 2003", "Data     :"]  # fmt: skip
    assert lines[5] == " 30819F30 0D06092A 864886F7 0D010101 05000381 8D003081 89028181 00CB8D86 BF6707AA"
    assert lines[-1].endswith("5C4BEA9D B5020301 0001")


def test_an_ed25519_key_is_its_32_bytes(tmp_path):
    key = KeyStore(tmp_path).generate(KeyKind.ED25519)
    raw = load_der_public_key(key.public_der).public_bytes_raw()
    lines = display.key_text(key).splitlines()
    assert lines[:3] == ["Key label: the_default", "Type     : ED25519", "Size     : 256"]
    assert len(lines) == 6
    assert bytes.fromhex(lines[5]) == raw
    assert lines[5].count(" ") == 8


def test_certificates(enrolled):
    kind, _, _, done = enrolled
    trustpoint = done.trustpoint
    text = display.trustpoint_text(trustpoint, NOW)
    assert text.startswith(
        "Trustpoint       : system-trustpoint\n" + "=" * 50 + "\nCA certificate\n  Serial Number  : "
    )
    assert text.endswith("Associated Trustpoint: system-trustpoint\n")
    assert "  Status         : Available\n" in text
    assert "    unstructuredName=lab1.example.com,CN=lab1-ca\n" in text
    assert "  Validity Start : 12:00:00 UTC Mon Nov 23 2026\n" in text
    assert text.index("CA certificate") < text.index("Router certificate")
    shown = display.trustpoint_json(trustpoint)
    assert (shown["leaf"]["key-type"], shown["leaf"]["key-size"]) == (
        kind.value,
        size_of(trustpoint.leaf.public_key()),
    )
    assert shown["leaf"]["serial-number"] == str(int(shown["root"]["serial-number"]) + 1)
    assert shown["root"]["sha1-fingerprint"].upper() in text
    assert shown["leaf"]["not-after"] == "2027-06-11T12:00:00Z"


def test_status_and_absence(enrolled):
    trustpoint = enrolled[3].trustpoint
    assert "Status         : Expired" in display.trustpoint_text(trustpoint, NOW + timedelta(days=201))
    assert "Status         : Not yet valid" in display.trustpoint_text(trustpoint, NOW - timedelta(days=1))
    without = replace(trustpoint, leaf=None)
    assert "Router certificate" not in display.trustpoint_text(without, NOW)
    assert display.trustpoint_json(without)["leaf"] is None
    assert "no certificates" in display.trustpoint_text(Trustpoint("t", None, None, 7), NOW)
