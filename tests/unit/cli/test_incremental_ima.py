"""`--incremental-ima`: what it asks of the collector, what it implies, and what it refuses before anything is collected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xrattest.cli import run

LIST = Path(__file__).resolve().parents[2] / "vectors" / "ima" / "ng-sha256.bin"
ENTRIES = 149


@pytest.fixture
def command(tmp_path, capfd, monkeypatch):
    """Run `xrattest dossier` on a tree that booted at a known time."""
    root = tmp_path / "root"
    (root / "proc").mkdir(parents=True)
    (root / "proc/stat").write_text("btime 1627394112\n")
    (root / "proc/uptime").write_text("100.0 1.0\n")
    (root / "list").write_bytes(LIST.read_bytes())
    monkeypatch.setenv("XRATTEST_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("XRATTEST_CONFIG", str(tmp_path / "config.toml"))

    def call(*arguments: str):
        status = run(["dossier", "--root", str(root), "--log", "/list", *arguments])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return call


def request(number: object = 140, time: str = "Tue Jul 27 13:55:12 2021", key: str = "start_event") -> str:
    return json.dumps({"ima_start": [{"0/RP0/CPU0": {key: number, "start_time": time}}]})


def node_of(out: str):
    return json.loads(out)["system-integrity-snapshot"]["system-ima"]["node-data"][0]


def test_it_implies_the_selector(command):
    status, out, err = command("--include", "reboot-history", "--incremental-ima", request())
    assert (status & ~3, "system-ima" in out) == (0, True), err
    node = node_of(out)
    assert node["ima-start"]["event-number"] == "140"
    assert [event["event-number"] for event in node["ima-event-log"]] == [str(n) for n in range(141, ENTRIES)]


def test_it_is_an_option_of_the_collector(command):
    include = ("--include", "system-integrity-snapshot")
    value = '{ima_start=[{"0/RP0/CPU0"={start_sequence=140,start_time="Tue Jul 27 13:55:12 2021"}}]}'
    status, out, err = command(*include, "--set", f"ima.incremental={value}")
    assert (status, err) == (0, "")
    assert node_of(out)["ima-start"]["event-number"] == "140"


def test_a_reason_for_the_whole_list_is_no_defect_of_collecting(command):
    include = ("--include", "system-integrity-snapshot")
    status, out, err = command(*include, "--incremental-ima", request(ENTRIES))
    assert (status, err) == (0, "")
    assert "the list has 149" in node_of(out)["whole-list-reason"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "JSON"),
        ("[]", "an object is wanted"),
        ("1", "an object is wanted"),
        ('{"ima_start": [], "ima_start": []}', "duplicate"),
        ('{"ima_start": [{"0/RP0/CPU0": {"start_event": 1, "start_event": 1}}]}', "duplicate"),
        ('{"ima_start": []} x', "JSON"),
        ('{"ima_start": 1}', "ima_start"),
        ("{}", "ima_start"),
        ('{"ima_stop": []}', "ima_st"),
        (request().replace("0/RP0", "0/RP1"), "'0/RP1/CPU0'"),
        (request(-1), "start_event"),
        (request(2**62), "start_event"),
        (request(1.5), "start_event"),
        (request("1"), "start_event"),
        (request(time="yesterday"), "yesterday"),
        (request().replace("start_time", "start_tide"), "start_t"),
        ('{"ima_start": [' + " " * (1 << 16) + "]}", "limit"),
    ],
)
def test_what_is_refused_writes_nothing(command, value, reason):
    status, out, err = command("--incremental-ima", value)
    assert (status, out) == (2, "")
    assert reason in err
    assert len(err.splitlines()) == 1
