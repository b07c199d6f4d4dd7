"""The collector on trees of files, and on a tree that passes for the running host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from xrattest_reboot import RebootCollector
from xrattest_reboot.causes import Cause
from xrattest_reboot.wtmp import LAYOUTS

from xrattest.evidence import Node, ResultCode
from xrattest.testing.conformance import assert_conforms

VECTORS = Path(__file__).parent / "vectors"
REAL = (VECTORS / "systemd-boot1.wtmp").read_bytes()
BOOT_ID = "2af516ad-2d84-479e-a363-876f061883b4"
PROC = {
    "proc/stat": "cpu 1 2 3\nintr 5\nbtime 1795460789\n",
    "proc/sys/kernel/random/boot_id": BOOT_ID + "\n",
}
GRACEFUL = {"cause-code": 1, "reason": "User initiated graceful reload"}
UNKNOWN = {"cause-code": 0, "reason": "Unknown: nothing before this boot is on record"}
UNRECORDED = {"cause-code": 1000, "reason": "No shutdown record: power loss, crash or reset"}


def boot(seconds):
    return LAYOUTS[0].fields.pack(2, 0, 0, b"reboot", seconds, 0)


def shutdown(seconds):
    return LAYOUTS[0].fields.pack(1, 0, 0, b"shutdown", seconds, 0)


@pytest.fixture
def run(fake_root, collect):
    def runner(wtmp=None, *, live=False, files=(), **more):
        tree = {**dict(files), **(PROC if live else {})}
        root = fake_root(tree if wtmp is None else {**tree, "var/log/wtmp": wtmp})
        root.is_live = live
        return collect(RebootCollector(), root, **more)

    return runner


def rows(collected):
    (node,) = collected.body["node"]
    return node["reboot-history"]


def test_conforms(fake_root):
    assert_conforms(RebootCollector(), fake_root({"var/log/wtmp": REAL}))


def test_the_real_one_as_an_image(run):
    assert run(REAL).body == {
        "node": [{
            "node-name": "0/RP0/CPU0",
            "last-reboot": {"no": 1, "time": "Mon Nov 23 19:06:34 2026", **UNKNOWN},
            "reboot-history": [{
                "no": 1, "time": "Mon Nov 23 19:06:34 2026", **UNKNOWN, "source": ["/var/log/wtmp"],
                "time-utc": "2026-11-23T19:06:34Z",
            }],
        }],
    }  # fmt: skip


def test_the_real_one_as_the_running_host(run):
    collected = run(REAL, live=True, node=Node("0/RSP0/CPU0"))
    assert collected.code is ResultCode.SUCCESS
    (row,) = rows(collected)
    assert row["boot-id"] == BOOT_ID
    assert row["source"] == ["/var/log/wtmp", "/proc/stat"]
    assert row["time-utc"] == "2026-11-23T19:06:34Z"
    assert collected.body["node"][0]["node-name"] == "0/RSP0/CPU0"


def test_causes(run):
    wtmp = boot(1_000_000) + boot(2_000_000) + shutdown(2_500_000) + boot(3_000_000) + boot(4_000_000)
    found = rows(run(wtmp))
    assert [row["no"] for row in found] == [1, 2, 3, 4]
    assert [row["cause-code"] for row in found] == [0, 1000, 1, 1000]
    assert [row["time"] for row in found] == [
        "Mon Jan 12 13:46:40 1970", "Sat Jan 24 03:33:20 1970", "Wed Feb  4 17:20:00 1970", "Mon Feb 16 07:06:40 1970",
    ]  # fmt: skip
    assert found[2]["reason"] == GRACEFUL["reason"]
    assert found[3]["reason"] == UNRECORDED["reason"]


def test_a_shutdown_before_the_first_boot_on_record_counts(run):
    assert [row["cause-code"] for row in rows(run(shutdown(5) + boot(10)))] == [1]


def test_last_reboot_is_the_newest(run):
    (node,) = run(boot(1) + shutdown(5) + boot(10)).body["node"]
    assert node["last-reboot"] == {"no": 2, "time": "Thu Jan  1 00:00:10 1970", **GRACEFUL}


def test_an_empty_wtmp_on_a_running_host(run):
    (row,) = rows(run(b"", live=True))
    assert (row["source"], row["cause-code"], row["boot-id"]) == (["/proc/stat"], 0, BOOT_ID)
    assert row["time-utc"] == "2026-11-23T19:06:29Z"


def test_no_wtmp_on_a_running_host(run):
    assert [row["source"] for row in rows(run(live=True))] == [["/proc/stat"]]


@pytest.mark.parametrize(("wtmp", "code"), [(boot(1_000_000), 0), (boot(1_000_000) + shutdown(1_000_500), 1)])
def test_a_running_boot_that_wtmp_does_not_know(run, wtmp, code):
    found = rows(run(wtmp, live=True))
    assert [row["source"] for row in found] == [["/var/log/wtmp"], ["/proc/stat"]]
    assert found[1]["cause-code"] == code
    assert ["boot-id" in row for row in found] == [False, True]


def test_a_shutdown_under_way_adds_no_boot(run):
    (row,) = rows(run(REAL[:384] + shutdown(1795461000), live=True))
    assert (row["cause-code"], row["boot-id"]) == (0, BOOT_ID)


def test_a_boot_that_ended_just_before_the_running_one(run):
    found = rows(run(boot(1795460740) + shutdown(1795460780), live=True))
    assert [row["cause-code"] for row in found] == [0, 1]


def test_unavailable(run):
    missing, empty = run(), run(b"")
    assert missing.code is empty.code is ResultCode.UNAVAILABLE
    assert missing.reason.startswith("no boot is on record: /var/log/wtmp does not exist; ")
    assert empty.reason.startswith("no boot is on record: /var/log/wtmp holds no boot record; ")


def test_damage_is_partial(run):
    collected = run(boot(1) + boot(2)[:-9])
    assert collected.code is ResultCode.PARTIAL
    assert collected.problems == [
        {"reason": "byte 384: 375 bytes after record 0 are no whole record", "path": "/var/log/wtmp"}
    ]
    assert len(rows(collected)) == 1


def test_garbage_is_a_failure_in_an_image_and_a_problem_on_a_running_host(run):
    image, live = run(b"\xff" * 800), run(b"\xff" * 800, live=True)
    assert (image.code, image.reason) == (
        ResultCode.FAILURE,
        "/var/log/wtmp: byte 0: none of its 800 bytes is a record of wtmp",
    )
    assert live.code is ResultCode.PARTIAL
    assert rows(live)[0]["source"] == ["/proc/stat"]


def test_wtmp_that_is_a_directory(run):
    assert run(files={"var/log/wtmp/x": ""}).code is ResultCode.FAILURE


def test_limits(run):
    wtmp = b"".join(boot(n) for n in range(1, 51))
    collected = run(wtmp, options={"max_boots": 10, "max_size": 384 * 20})
    assert len(rows(collected)) == 10
    assert rows(collected)[-1]["time-utc"] == "1970-01-01T00:00:50Z"
    assert [problem["reason"] for problem in collected.problems] == [
        "byte 0: the first 30 records are not read: the file is over the limit of 7680 bytes",
        "the oldest 10 boots are not listed",
    ]


def test_another_place(run):
    collected = run(files={"srv/records": boot(1)}, options={"wtmp": "/srv/records"})
    assert rows(collected)[0]["source"] == ["/srv/records"]


def test_every_code_is_documented():
    """The table is part of the repository; a copy of this folder alone has none to compare with."""
    table = Path(__file__).parents[3] / "docs" / "reference" / "reboot-causes.md"
    if not table.is_file():
        pytest.skip("this folder stands outside of the repository")
    documented = dict(re.findall(r"^\| ([0-9]+) \| ([^|]+?) \|", table.read_text(), re.MULTILINE))
    assert documented == {str(cause.code): cause.reason for cause in Cause}
