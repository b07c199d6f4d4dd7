"""Replay against what TPMs said, and boot aggregates."""

from __future__ import annotations

import hashlib

from xrattest import bootlog, ima


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
        (one.bank, one.pcrs): one.digest.hex()
        for one in ima.compute_aggregates(bootlog.replay(path).after_boot)
    }
    assert found["sha256", "0-9"] == known["boot_aggregate"]
    assert list(found) == [
        ("sha1", "0-7"), ("sha256", "0-9"), ("sha256", "0-7"), ("sha384", "0-9"), ("sha384", "0-7")
    ]  # fmt: skip


def test_an_aggregate_needs_every_value():
    zeros = {
        "sha1": {index: bytes(20) for index in range(10)},
        "sha256": {index: bytes(32) for index in range(8)},
    }
    aggregates = {(one.bank, one.pcrs): one.digest for one in ima.compute_aggregates(zeros)}
    assert aggregates == {
        ("sha1", "0-7"): hashlib.sha1(bytes(160)).digest(), ("sha256", "0-7"): hashlib.sha256(bytes(256)).digest()
    }  # fmt: skip
    assert list(ima.compute_aggregates({"no-such-hash": dict.fromkeys(range(10), b"")})) == []


def test_pcrs_that_nothing_extended_have_the_value_of_a_reset(made):
    log = made.agile + made.event(0, 3, b"StartupLocality\0\4") + made.event(1, 4, bytes(4))
    replay = bootlog.replay(log)
    assert sorted(replay.after_boot["sha1"]) == [*range(17), 23]
    assert replay.after_boot["sha256"][0] == bytes(31) + b"\4"
    assert replay.after_boot["sha1"][2] == bytes(20)
    assert replay.after_boot["sha1"][1] == replay.pcrs["sha1"][1]


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
