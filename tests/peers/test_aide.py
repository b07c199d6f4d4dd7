"""AIDE walks the same tree and finds the same files with the same digests, sizes, modes and owners."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from xrattest.hostroot import HostRoot
from xrattest.inventory import Rules, write_snapshot


def aide_rows(program: str, tree: Path, place: Path) -> dict[str, dict[str, str]]:
    database, config = place / "aide.db", place / "aide.conf"
    config.write_text(
        f"database_out=file:{database}\ngzip_dbout=no\nreport_url=file:{place}/report\n"
        f"{tree} p+i+n+u+g+s+m+sha256\n"
    )
    run = subprocess.run([program, "--init", "--config", config], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    raw = database.read_bytes()
    text = gzip.decompress(raw).decode() if raw.startswith(b"\x1f\x8b") else raw.decode()
    lines = text.splitlines()
    names = next(line for line in lines if line.startswith("@@db_spec")).split()[1:]
    rows = [dict(zip(names, line.split(" "), strict=False)) for line in lines if line.startswith("/")]
    return {unquote(row["name"]): row for row in rows}


@pytest.mark.peer
def test_aide_agrees(tmp_path: Path, require_peer: Callable[..., str]) -> None:
    program = require_peer("aide", package="aide-common")
    tree = tmp_path / "tree"
    for number in range(40):
        path = tree / f"d{number % 5}/file {number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(number * 997))
        path.chmod(0o600 + number % 8)
    (tree / "link").symlink_to("d0")
    theirs = aide_rows(program, tree, tmp_path)
    with tempfile.TemporaryFile() as file:
        write_snapshot(HostRoot("/"), Rules(roots=(str(tree),)), file.fileno(), time=datetime.now(UTC))
        file.seek(0)
        ours = {row["name"]: row for row in json.load(file)["files"]}
    assert set(ours) == set(theirs)
    assert len(ours) == 47
    for name, row in ours.items():
        their, meta = theirs[name], row["meta"]
        assert int(their["perm"], 8) == meta["mode"], name
        assert (their["uid"], their["gid"]) == (str(meta["uid"]), str(meta["gid"]))
        assert int(their["inode"]) == int(meta["inode"])
        if "digest" in row:
            assert int(their["size"]) == int(meta["size"])
            (sha256,) = [one["digest-value"] for one in row["digest"] if one["algorithm"] == "sha256"]
            assert base64.b64decode(their["sha256"]) == base64.b64decode(sha256), name
