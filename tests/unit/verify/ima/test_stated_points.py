"""`ima-start` and `ima-end` held against the list between them, in `ima.self-consistent`."""

from __future__ import annotations

import base64

import pytest


@pytest.fixture
def judge(judge_chain):
    return judge_chain


def kinds_of_consistency(verdict):
    return [
        one["kind"] for one in verdict.findings if one["check"] == "ima.self-consistent" and "kind" in one
    ]


def other_value(text: str) -> str:
    value = bytearray(base64.b64decode(text))
    value[7] ^= 1
    return base64.b64encode(value).decode()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda node: node.pop("ima-start"), "missing-start"),
        (lambda node: node.pop("ima-end"), "missing-end"),
        (lambda node: node["ima-start"].update({"event-number": "98"}), "renumbered"),
        (lambda node: node["ima-end"].update({"event-number": "130"}), "renumbered"),
        (lambda node: node["ima-end"].update({"boot-id": "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"}), "splice"),
        (lambda node: node["ima-end"]["pcr"]["sha1"].update({"10": other_value(node["ima-end"]["pcr"]["sha1"]["10"])}), "end-differs"),
        (lambda node: node["ima-start"]["pcr"]["sha256"].update({"10": other_value(node["ima-start"]["pcr"]["sha256"]["10"])}), "end-differs"),
        (lambda node: node["ima-end"]["pcr"].pop("sha1"), "end-differs"),
        (lambda node: node["ima-end"]["pcr"]["sha1"].update({"11": node["ima-end"]["pcr"]["sha1"]["10"]}), "end-differs"),
    ],
)  # fmt: skip
def test_points_that_are_not_those_of_the_list(device, judge, change, kind):
    verdict = judge(device.envelope(100, 130, quoted=130, change=change))
    assert str(verdict.check("ima.self-consistent").status) == "fail"
    assert kind in kinds_of_consistency(verdict), verdict.to_json()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "no object"),
        ({"event-number": 99}, "no event-number"),
        ({"event-number": "099"}, "no event-number"),
        ({"event-number": "-1"}, "no event-number"),
        ({"event-number": str(1 << 62)}, "no event-number"),
        ({"event-number": "99", "pcr": {}}, "no banks"),
        ({"event-number": "99", "pcr": {"sha256": []}}, "no banks"),
        ({"event-number": "99", "pcr": {"sha256": {"010": ""}}}, "is no PCR"),
        ({"event-number": "99", "pcr": {"sha256": {"64": ""}}}, "is no PCR"),
        ({"event-number": "99", "pcr": {"sha256": {"10": "!"}}}, "no base64"),
        ({"event-number": "99", "pcr": {"sha256": {"10": "AB=="}}}, "no canonical base64"),
        ({"event-number": "99", "pcr": {"sha256": {"10": "AA=="}}}, "no value of bank"),
        ({"event-number": "99", "pcr": {"md5": {"10": "AA=="}}}, "no value of bank"),
        ({"event-number": "99", "boot-id": "x", "pcr": {}}, "no UUID"),
        ({"event-number": "99", "pcr": {}, "extra": 1}, "unknown member 'extra'"),
    ],
)
def test_points_that_break_their_format(device, judge, value, reason):
    verdict = judge(device.envelope(100, 130, change=lambda node: node.update({"ima-start": value})), keys=())
    check = verdict.check("ima.self-consistent")
    assert (str(check.status), reason in check.detail) == ("fail", True), check.detail
    assert verdict.check("ima.continuity").required, "an incremental list is never passed off as a whole one"
