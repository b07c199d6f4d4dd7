"""A log inside a dossier: every byte comes back, and what breaks the form is refused with its place."""

from __future__ import annotations

import copy
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest import bootlog
from xrattest.errors import BootLogFormatError, InputError

ALGORITHMS = ((4, 20), (0x7777, 5), (11, 32), (0x12, 32), (13, 64))


@st.composite
def events(draw) -> bytes:
    chosen = draw(st.lists(st.sampled_from(ALGORITHMS), unique=True))
    digests = b"".join(
        struct.pack("<H", number) + draw(st.binary(min_size=size, max_size=size)) for number, size in chosen
    )
    kind = draw(st.sampled_from([1, 3, 4, 5, 13, 0x80000001, 0x80000008, 0xFFFFFFFF]))
    pcr = draw(st.sampled_from([0, 65535, 65536, 0xFFFFFFFF])) if kind == 3 else draw(st.integers(0, 23))
    data = draw(st.binary(max_size=40))
    return struct.pack("<III", pcr, kind, len(chosen)) + digests + struct.pack("<I", len(data)) + data


def carried(log: bytes) -> dict:
    """The members that carry a log, as they come out of a JSON text."""
    return json.loads(json.dumps(bootlog.log_members(bootlog.EventLog.load(log))))


def test_real_logs_come_back(vector):
    path, _ = vector
    node = carried(path.read_bytes())
    assert bootlog.rebuild(node) == path.read_bytes()
    assert set(node) == {"event_log"}


@given(st.lists(events(), max_size=6), st.integers(0, 20), st.binary(max_size=30))
def test_any_log_comes_back(made_events, zeros, tail):
    first = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(ALGORITHMS))
    first += b"".join(struct.pack("<HH", *algorithm) for algorithm in ALGORITHMS) + b"\0"
    log = struct.pack("<II", 0, 3) + bytes(20) + struct.pack("<I", len(first)) + first + b"".join(made_events)
    for whole in (log, log + bytes(zeros), log + tail):
        assert bootlog.rebuild(carried(whole)) == whole


@given(st.binary(max_size=200))
def test_any_bytes_come_back_or_are_refused(content):
    try:
        node = carried(content)
    except BootLogFormatError:
        return
    assert bootlog.rebuild(node) == content


def test_leaves(made):
    log = made.agile + made.event(7, 4, bytes(4))
    event = carried(log)["event_log"][1]
    assert event == {
        "event-number": 1,
        "event-type": 4,
        "pcr-index": 7,
        "digest-list": [
            {"digest-hash-algorithm": "SHA1", "digest": "kGnKeOdFCihRc0MbPlLFwlKZ5HM="},
            {"digest-hash-algorithm": "SHA256", "digest": "3z9hmASpL9tAVxktxD3XSOp3itxSvEmM6AUkwBS4ERk="},
        ],
        "event-size": 4,
        "event-data": "AAAAAA==",
        "event-type-name": "EV_SEPARATOR",
        "description": "end of the firmware's own measurements",
        "digest-verified": True,
    }


def test_algorithms_outside_of_the_model_keep_their_place(made):
    log = made.header(*ALGORITHMS)
    log += struct.pack("<IIIH", 0, 1, 3, 0x12) + bytes(32) + struct.pack("<H", 4) + bytes(20)
    log += struct.pack("<H", 0x7777) + bytes(5) + struct.pack("<I", 0)
    event = carried(log)["event_log"][1]
    assert [digest["digest-hash-algorithm"] for digest in event["digest-list"]] == ["SHA1"]
    assert [(digest["position"], digest["algorithm-name"]) for digest in event["digest-list-other"]] == [
        (0, "sm3_256"),
        (2, "0x7777"),
    ]
    assert bootlog.rebuild({"event_log": carried(log)["event_log"]}) == log


BREAKS = [
    (lambda node: node.update(event_log={}), "event_log is no list"),
    (lambda node: node["event_log"].append(7), "event 2 is no event"),
    (lambda node: node["event_log"].reverse(), "event 0 has the number 1"),
    (lambda node: node["event_log"][1].update({"event-data": "AAAAAB=="}), "event-data is no canonical base64"),
    (lambda node: node["event_log"][1].update({"event-size": 5}), "event-size is not that of event-data"),
    (lambda node: node["event_log"][1].update({"event-type": 1 << 32}), "event-type is no number"),
    (lambda node: node["event_log"][1].update({"event-type": True}), "event-type is no number"),
    (lambda node: node["event_log"][1].pop("pcr-index"), "not one of pcr-index and pcr-index-32"),
    (lambda node: node["event_log"][1].update({"pcr-index-32": 7}), "not one of pcr-index and pcr-index-32"),
    (lambda node: node["event_log"][1]["digest-list"][0].update({"digest-hash-algorithm": "MD5"}), "none of SHA1"),
    (lambda node: node["event_log"][1].update({"digest-list": 3}), "digest-list is no list"),
    (lambda node: node["event_log"][0].update({"digest-list": []}), "event 0: not the one SHA-1 digest"),
    (lambda node: node["event_log"][1].update({"digest-list-other": [{"position": 9, "tpm-algorithm": 18, "digest": ""}]}), "position"),
    (lambda node: node["event_log"][1].update({"digest-list-other": [{"position": 0, "tpm-algorithm": 4, "digest": ""}]}), "elsewhere"),
    (lambda node: node.update({"trailing-zeros": -1}), "trailing-zeros is no number"),
    (lambda node: node.update({"trailing-zeros": 1 << 30}), "more than a log can hold"),
    (lambda node: node.update({"unread-data": "x"}), "unread-data is no canonical base64"),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "reason"), BREAKS)
def test_what_breaks_the_form_is_refused(made, break_it, reason):
    node = copy.deepcopy(carried(made.agile + made.event(7, 4, bytes(4))))
    break_it(node)
    with pytest.raises(InputError, match=reason):
        bootlog.rebuild(node)
