"""`xrattest ima` as a user runs it: lines on standard output, one line of error, exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[1] / "vectors" / "ima"
LIST = VECTORS / "sig-sha256.bin"
KNOWN = json.loads((VECTORS / "sig-sha256.json").read_text())


def run(*arguments, stdin: bytes = b"", status: int = 0) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "xrattest", "ima", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    assert done.returncode == status, done.stderr.decode()
    return done


def test_replay_prints_one_line_per_pcr():
    assert run("replay", "--log", LIST).stdout.decode().splitlines() == [
        f"{bank}:10:{KNOWN['pcrs'][bank]['10']}" for bank in ("sha1", "sha256")
    ]
    done = run("replay", "--bank", "sha384", "--log", "-", stdin=LIST.read_bytes())
    assert done.stdout.decode() == f"sha384:10:{KNOWN['pcrs']['sha384']['10']}\n"
    assert done.stderr == b""


def test_replay_names_wrong_hashes():
    content = bytearray(LIST.read_bytes())
    content[150] ^= 1
    done = run("replay", "--log", "-", stdin=bytes(content), status=1)
    assert b"entry 1 at byte 106" in done.stderr
    assert b"1 of 176 template hashes are wrong" in done.stderr


def test_show_as_lines_and_as_table():
    rows = [json.loads(line) for line in run("show", "--json", "--log", LIST).stdout.splitlines()]
    assert [row["event-number"] for row in rows] == [str(number) for number in range(KNOWN["entries"])]
    table = run("show", "--log", LIST).stdout.decode()
    assert "boot_aggregate" in table.splitlines()[2]
    assert table.count("violation") == len(KNOWN["violation_indices"])
    assert all(character.isprintable() or character == "\n" for character in table)


@pytest.mark.parametrize("profile", ["xr", "minimal"])
def test_compact_and_expand(profile, tmp_path):
    blocks, out = tmp_path / "blocks", tmp_path / "list"
    run("compact", "--profile", profile, "--log", LIST, "-o", blocks)
    run("expand", blocks, "-o", out)
    assert out.read_bytes() == LIST.read_bytes()
    assert run("expand", "-", stdin=blocks.read_bytes()).stdout == LIST.read_bytes()


def test_failed_conversion_leaves_no_file(tmp_path):
    out = tmp_path / "list"
    done = run("expand", LIST, "-o", out, status=2)
    assert done.stderr.decode().count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("content", "reason"), [
    (LIST.read_bytes()[:1000], "entry 8 at byte 931"),
    (b"10 fd98281b9e8071ec6ee8b10e9ab3db21f0b04697 ima-ng sha256:00\n", "line 1: template ima-ng: 1 fields, where the template has 2"),
    (b"hello, this is a letter", "neither the kernel's binary measurement list nor its ascii one"),
])  # fmt: skip
def test_what_is_no_list_is_status_2(content, reason):
    for command in ("replay", "show", "compact"):
        done = run(command, "--log", "-", stdin=content, status=2)
        assert reason in done.stderr.decode()
        assert done.stderr.decode().count("\n") == 1


def test_limit_can_be_raised():
    assert b"over the limit of 10240" in run("replay", "--log", LIST, "--max-size", "10K", status=2).stderr
    run("replay", "--log", LIST, "--max-size", "1M")


def test_absent_list_says_what_to_do(tmp_path):
    assert b"No such file" in run("replay", "--log", tmp_path / "none", status=2).stderr
    if not Path("/sys/kernel/security/ima").exists():
        done = run("replay", status=1)
        assert b"--log" in done.stderr
        assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("command", ["show", "describe", "replay", "join", "compact", "expand"])
def test_help_has_an_example(command):
    assert f"xrattest ima {command}" in run(command, "--help").stdout.decode().split("Example:")[1]


TEXT = VECTORS / "sig-sha256.txt"


@pytest.mark.parametrize("command", [("replay",), ("show", "--json"), ("compact", "--profile", "minimal")])
def test_ascii_lists_are_read_and_what_they_leave_open_is_one_line(command):
    done = run(*command, "--log", TEXT)
    assert done.stderr.decode().startswith("xrattest: ascii list: 174 of 176 entries are proven")
    assert done.stderr.count(b"\n") == 1
    if command[0] != "compact":  # a block says when it was made
        assert done.stdout == run(*command, "--log", LIST).stdout


def test_describe():
    binary, text = (json.loads(run("describe", "--json", "--log", path).stdout) for path in (LIST, TEXT))
    assert binary["form"] == "binary"
    assert text == binary | {"form": "ascii", "lines": 177, "proven-entries": 174, "unproven-entries": 0}
    assert binary["last-boot-entry"] == 0
    assert b"templates:            ima-sig 176" in run("describe", "--log", LIST).stdout


def test_join(tmp_path):
    out = tmp_path / "list"
    content = LIST.read_bytes()
    half = tmp_path / "half\x1b"
    half.write_bytes(content[:931])
    assert run("join", half, TEXT, "-o", out).stderr.decode().splitlines()[-1] == (
        f"xrattest: {TEXT}: 8 of 176 entries were there already"
    )
    assert out.read_bytes() == content
    assert run("join", "-", stdin=TEXT.read_bytes()).stdout == content
    half.write_bytes(content[:1000])
    error = run("join", LIST, half, status=2).stderr.decode()
    assert "entry 8 at byte 931" in error
    assert "half\\x1b: the list ends inside" in error
    assert error.count("\n") == 1
