"""Replay against what TPMs said, and boot aggregates."""

from __future__ import annotations

import hashlib

import pytest

from xrattest import bootlog


def test_real_logs_lead_to_what_the_tpm_had(vector):
    path, known = vector
    replay = bootlog.replay(path)
    assert set(replay.pcrs) == {"sha1", "sha256", "sha384"}
    for bank, pcrs in replay.pcrs.items():
        assert {0, 1, 2, 3, 4, 5, 6, 7} <= pcrs.keys()
        assert {str(index): value.hex() for index, value in pcrs.items()} == {
            str(index): known["pcrs"][bank][str(index)] for index in pcrs
        }
    assert (replay.events, replay.missing, replay.unreplayed, replay.oddities) == (
        known["events"],
        {},
        (),
        (),
    )


def test_the_boot_aggregate_is_among_those_of_the_log(vector):
    path, known = vector
    found = {
        (one.bank, one.pcrs): one.digest.hex() for one in bootlog.boot_aggregates(bootlog.replay(path).pcrs)
    }
    assert found["sha256", "0-9"] == known["boot_aggregate"]
    assert list(found) == [
        ("sha1", "0-7"), ("sha256", "0-9"), ("sha256", "0-7"), ("sha384", "0-9"), ("sha384", "0-7")
    ]  # fmt: skip


def test_an_aggregate_takes_pcrs_that_nothing_extended_as_zero():
    aggregates = {
        (one.bank, one.pcrs): one.digest
        for one in bootlog.boot_aggregates({"sha1": {3: b"x" * 20}, "sha256": {}})
    }
    assert aggregates["sha1", "0-7"] == hashlib.sha1(bytes(60) + b"x" * 20 + bytes(80)).digest()
    assert aggregates["sha256", "0-7"] == hashlib.sha256(bytes(32 * 8)).digest()
    assert aggregates["sha256", "0-9"] == hashlib.sha256(bytes(32 * 10)).digest()
    assert list(bootlog.boot_aggregates({"no-such-hash": {}})) == []


def test_startup_locality(made):
    log = made.agile + made.event(0, 3, b"StartupLocality\0\3") + made.event(0, 4, bytes(4))
    replay = bootlog.replay(log)
    start = bytes(31) + b"\3"
    assert replay.locality == 3
    assert replay.pcrs["sha256"] == {0: hashlib.sha256(start + hashlib.sha256(bytes(4)).digest()).digest()}


def test_legacy_logs(made):
    log = made.legacy(0, 3, b"Spec ID Event00\0rest") + made.legacy(4, 5, b"Calling INT 19h")
    assert not bootlog.EventLog.load(log).is_crypto_agile
    pcrs = bootlog.replay(log).pcrs
    assert pcrs == {"sha1": {4: hashlib.sha1(bytes(20) + hashlib.sha1(b"Calling INT 19h").digest()).digest()}}


@pytest.mark.parametrize(
    ("names", "last"),
    [
        ([], None),
        ([b"a"], None),
        ([b"boot_aggregate", b"a"], 0),
        ([b"boot_aggregate", b"a", b"boot_aggregate"], 2),
    ],
)
def test_the_last_boot_aggregate_counts(names, last):
    class Entry:
        def __init__(self, number, name):
            self.number, self.name = number, name

    entries = [Entry(number, name) for number, name in enumerate(names)]
    found = bootlog.last_boot_aggregate(entries)
    assert (found and found.number) == last
