"""Merging parts into selectors: the worst decides, members are disjoint, nothing of a failed part gets in."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from xrattest import strictjson
from xrattest.dossier.parts import CollectedPart
from xrattest.dossier.selectors import merge, merge_all, write_selector
from xrattest.evidence import Model, ResultCode

SUCCESS, PARTIAL, UNAVAILABLE, FAILURE = ResultCode
TIMES = [datetime(2026, 11, 23, 12, 0, second, 123456, tzinfo=UTC) for second in (1, 2)]


@pytest.fixture
def part(tmp_path):
    def make(name, body=None, code=SUCCESS, *, selector="packages", **more):
        path = None
        members = ()
        if body is not None:
            path = tmp_path / f"{selector}-{name}.json"
            path.write_text(body)
            members = tuple(strictjson.members(path))
        return CollectedPart(selector, name, f"plugin-{name}", "1.2", Model("m", "r"), code, *TIMES,
                             body=path, members=members, **more)  # fmt: skip

    return make


def written(selector):
    out = io.BytesIO()
    writer = strictjson.JsonWriter(out)
    with writer.object():
        write_selector(writer, selector)
    return json.loads(out.getvalue())[selector.name]


def test_head_and_bodies_in_order(part):
    merged = merge(
        [part("rpm", '{"install": {"a": 1}, "more": [1.50]}'), part("dpkg", '{"dpkg": "\\u00fc"}')]
    )
    value = written(merged)
    assert list(value) == [
        "result-code",
        "model-name",
        "model-revision",
        "collectors",
        "dpkg",
        "install",
        "more",
    ]
    assert value["result-code"] == "Success"
    assert value["collectors"][0] == {
        "plugin": "plugin-dpkg", "version": "1.2", "part": "dpkg", "start-time": 1795435201.123456,
        "end-time": 1795435202.123456,
    }  # fmt: skip
    assert (value["install"], value["more"], value["dpkg"]) == ({"a": 1}, [1.5], "ü")


def test_values_are_copied_as_they_stand(part):
    out = io.BytesIO()
    writer = strictjson.JsonWriter(out)
    with writer.object():
        write_selector(writer, merge([part("rpm", '{ "n" : [ 1.50 , "\\u00fc" ] }')]))
    assert b'"n":[ 1.50 , "\\u00fc" ]' in out.getvalue()


@pytest.mark.parametrize("other", list(ResultCode))
@pytest.mark.parametrize("code", list(ResultCode))
def test_the_worst_part_decides_but_for_what_the_host_has_not(part, code, other):
    reasons = {UNAVAILABLE: {"reason": "absent"}, FAILURE: {"reason": "broken"}}
    parts = [
        part("a", '{"x": 1}', code, **reasons.get(code, {})),
        part("b", '{"y": 1}', other, **reasons.get(other, {})),
    ]
    decided = merge(parts)
    if {code, other} in ({SUCCESS, UNAVAILABLE}, {PARTIAL, UNAVAILABLE}):
        assert decided.code is min(code, other, key=lambda c: c.severity)
        assert decided.reason is None
        return
    assert decided.code is max(code, other, key=lambda c: c.severity)


def test_a_part_that_is_not_there_stays_named(part):
    value = written(merge([part("system-ima", '{"x": 1}'), part("boot", None, UNAVAILABLE, reason="no TPM")]))
    assert (value["result-code"], value["x"]) == ("Success", 1)
    assert "reason" not in value
    assert [collector["part"] for collector in value["collectors"]] == ["boot", "system-ima"]
    assert value["problems"] == [
        {"plugin": "plugin-boot", "part": "boot", "result-code": "Unavailable", "reason": "no TPM"}
    ]


def test_reasons_and_problems(part):
    merged = merge([
        part("a", '{"x": 1}', PARTIAL, problems=({"reason": "denied", "path": "/x"},)),
        part("b", None, UNAVAILABLE, reason="no TPM"),
        part("c", None, FAILURE, reason="timed out after 300 s"),
    ])  # fmt: skip
    value = written(merged)
    assert value["result-code"] == "Failure"
    assert value["reason"] == "c: timed out after 300 s"
    assert value["problems"] == [
        {"plugin": "plugin-a", "part": "a", "reason": "denied", "path": "/x"},
        {"plugin": "plugin-b", "part": "b", "result-code": "Unavailable", "reason": "no TPM"},
        {"plugin": "plugin-c", "part": "c", "result-code": "Failure", "reason": "timed out after 300 s"},
    ]
    assert value["x"] == 1
    assert list(value)[3:6] == ["collectors", "reason", "problems"]


def test_a_single_part_gives_its_reason_plainly(part):
    merged = merge([part("a", None, UNAVAILABLE, reason="no TPM")])
    assert (merged.reason, merged.problems) == ("no TPM", ())


def test_a_clash_of_members_fails_the_later_part(part):
    merged = merge([part("b", '{"same": 2, "other": 3}'), part("a", '{"same": 1}')])
    value = written(merged)
    assert value["same"] == 1
    assert "other" not in value
    assert value["result-code"] == "Failure"
    assert value["reason"] == "b: its member 'same' is that of part 'a'"


@pytest.mark.parametrize(
    "name", ["result-code", "model-name", "model-revision", "collectors", "reason", "problems"]
)
def test_no_part_writes_the_head(part, name):
    merged = merge([part("a", f'{{"{name}": "Success"}}')])
    assert merged.code is FAILURE
    assert merged.reason == f"its member {name!r} is that of the host"
    assert next(iter(written(merged))) == "result-code"


def test_selectors_keep_their_order_of_appearance(part):
    merged = merge_all([part("a", '{"x": 1}', selector="zeta"), part("b", '{"x": 1}', selector="alpha"),
                        part("c", '{"y": 1}', selector="zeta")])  # fmt: skip
    assert [selector.name for selector in merged] == ["zeta", "alpha"]
    assert [p.part for p in merged[0].parts] == ["a", "c"]
