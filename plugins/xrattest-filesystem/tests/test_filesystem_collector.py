"""The collector alone: nothing but xrattest is installed."""

from __future__ import annotations

import base64
import hashlib
import os

import pytest
from xrattest_filesystem import xrattest_register_collectors, xrattest_register_config
from xrattest_filesystem.collector import FilesystemCollector

from xrattest.errors import XrattestError
from xrattest.evidence import Node, ResultCode
from xrattest.testing.conformance import assert_conforms


def files_of(collected) -> dict[str, dict]:
    (node,) = collected.body["node"]
    (snapshot,) = node["snapshot"]
    return {row["name"]: row for row in snapshot["files"]}


def test_it_conforms(fake_root) -> None:
    collected = assert_conforms(FilesystemCollector(), fake_root({"etc/hostname": "h", b"etc/caf\xe9": "x"}))
    assert collected.code is ResultCode.SUCCESS
    assert list(files_of(collected)) == ["/etc", "/etc/caf\ufffd", "/etc/hostname"]


def test_the_body_is_one_full_snapshot(collect, fake_root) -> None:
    root = fake_root({"etc/hostname": "host\n", "usr/bin/true": "#!", "home/u/secret": "s"})
    collected = collect(FilesystemCollector(), root, node=Node("0/RP1/CPU0"))
    (node,) = collected.body["node"]
    assert node["node-name"] == "0/RP1/CPU0"
    (snapshot,) = node["snapshot"]
    assert (snapshot["snapshot-block-no"], snapshot["snapshot-type"]) == (0, "full")
    assert snapshot["snap-time"] == "2026-11-23T12:00:00.000000Z"
    rows = files_of(collected)
    assert set(rows) == {"/etc", "/etc/hostname", "/usr/bin", "/usr/bin/true"}
    digests = {one["algorithm"]: one["digest-value"] for one in rows["/etc/hostname"]["digest"]}
    assert base64.b64decode(digests["sha256"]) == hashlib.sha256(b"host\n").digest()
    states = {root["path"]: root["state"] for root in snapshot["roots"]}
    assert states["/etc"] == "walked"
    assert states["/boot"] == "absent"


def test_an_absent_root_counts_only_when_somebody_named_it(collect, fake_root) -> None:
    root = fake_root({"etc/hostname": "h"})
    assert collect(FilesystemCollector(), root).code is ResultCode.SUCCESS
    collected = collect(FilesystemCollector(), root, options={"roots": ["/etc", "/srv"]})
    assert collected.code is ResultCode.PARTIAL
    assert collected.problems == [{"reason": "configured root is absent", "path": "/srv"}]


def test_no_root_at_all_is_unavailable(collect, fake_root) -> None:
    collected = collect(FilesystemCollector(), fake_root({"srv/x": "x"}))
    assert collected.code is ResultCode.UNAVAILABLE
    assert "plugin.filesystem.roots" in collected.reason


def test_options_reach_the_walk(collect, fake_root) -> None:
    root = fake_root({"etc/a": "aaaa", "etc/b": "b", "etc/skip/c": "c"})
    options = {"excludes": ["/etc/skip"], "max-file-size": 3, "digests": ["blake3"]}
    rows = files_of(collect(FilesystemCollector(), root, options=options))
    assert set(rows) == {"/etc", "/etc/a", "/etc/b"}
    assert rows["/etc/a"]["digest-missing"] == "too-big"
    assert [one["algorithm"] for one in rows["/etc/b"]["digest"]] == ["blake3"]


@pytest.mark.parametrize(
    "wrong", [{"roots": "/etc"}, {"max-file-size": -1}, {"root": ["/etc"]}, {"digests": ["md5"]}]
)
def test_wrong_options_are_refused(collect, fake_root, wrong) -> None:
    with pytest.raises(ValueError, match="Options"):
        collect(FilesystemCollector(), fake_root({"etc/a": "a"}), options=wrong)


def test_rules_that_cannot_be_used_are_a_failure_with_a_reason(collect, fake_root) -> None:
    collected = collect(FilesystemCollector(), fake_root({"etc/a": "a"}), options={"roots": ["etc"]})
    assert collected.code is ResultCode.FAILURE
    assert "is not an absolute path" in collected.reason


@pytest.mark.timeout(30)
def test_fifos_do_not_hang_it(collect, fake_root) -> None:
    root = fake_root({"etc/a": "a"})
    os.mkfifo(root.path / "etc/fifo")
    rows = files_of(collect(FilesystemCollector(), root))
    assert rows["/etc/fifo"]["digest-missing"] == "special"


def test_hooks_return_them() -> None:
    (collector,) = xrattest_register_collectors()
    (section,) = xrattest_register_config()
    assert isinstance(collector, FilesystemCollector)
    assert section.collectors == (collector.name,)
    assert section.model is collector.options
    assert issubclass(XrattestError, Exception)
