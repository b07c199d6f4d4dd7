"""docs/readers: the programs that a consumer may start from read what we write, and agree with us event by event."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from xrattest import ima

ROOT = Path(__file__).resolve().parents[2]
READERS = ROOT / "docs" / "readers"
LISTS = sorted((ROOT / "tests" / "vectors" / "ima").glob("*.bin"))


@pytest.fixture(scope="session")
def go_reader(tmp_path_factory, require_peer):
    go = shutil.which("go", path="/usr/local/go/bin") or require_peer("go", "golang-go")
    program = tmp_path_factory.mktemp("reader") / "readlist"
    built = subprocess.run(
        [go, "build", "-o", program, "."], cwd=READERS / "go", capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return program


@pytest.fixture(params=LISTS, ids=lambda path: path.stem)
def source(request):
    return request.param


def packed(source: Path, directory: Path, profile: str) -> Path:
    path = directory / f"list.{profile}"
    with path.open("wb") as out:
        ima.compact(source, out, profile)
    return path


def columns(entry: ima.Entry) -> list[str]:
    return [str(entry.number), str(entry.pcr), entry.template_hash.hex(), (entry.digest or b"").hex()]


def test_python_with_protobuf_alone(source, tmp_path):
    shutil.copy(READERS / "read_xr.py", tmp_path)
    shutil.copy(ROOT / "xrattest" / "_proto" / "ima" / "v1" / "ima_pb2.py", tmp_path)
    command = [sys.executable, "read_xr.py", packed(source, tmp_path, "xr")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    expected = [" ".join([*columns(entry), ascii(entry.name or b"")]) for entry in ima.read(source)]
    assert done.stdout.splitlines() == expected


@pytest.mark.peer
@pytest.mark.parametrize("profile", ["xr", "minimal"])
def test_go(source, tmp_path, profile, go_reader):
    done = subprocess.run(
        [go_reader, packed(source, tmp_path, profile)], capture_output=True, text=True, check=True
    )
    pcrs = ima.replay(source, ["sha256"]).pcrs["sha256"]
    lines = done.stdout.splitlines()
    events, states = lines[: -len(pcrs)], lines[-len(pcrs) :]
    assert [line.split(" ")[:3] for line in events] == [columns(entry)[:3] for entry in ima.read(source)]
    assert states == [f"sha256:{index}:{value.hex()}" for index, value in pcrs.items()]


@pytest.mark.peer
def test_go_says_when_a_log_is_cut(tmp_path, go_reader):
    path = packed(LISTS[0], tmp_path, "xr")
    os.truncate(path, path.stat().st_size - 1)
    done = subprocess.run([go_reader, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "unexpected EOF\n")
