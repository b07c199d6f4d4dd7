"""`xrattest ima appraise`, `reference-values` and the filters of `show`, as a user runs them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[1] / "vectors" / "ima"
NG, SIG = VECTORS / "ng-sha256.bin", VECTORS / "sig-sha256.bin"


def run(*arguments, stdin: bytes = b"", status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "xrattest", "ima", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    assert done.returncode == status, done.stderr.decode()
    return subprocess.CompletedProcess(command, status, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def policy(tmp_path) -> Path:
    path = tmp_path / "policy.json"
    said = run("reference-values", "--log", NG, "-o", path).stderr
    assert "nothing was taken from 2 entries that are violations" in said
    return path


def test_a_host_passes_its_own_policy_and_another_does_not(policy):
    assert run("appraise", "--policy", policy, "--log", NG).stdout.endswith("verdict: pass\n")
    out = run("appraise", "--policy", policy, "--log", "-", stdin=SIG.read_bytes(), status=1).stdout
    assert out.endswith("verdict: fail\n")
    assert "144 by allow, 27 unlisted, 2 changed, 2 by violations, 1 by boot-aggregate" in out


def test_findings_as_json(policy):
    found = json.loads(run("appraise", "--policy", policy, "--log", SIG, "--json", status=1).stdout)
    assert list(found) == ["verdict", "time", "checks", "findings"]
    assert [check["id"] for check in found["checks"]] == [
        "ima.self-consistent",
        "ima.violations",
        "ima.reference-values",
    ]
    rules = next(one["rules"] for one in found["findings"] if "rules" in one)
    assert rules == {
        "allow": {"accept": 144, "fail": 2}, "unlisted": {"fail": 27}, "violations": {"accept": 2}, "boot-aggregate": {"accept": 1},
    }  # fmt: skip
    changed = [one for one in found["findings"] if one.get("kind") == "changed"]
    assert [one["path"] for one in changed] == ["/lab/in/case.env", "/lab/in/case.sh"]
    assert all(one["got"] not in one["expected"] and one["rule"] == "allow" for one in changed)


def test_violations_by_policy(policy):
    section = json.loads(policy.read_text())
    section["ima"]["violations"] = "fail"
    policy.write_text(json.dumps(section))
    assert "ima.violations       * fail" in run("appraise", "--policy", policy, "--log", NG, status=1).stdout
    section["ima"]["violations-at"] = {"/srv/**": "accept"}
    policy.write_text(json.dumps(section))
    assert "2 to accept" in run("appraise", "--policy", policy, "--log", NG).stdout


def test_a_damaged_hash_fails_apart_from_the_reference_values(policy):
    content = bytearray(NG.read_bytes())
    content[4] ^= 1
    out = run("appraise", "--policy", policy, "--log", "-", stdin=bytes(content), status=1).stdout
    assert "ima.self-consistent  * fail" in out
    assert "ima.reference-values * pass" in out


def test_keylime_is_taken_and_converted(tmp_path, policy):
    allow = json.loads(policy.read_text())["ima"]["allow"]
    keylime = tmp_path / "keylime.json"
    keylime.write_text(json.dumps({
        "meta": {"version": 1}, "digests": {path: [text.split(":")[1] for text in texts] for path, texts in allow.items()},
        "excludes": ["boot_aggregate", "/srv/lab_work/"], "keyrings": {}, "ima-buf": {}, "verification-keys": "",
        "ima": {"ignored_keyrings": [], "log_hash_alg": "sha1", "dm_policy": None},
    }))  # fmt: skip
    assert run("appraise", "--keylime", keylime, "--log", NG).stdout.endswith("verdict: pass\n")
    converted = tmp_path / "converted.json"
    run("reference-values", "--keylime", keylime, "-o", converted)
    assert run("appraise", "--policy", converted, "--log", NG).stdout.endswith("verdict: pass\n")
    assert run("appraise", "--policy", converted, "--log", SIG, status=1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "no reference values"),
        (("--policy", NG), "ng-sha256.bin"),
        (("--keylime", NG), "neither JSON nor text"),
        (("--kgv", NG), "JSON"),
        (("--kgv-signer", "abc"), "64 hexadecimal digits"),
        (("--max-size", "100"), "limit of 100"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_2(arguments, reason):
    done = run("appraise", "--log", NG, *arguments, status=2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert reason in done.stderr


QUESTIONS = [
    (("--events", "10-12"), lambda e: 10 <= int(e["event-number"]) <= 12),
    (("--events", "170-"), lambda e: int(e["event-number"]) >= 170),
    (("--events", "-3"), lambda e: int(e["event-number"]) <= 3),
    (("--events", "7"), lambda e: e["event-number"] == "7"),
    (("--path", "/usr/bin/*"), lambda e: e["filename-hint"].startswith("/usr/bin/")),
    (("--path", "/lab/**", "--path", "/etc/**"), lambda e: e["filename-hint"].startswith(("/lab/", "/etc/"))),
    (("--violations",), lambda e: not e["template-hash"].strip("A=")),
    (("--template", "ima-sig"), lambda e: True),
    (("--template", "ima"), lambda e: False),
    (("--pcr", "11"), lambda e: False),
    (("--violations", "--events", "0-162"), lambda e: e["event-number"] == "162"),
]


@pytest.mark.parametrize(
    ("arguments", "wanted"), QUESTIONS, ids=[" ".join(question) for question, _ in QUESTIONS]
)
def test_filters_of_json_table_and_count_agree(arguments, wanted):
    every = [json.loads(line) for line in run("show", "--json", "--log", SIG).stdout.splitlines()]
    expected = [event for event in every if wanted(event)]
    shown = [json.loads(line) for line in run("show", "--json", "--log", SIG, *arguments).stdout.splitlines()]
    assert shown == expected
    assert run("show", "--count", "--log", SIG, *arguments).stdout == f"{len(expected)}\n"
    rows = [line.split()[0] for line in run("show", "--log", SIG, *arguments).stdout.splitlines()[2:]]
    assert [row for row in rows if row.isdigit()] == [event["event-number"] for event in expected]


def test_the_table_says_what_else_an_entry_holds():
    out = run("show", "--log", SIG, "--path", "/srv/s/*").stdout
    assert "IMA signature version 2 of key " in out
    assert "EVM signature version 2 of key " in out


def test_names_cannot_drive_a_terminal():
    def lp(content: bytes) -> bytes:
        return struct.pack("<I", len(content)) + content

    data = lp(b"sha256:\0" + bytes(32)) + lp("/\x1b[2J\x9b\u202e\n/x".encode() + b"\0")
    content = struct.pack("<I", 10) + b"\1" * 20 + lp(b"ima-ng") + lp(data)
    out = run("show", "--log", "-", stdin=content).stdout
    assert r"/\x1b[2J\x9b\u202e\n/x" in out.replace("\n", "") or r"\x1b[2J" in out
    assert not set("\x1b\x9b\u202e") & set(out)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--events", "5-2"), "ends before"), (("--events", "x"), "range"), (("--events", "-"), "range"),
        (("--path", "[a"), "pattern"), (("--pcr", "64"), "64"),
    ],
)  # fmt: skip
def test_filters_that_cannot_be_used(arguments, reason):
    assert reason in run("show", "--log", SIG, *arguments, status=2).stderr
