"""Increments of a list: what is sent, from where, what is said of it, and what a later run may take from an earlier one."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from xrattest_ima import ImaCollector, ImaOptions

from xrattest import ima
from xrattest.evidence import ResultCode
from xrattest.hostroot import HostRoot
from xrattest.testing.collecting import collect_here

LIVE = "sys/kernel/security/ima/binary_runtime_measurements"
BOOT = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
SINCE = "Tue Jul 27 13:55:12 2021"
KEPT = Path("ima/resume.json")


def field(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def entry(name: bytes, pcr: int = 10) -> bytes:
    data = field(b"sha256:\0" + hashlib.sha256(name).digest()) + field(name + b"\0")
    return struct.pack("<I", pcr) + hashlib.sha1(data).digest() + field(b"ima-ng") + field(data)


ENTRIES = [
    entry(name, pcr)
    for name, pcr in [
        (b"boot_aggregate", 10), (b"/bin/sh", 10), (b"/bin/\xff", 10), (b"policy", 11), (b"/bin/ls", 10), (b"/bin/cp", 10),
    ]
]  # fmt: skip
LIST = b"".join(ENTRIES)


def replayed(count: int, bank: str, pcr: int = 10) -> bytes:
    """The PCR after the first `count` entries, by hashlib alone."""
    value = bytes(hashlib.new(bank).digest_size)
    for one in ENTRIES[:count]:
        if struct.unpack_from("<I", one)[0] == pcr:
            value = hashlib.new(
                bank, value + hashlib.new(bank, one[24 + 4 + len(b"ima-ng") + 4 :]).digest()
            ).digest()
    return value


@pytest.fixture
def root(tmp_path):
    tree = tmp_path / "root"
    for directory in ("proc/sys/kernel/random", "sys/kernel/security/ima"):
        (tree / directory).mkdir(parents=True)
    (tree / "proc/uptime").write_text("150311.42 1.00\n")
    (tree / "proc/stat").write_text("btime 1627394112\n")
    (tree / "proc/sys/kernel/random/boot_id").write_text(f"{BOOT}\n")
    (tree / LIVE).write_bytes(LIST)
    made = HostRoot(tree)
    made.is_live = True
    return made


@pytest.fixture
def state_dir(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def collect(root, state_dir):
    def run(start: dict | None = None, **options):
        if start is not None:
            options["incremental"] = {"ima_start": [{"0/RP0/CPU0": {"start_time": SINCE, **start}}]}
        done = collect_here(
            ImaCollector(), root, options=options, state_dir=state_dir,
            clock=lambda: datetime(2021, 7, 29, 7, 40, 23, tzinfo=UTC),
        )  # fmt: skip
        assert done.code is ResultCode.SUCCESS, done
        (node,) = done.body["system-ima"]["node-data"]
        return node

    return run


def rebuilt(tmp_path, node) -> tuple[bytes, ima.Summary]:
    path, out = tmp_path / "log.json", io.BytesIO()
    path.write_text(json.dumps(node.get("ima-event-log", node.get("ima-event-log-compact"))))
    summary = ima.rebuild(path, 0, path.stat().st_size, out)
    return out.getvalue(), summary


def expected(number: int, **identity) -> dict:
    """The point after event `number`."""
    touched = {struct.unpack_from("<I", one)[0] for one in ENTRIES[: number + 1]}
    pcr = {
        bank: {
            str(pcr): base64.b64encode(replayed(number + 1, bank, pcr)).decode() for pcr in sorted(touched)
        }
        for bank in ("sha1", "sha256")
    }
    return {"event-number": str(number), **identity, "pcr": pcr}


@pytest.mark.parametrize("display", ["full", "compact"])
@pytest.mark.parametrize("key", ["start_event", "start_sequence"])
@pytest.mark.parametrize("number", range(len(ENTRIES)))
def test_events_after_the_number_and_the_points_around_them(collect, tmp_path, number, key, display):
    node = collect({key: number}, display=display)
    log = "ima-event-log" if display == "full" else "ima-event-log-compact"
    assert list(node) == ["node-location", "up-time", "start-time", "ima-start", log, "ima-end"]
    assert node["ima-start"] == expected(number, **{"boot-id": BOOT})
    assert node["ima-end"] == expected(len(ENTRIES) - 1, **{"boot-id": BOOT})
    tail, summary = rebuilt(tmp_path, node)
    assert tail == b"".join(ENTRIES[number + 1 :])
    assert summary.first_event == (number + 1 if tail else None)


def test_the_whole_list_ends_in_a_point_too(collect, tmp_path):
    node = collect()
    assert "ima-start" not in node
    assert node["ima-end"] == expected(len(ENTRIES) - 1, **{"boot-id": BOOT})
    assert rebuilt(tmp_path, node)[0] == LIST


def test_nothing_asked_of_this_node_is_the_whole_list(collect, tmp_path):
    node = collect(incremental={"ima_start": []})
    assert not {"ima-start", "whole-list-reason"} & node.keys()
    assert rebuilt(tmp_path, node)[0] == LIST


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ({"start_event": 6}, "there is no event 6: the list has 6"),
        ({"start_event": 2**62 - 1}, "the list has 6"),
        (
            {"start_event": 1, "start_time": "Tue Jul 27 13:55:13 2021"},
            "this boot began at 'Tue Jul 27 13:55:12 2021'",
        ),
    ],
)
def test_another_boot_or_a_list_that_shrank_is_sent_whole_with_the_reason(collect, tmp_path, start, reason):
    node = collect(start)
    assert reason in node["whole-list-reason"]
    assert "ima-start" not in node
    assert rebuilt(tmp_path, node)[0] == LIST


def test_without_a_time_of_boot_the_list_is_sent_whole(root, state_dir):
    (root.path / "proc/stat").write_text("cpu 1\n")
    options = {"incremental": {"ima_start": [{"0/RP0/CPU0": {"start_event": 1, "start_time": SINCE}}]}}
    done = collect_here(ImaCollector(), root, options=options, state_dir=state_dir)
    (node,) = done.body["system-ima"]["node-data"]
    assert "not known" in node["whole-list-reason"]
    assert len(node["ima-event-log"]) == len(ENTRIES)


def test_a_day_of_one_digit_may_be_padded_or_not(collect, root):
    (root.path / "proc/stat").write_text("btime 1627826112\n")
    assert "ima-start" in collect({"start_event": 1, "start_time": "Sun Aug 1 13:55:12 2021"})
    assert "ima-start" in collect({"start_event": 1, "start_time": "Sun Aug  1 13:55:12 2021"})


def test_a_saved_list_claims_no_boot_unless_it_is_told(collect, root):
    (root.path / "saved").write_bytes(LIST)
    node = collect({"start_event": 2}, log="/saved")
    assert "which boot" in node["boot-id-reason"]
    assert node["ima-start"] == expected(2)
    assert node["ima-end"] == expected(5)
    node = collect({"start_event": 2}, log="/saved", boot_id=BOOT)
    assert "boot-id-reason" not in node
    assert node["ima-start"]["boot-id"] == node["ima-end"]["boot-id"] == BOOT


@pytest.mark.parametrize("content", [None, "", "no boot id\n", BOOT.upper(), "x" * 300])
def test_a_boot_that_cannot_be_told_is_left_out_and_said(collect, root, content):
    path = root.path / "proc/sys/kernel/random/boot_id"
    path.unlink()
    if content is not None:
        path.write_text(content)
    node = collect({"start_event": 2})
    assert "boot_id" in node["boot-id-reason"]
    assert "boot-id" not in node["ima-end"]


def test_banks_are_those_that_were_chosen(collect):
    node = collect({"start_event": 2}, banks=["sha384"])
    assert {*node["ima-start"]["pcr"], *node["ima-end"]["pcr"]} == {"sha384"}
    assert base64.b64decode(node["ima-end"]["pcr"]["sha384"]["10"]) == replayed(6, "sha384")


def test_a_node_that_is_not_here_is_a_failure_that_names_it(root):
    options = {"incremental": {"ima_start": [{"0/RP1/CPU0": {"start_event": 1, "start_time": SINCE}}]}}
    done = collect_here(ImaCollector(), root, options=options)
    assert done.code is ResultCode.FAILURE
    assert "0/RP1/CPU0" in done.reason


GOOD = {"start_event": 1, "start_time": SINCE}


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_time": SINCE},
        {**GOOD, "start_sequence": 1},
        {**GOOD, "start_event": -1},
        {**GOOD, "start_event": 2**62},
        {**GOOD, "start_event": "1"},
        {**GOOD, "start_event": True},
        {**GOOD, "start_event": 1.0},
        {"start_event": 1},
        {**GOOD, "start_time": "2021-07-27T13:55:12Z"},
        {**GOOD, "start_time": 1627394112},
        {**GOOD, "end_event": 5},
    ],
)
def test_what_is_no_start_is_refused(wrong):
    ImaOptions(incremental={"ima_start": [{"0/RP0/CPU0": GOOD}]})
    with pytest.raises(ValidationError):
        ImaOptions(incremental={"ima_start": [{"0/RP0/CPU0": wrong}]})


def test_other_options_that_contradict_themselves_are_refused():
    twice = [{"0/RP0/CPU0": GOOD}, {"0/RP0/CPU0": GOOD}]
    for wrong in (
        {"incremental": {"ima_start": twice}}, {"incremental": {}}, {"incremental": {"ima_start": {}}},
        {"boot_id": BOOT}, {"log": "/x", "boot_id": "1"}, {"banks": ["md5"]}, {"banks": []},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            ImaOptions(**wrong)


def test_a_later_run_reads_from_where_an_earlier_one_ended(collect, root, state_dir, tmp_path):
    collect({"start_event": 1})
    assert (state_dir / KEPT).stat().st_mode & 0o777 == 0o600
    # What lies before the kept entry cannot change on a kernel; here it does, which shows that it is not read again.
    (root.path / LIVE).write_bytes(b"\xff" * len(ENTRIES[0]) + LIST[len(ENTRIES[0]) :])
    node = collect({"start_event": 1})
    assert node["ima-start"] == expected(1, **{"boot-id": BOOT})
    assert node["ima-end"] == expected(5, **{"boot-id": BOOT})
    assert rebuilt(tmp_path, node)[0] == b"".join(ENTRIES[2:])
    # The end was kept as well, and events after it are read from there.
    (root.path / LIVE).write_bytes(b"\xff" * (len(LIST) - len(ENTRIES[5])) + ENTRIES[5] + ENTRIES[1])
    node = collect({"start_event": 5})
    assert node["ima-start"] == expected(5, **{"boot-id": BOOT})
    assert rebuilt(tmp_path, node)[0] == ENTRIES[1]


def tamper(kept: Path, **changes) -> None:
    content = json.loads(kept.read_text())
    content |= {key: value for key, value in changes.items() if key in content}
    for point in content["points"]:
        point |= {key: value for key, value in changes.items() if key in point}
    kept.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        {"boot_id": "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"},
        {"last_sha256": "00" * 32},
        {"offset": 1 << 40},
        {"last": 1 << 40},
        {"version": 2},
        {"entries": -1},
        {"hash": "md5"},
        {"pcrs": {"sha1": {"10": "00"}, "sha256": {"10": "00" * 32}}},
        {"pcrs": {"sha1": {"10": "zz" * 20}, "sha256": {"10": "00" * 32}}},
        {"pcrs": {"sha384": {"10": "00" * 48}}},
    ],
)
def test_a_point_that_is_not_of_this_list_is_not_used(collect, state_dir, tmp_path, change):
    collect({"start_event": 1})
    tamper(state_dir / KEPT, **change)
    node = collect({"start_event": 1})
    assert node["ima-start"] == expected(1, **{"boot-id": BOOT})
    assert node["ima-end"] == expected(5, **{"boot-id": BOOT})
    assert rebuilt(tmp_path, node)[0] == b"".join(ENTRIES[2:])


def test_a_list_that_was_rewritten_is_read_from_the_start(collect, root):
    collect({"start_event": 1})
    other = entry(b"/bin/xx")
    (root.path / LIVE).write_bytes(ENTRIES[0] + other + b"".join(ENTRIES[2:]))
    node = collect({"start_event": 1})
    assert node["ima-start"]["pcr"] != expected(1)["pcr"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_file_of_points_is_no_reason_to_stop(collect, state_dir, content):
    (state_dir / "ima").mkdir(parents=True)
    (state_dir / KEPT).write_bytes(content)
    assert collect({"start_event": 1})["ima-start"] == expected(1, **{"boot-id": BOOT})
    assert json.loads((state_dir / KEPT).read_text())["boot_id"] == BOOT


def test_a_state_directory_that_cannot_be_written_is_no_reason_to_stop(collect, state_dir):
    state_dir.write_text("in the way")
    assert collect({"start_event": 1})["ima-start"] == expected(1, **{"boot-id": BOOT})


def test_only_increments_of_the_kernels_own_list_are_remembered(collect, root, state_dir):
    collect()
    (root.path / "saved").write_bytes(LIST)
    collect({"start_event": 1}, log="/saved", boot_id=BOOT)
    root.is_live = False
    collect({"start_event": 1})
    assert not state_dir.exists()


def test_few_points_are_kept_and_the_furthest(collect, root, state_dir):
    more = [entry(b"/bin/%d" % number) for number in range(40)]
    for end in range(len(more)):
        (root.path / LIVE).write_bytes(LIST + b"".join(more[: end + 1]))
        collect({"start_event": 5 + end})
    kept = json.loads((state_dir / KEPT).read_text())["points"]
    assert [point["entries"] for point in kept] == list(range(46 - 15, 47))
