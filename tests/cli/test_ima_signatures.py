"""`xrattest ima verify-signatures` as a user runs it: what it shows, and when it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"
LIST = VECTORS / "ima" / "sig-sha256.bin"
RSA, EC = (VECTORS / "ima-keys" / f"{kind}.der" for kind in ("rsa", "ec"))
BOTH = ("--key", RSA, "--key", EC)


def run(*arguments, stdin: bytes = b"", status: int = 0) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "xrattest", "ima", "verify-signatures", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


def rows(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_all_valid():
    lines = run(*BOTH, "--allow-not-checkable", "--log", LIST).stdout.decode().splitlines()
    assert lines == [
        "176 entries: 1 evm-portable not-checkable, 5 ima-v2 valid, 3 none no-file, 167 none unsigned",
        "key 33bf5088 CN=Lab IMA signing key rsa,O=Lab: 3 valid",
        "key 434f7224 CN=Lab IMA signing key ec,O=Lab: 2 valid",
    ]
    from_stdin = run(*BOTH, "--allow-not-checkable", "--log", "-", stdin=LIST.read_bytes())
    assert from_stdin.stdout.decode().splitlines() == lines


def test_no_signature_verifies():
    """evmctl ends with status 0 then."""
    changed = LIST.read_bytes()
    for key_id in (b"\x33\xbf\x50\x88", b"\x43\x4f\x72\x24"):
        at = -1
        while (at := changed.find(b"\x03\x02", at + 1)) >= 0:
            if changed[at + 3 : at + 7] == key_id:
                changed = changed[: at + 40] + bytes([changed[at + 40] ^ 1]) + changed[at + 41 :]
    done = run(*BOTH, "--allow-not-checkable", "--log", "-", stdin=changed, status=1)
    assert done.stdout.count(b" ima-v2 33bf5088 invalid ") == 3
    assert done.stdout.count(b" ima-v2 434f7224 invalid ") == 2
    assert done.stdout.splitlines()[-3].startswith(
        b"176 entries: 1 evm-portable not-checkable, 5 ima-v2 invalid, 3 none"
    )


def test_each_permission_is_its_own():
    assert (
        b"entry 103 /srv/s/evmportable: evm-portable 33bf5088 not-checkable"
        in run(*BOTH, "--log", LIST, status=1).stdout
    )
    run("--key", RSA, "--allow-not-checkable", "--log", LIST, status=1)
    done = run("--key", RSA, "--allow-not-checkable", "--allow-unknown-key", "--log", LIST)
    assert b"key 434f7224 not given: 2 signatures" in done.stdout
    unsigned = run(*BOTH, "--allow-not-checkable", "--all-signed", "--log", LIST, status=1)
    assert unsigned.stdout.count(b"none - unsigned") == 167


def test_json_has_every_signature_and_a_summary():
    *signatures, last = rows(run(*BOTH, "--json", "--log", LIST, status=1))
    assert [row["result"] for row in signatures].count("valid") == 5
    assert signatures[0] == {"entry": 96, "path": "/srv/s/rsa256", "field": "sig", "kind": "ima-v2", "key-id": "33bf5088",
                             "result": "valid", "reason": None}  # fmt: skip
    assert last["summary"]["entries"] == 176
    assert [key["valid"] for key in last["summary"]["keys"]] == [3, 2]
    everything = rows(run(*BOTH, "--json", "--all", "--log", LIST, status=1))
    assert [row["entry"] for row in everything[:-1]] == list(range(176))


def test_a_keyring_of_files(tmp_path):
    for path in (RSA, EC):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    run("--keyring", tmp_path, "--allow-not-checkable", "--log", LIST)


def test_hostile_names_stay_on_their_line():
    changed = LIST.read_bytes().replace(b"/srv/s/evmportable", b"/srv/s/\x1b[2J\n\xff\x07rtab")
    done = run(*BOTH, "--log", "-", stdin=changed, status=1)
    assert b"\x1b" not in done.stdout
    assert done.stdout.count(b"\n") == 4
    (row,) = (
        row
        for row in rows(run(*BOTH, "--json", "--log", "-", stdin=changed, status=1))
        if row.get("entry") == 103
    )
    assert row["path-bytes"]


def test_a_list_without_signatures_is_told():
    done = run("--key", RSA, "--log", VECTORS / "ima" / "ng-sha256.bin")
    assert done.stderr == b"xrattest: no entry carries a signature\n"
    run("--key", RSA, "--all-signed", "--log", VECTORS / "ima" / "ng-sha256.bin", status=1)


@pytest.mark.parametrize(("arguments", "said"), [
    ((), b"no key to verify with"),
    (("--key", LIST), b"none in DER at byte 0"),
    (("--keyring", VECTORS), b"no certificate in this directory"),
])  # fmt: skip
def test_without_a_key_is_status_2(arguments, said):
    assert said in run(*arguments, "--log", LIST, status=2).stderr


def test_damage_is_status_2():
    done = run(*BOTH, "--log", "-", stdin=LIST.read_bytes()[:1000], status=2)
    assert b"entry 8 at byte 931" in done.stderr


def test_help_has_an_example():
    assert "xrattest ima verify-signatures" in run("--help").stdout.decode().split("Example:")[1]
