"""The collector over small trees made by hand; nothing outside this folder but xrattest is needed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import struct
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import xrattest_ima
from pydantic import ValidationError
from xrattest_ima import ImaCollector, ImaOptions

from xrattest import ima
from xrattest.errors import CollectError, Unavailable
from xrattest.evidence import Node
from xrattest.hostroot import HostRoot
from xrattest.plugin import Collector, Context

LIVE = "sys/kernel/security/ima/binary_runtime_measurements"


def field(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def entry(name: bytes) -> bytes:
    data = field(b"sha256:\0" + hashlib.sha256(name).digest()) + field(name + b"\0")
    return struct.pack("<I", 10) + hashlib.sha1(data).digest() + field(b"ima-ng") + field(data)


BOOT = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"

ENTRY_HASHES = [entry(b"boot_aggregate")[4:24]]
LIST = entry(b"boot_aggregate") + entry(b"/usr/bin/\xff\n")


class RecordingBody:
    """A body that keeps what a collector writes, as JSON text in files of a directory."""

    def __init__(self, directory):
        self.directory, self.problems = directory, []

    def member(self, name, value):
        (self.directory / name).write_text(json.dumps(value))

    @contextmanager
    def stream(self, name):
        descriptor = os.open(self.directory / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def problem(self, reason, path=None):
        self.problems.append((reason, path))


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "root"
    for directory in ("proc", "sys/kernel/security/ima"):
        (root / directory).mkdir(parents=True)
    (root / "proc/sys/kernel/random").mkdir(parents=True)
    (root / "proc/sys/kernel/random/boot_id").write_text(f"{BOOT}\n")
    (root / "proc/uptime").write_text("150311.42 1.00\n")
    (root / "proc/stat").write_text("cpu 1 2\nbtime 1627394112\nprocesses 3\n")
    (root / LIVE).write_bytes(LIST)
    return root


@pytest.fixture
def collect(tree, tmp_path):
    def run(**options):
        body = RecordingBody(tmp_path)
        context = Context(
            HostRoot(tree),
            Node(),
            ImaOptions(**options),
            lambda: datetime(2021, 7, 29, 7, 40, 23, tzinfo=UTC),
        )
        ImaCollector().collect(context, body)
        return json.loads((tmp_path / "system-ima").read_text())["node-data"], body.problems

    return run


def rebuilt(tmp_path, log) -> bytes:
    path, out = tmp_path / "log.json", io.BytesIO()
    path.write_text(json.dumps(log))
    ima.rebuild(path, 0, path.stat().st_size, out)
    return out.getvalue()


def test_full_display(collect, tmp_path):
    (node,), problems = collect()
    assert problems == []
    assert list(node) == ["node-location", "up-time", "start-time", "ima-event-log", "ima-end"]
    assert (node["node-location"], node["up-time"]) == ("node0_RP0_CPU0", 150311)
    assert node["start-time"] == "Tue Jul 27 13:55:12 2021"
    assert [event["event-number"] for event in node["ima-event-log"]] == ["0", "1"]
    assert rebuilt(tmp_path, node["ima-event-log"]) == LIST


def test_compact_display(collect, tmp_path):
    (node,), _ = collect(display="compact")
    assert list(node) == ["node-location", "up-time", "start-time", "ima-event-log-compact", "ima-end"]
    assert rebuilt(tmp_path, node["ima-event-log-compact"]) == LIST


@pytest.mark.parametrize("packed", [LIST, gzip.compress(LIST)], ids=["plain", "gzip"])
def test_saved_list(collect, tree, tmp_path, packed):
    (tree / "saved").write_bytes(packed)
    (tree / LIVE).unlink()
    (node,), _ = collect(log="/saved")
    assert rebuilt(tmp_path, node["ima-event-log"]) == LIST


def test_link_stays_inside_the_root(collect, tree, tmp_path):
    (tmp_path / "outside").write_bytes(LIST)
    (tree / "saved").symlink_to("../outside")
    with pytest.raises(Unavailable, match="no such file"):
        collect(log="/saved")


def test_absent_list_is_unavailable(collect, tree):
    (tree / LIVE).unlink()
    with pytest.raises(Unavailable, match="not the running host"):
        collect()


def test_live_host_without_a_list_says_why(tree, tmp_path):
    (tree / LIVE).unlink()
    (tree / "sys/kernel/security/ima").rmdir()
    (tree / "proc/filesystems").write_text("nodev\tsecurityfs\n")
    root = HostRoot(tree)
    root.is_live = True
    context = Context(root, Node(), ImaOptions(), lambda: datetime.now(UTC))
    with pytest.raises(Unavailable, match="mount -t securityfs"):
        ImaCollector().collect(context, RecordingBody(tmp_path))


def test_no_permission_is_unavailable(collect, tree, monkeypatch):
    def refuse(self, path, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(HostRoot, "open", refuse)
    with pytest.raises(Unavailable, match="run as root"):
        collect()


def test_damaged_list_is_a_failure_that_says_where(collect, tree):
    (tree / LIVE).write_bytes(LIST[:-1])
    with pytest.raises(CollectError, match="entry 1 at byte"):
        collect()
    (tree / LIVE).write_bytes(LIST)
    with pytest.raises(CollectError, match="over the limit of 50"):
        collect(max_size=50)


def test_boot_aggregate_alone_is_evidence(collect, tree):
    (tree / LIVE).write_bytes(entry(b"boot_aggregate"))
    (node,), problems = collect()
    assert len(node["ima-event-log"]) == 1
    assert problems == []


def test_empty_list_is_a_problem(collect, tree):
    (tree / LIVE).write_bytes(b"")
    (node,), problems = collect()
    assert node["ima-event-log"] == []
    assert "empty" in problems[0][0]


def test_unknown_time_of_boot_is_a_problem(collect, tree):
    (tree / "proc/stat").write_text("cpu 1 2\n")
    (node,), problems = collect()
    assert "start-time" not in node
    assert "btime" in problems[0][0]


def test_registration():
    (collector,) = xrattest_ima.xrattest_register_collectors()
    (section,) = xrattest_ima.xrattest_register_config()
    assert isinstance(collector, Collector)
    assert (collector.name, collector.selector, collector.part) == (
        "ima",
        "system-integrity-snapshot",
        "system-ima",
    )
    assert collector.evidence_type == "urn:xrattest:evidence:ima:1"
    assert (section.name, section.model, section.collectors) == ("ima", ImaOptions, ("ima",))


def test_options_are_checked():
    for wrong in ({"display": "short"}, {"max_size": 0}, {"logs": "x"}):
        with pytest.raises(ValidationError):
            ImaOptions(**wrong)


def test_what_an_ascii_list_leaves_open_is_a_problem(collect, tree):
    digest = hashlib.sha256(b"boot_aggregate").hexdigest()
    template_hash = ENTRY_HASHES[0].hex()
    (tree / "saved").write_text(f"10 {template_hash} ima-ng sha256:{digest} boot_aggregate\n")
    (node,), problems = collect(log="/saved")
    assert len(node["ima-event-log"]) == 1
    assert "ascii" in problems[0][0]
