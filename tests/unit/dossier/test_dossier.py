"""A dossier as it is written, and as it is read back, damaged ones included."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from xrattest import strictjson
from xrattest.dossier.host_facts import TextFact
from xrattest.dossier.names import raw_name
from xrattest.dossier.parts import CollectedPart
from xrattest.dossier.reader import Dossier
from xrattest.dossier.selectors import merge_all
from xrattest.dossier.writer import DossierHead, write_dossier
from xrattest.errors import InputError, JsonFormatError, LimitError
from xrattest.evidence import Model, ResultCode, text_members

START, END = (datetime(2026, 11, 23, 12, 0, 0, n, tzinfo=UTC) for n in (1, 999999))
FACTS = tuple(TextFact(name, f"{name} text\n") for name in ("license-udi", "version", "platform"))

GOLDEN = """\
{"collection-start-time":1795435200.000001,"model-name":"urn:xrattest:dossier","model-revision":"2026-11-23",\
"nonce":"1580","license-udi":{"result-code":"Success","license-udi":"license-udi text\\n"},\
"version":{"result-code":"Success","version":"version text\\n"},\
"platform":{"result-code":"Success","platform":"platform text\\n"},\
"packages":{"result-code":"Success","model-name":"m","model-revision":"r","collectors":\
[{"plugin":"p","version":"1","part":"rpm","start-time":1795435200.000001,"end-time":1795435200.999999}],\
"install":{"x": [1, 2]}},\
"reboot-history":{"result-code":"Unavailable","model-name":"m","model-revision":"r","collectors":\
[{"plugin":"p","version":"1","part":"wtmp","start-time":1795435200.000001,"end-time":1795435200.999999}],\
"reason":"no wtmp"},\
"collection-end-time":1795435200.999999}
"""


@pytest.fixture
def parts(tmp_path):
    body = tmp_path / "body"
    body.write_text('{"install": {"x": [1, 2]}}')
    common = ("p", "1", Model("m", "r"))
    return [
        CollectedPart("packages", "rpm", *common, ResultCode.SUCCESS, START, END, body=body,
                      members=tuple(strictjson.members(body))),
        CollectedPart("reboot-history", "wtmp", *common, ResultCode.UNAVAILABLE, START, END, reason="no wtmp"),
    ]  # fmt: skip


@pytest.fixture
def dossier(tmp_path, parts):
    path = tmp_path / "dossier.json"
    with path.open("wb") as out:
        write_dossier(out, DossierHead(START, "1580", FACTS), merge_all(parts), END)
    return path


def test_golden(dossier):
    assert dossier.read_text() == GOLDEN


def test_without_nonce_there_is_no_key(tmp_path, parts):
    path = tmp_path / "other.json"
    with path.open("wb") as out:
        write_dossier(out, DossierHead(START, None, FACTS), merge_all(parts), END)
    assert path.read_text() == GOLDEN.replace('"nonce":"1580",', "")
    assert Dossier.read(path).problems == ()


def test_read_back(dossier):
    read = Dossier.read(dossier)
    assert read.problems == ()
    assert (read.start_time, read.end_time, read.nonce) == (1795435200.000001, 1795435200.999999, "1580")
    assert list(read.texts) == ["license-udi", "version", "platform"]
    packages, reboots = read.selectors.values()
    assert (packages.code, packages.model, packages.reason) == (ResultCode.SUCCESS, Model("m", "r"), None)
    assert list(packages.body) == ["install"]
    assert read.load(packages.body["install"]) == {"x": [1, 2]}
    assert [read.load(item) for item in read.find("packages", "install", "x")] == [1, 2]
    assert (reboots.code, reboots.reason, reboots.body) == (ResultCode.UNAVAILABLE, "no wtmp", {})


def test_a_dossier_inside_a_larger_file(tmp_path):
    path = tmp_path / "wrapped"
    raw = GOLDEN.encode()
    path.write_bytes(b"### " + raw + b" ###")
    assert Dossier.read(path, start=4, end=4 + len(raw)).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            '"collection-end-time":1795435200.999999',
            '"x":{"result-code":"Success"}',
            "collection-end-time is missing",
        ),
        (
            '"collection-start-time":1795435200.000001',
            '"collection-start-time":-1',
            "collection-start-time is no time",
        ),
        (
            '"collection-start-time":1795435200.000001',
            '"collection-start-time":"1"',
            "collection-start-time is no time",
        ),
        (
            '"collection-start-time":1795435200.000001',
            '"collection-start-time":1e90',
            "collection-start-time is no time",
        ),
        ('"nonce":"1580"', '"nonce":1580', "nonce is no string"),
        ('"nonce":"1580",', '"z":{},', "z: result-code None is none of"),
        ('"license-udi":"license-udi text\\n"', '"udi":""', "license-udi: its text is missing"),
        ('"result-code":"Unavailable"', '"result-code":"Success!"', "result-code 'Success!' is none of"),
        ('"result-code":"Unavailable"', '"result-code":["Success"]', "result-code None is none of"),
        (',"reason":"no wtmp"', "", "reboot-history: Unavailable without a reason"),
        (
            '"result-code":"Unavailable"',
            '"result-code":"Partial"',
            "reboot-history: Partial without problems",
        ),
        (
            '"packages":{"result-code":"Success","model-name":"m"',
            '"packages":{"result-code":"Success"',
            "packages: model-name",
        ),
        ('"collectors"', '"collected"', "packages: collectors is missing"),
        ('"packages":{', '"packages":7,"y":{', "packages is no object"),
    ],
)
def test_damage_is_listed(tmp_path, old, new, problem):
    path = tmp_path / "damaged.json"
    assert old in GOLDEN
    path.write_text(GOLDEN.replace(old, new, 1))
    assert any(found.startswith(problem) or problem in found for found in Dossier.read(path).problems)


def test_keys_out_of_order_are_listed(tmp_path):
    path = tmp_path / "shuffled.json"
    members = json.loads(GOLDEN)
    path.write_text(json.dumps(dict(sorted(members.items()))))
    assert any("order" in problem for problem in Dossier.read(path).problems)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "{}", '{"model-name": "other"}', '{"model-name": 5}', GOLDEN + "x", GOLDEN[:-20],
     GOLDEN.replace('"x": [1, 2]', '"x": 1, "x": 2'), GOLDEN.replace("no wtmp", "\\ud800")],
)  # fmt: skip
def test_what_is_no_dossier_is_refused(tmp_path, text):
    path = tmp_path / "none"
    path.write_text(text)
    with pytest.raises(InputError):
        Dossier.read(path)


def test_limits(dossier):
    with pytest.raises(LimitError):
        Dossier.read(dossier, max_size=100)
    read = Dossier.read(dossier)
    with pytest.raises(LimitError):
        read.load(read.selectors["packages"].place, max_size=10)


def test_every_cut_and_flipped_byte_is_an_answer(tmp_path):
    """No prefix and no single changed byte leads to anything but a dossier, a listed problem or an `InputError`."""
    raw = GOLDEN.encode()
    path = tmp_path / "mutant"
    for position in range(len(raw)):
        for mutant in (raw[:position], raw[:position] + bytes([raw[position] ^ 0x55]) + raw[position + 1 :]):
            path.write_bytes(mutant)
            try:
                Dossier.read(path)
            except InputError:
                continue


def test_json_error_says_where(tmp_path):
    path = tmp_path / "bad"
    path.write_text(GOLDEN.replace("[1, 2]", "[1, ]"))
    with pytest.raises(JsonFormatError, match=re.escape(f"byte {GOLDEN.index('[1, 2]') + 2}")):
        Dossier.read(path)


@pytest.mark.parametrize("raw", [b"plain", "ü".encode(), b"\xff", b"a\xc3", b""])
def test_names_are_loss_free(raw):
    assert raw_name(text_members("name", raw)) == raw


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, "name is no text"),
        ({"name": "a", "name-bytes": "YQ=="}, "is valid UTF-8"),
        ({"name": "b", "name-bytes": "/w=="}, "does not render"),
        ({"name": "\ufffd", "name-bytes": "/x=="}, "no canonical base64"),
        ({"name": "\ufffd", "name-bytes": "/w"}, "no base64"),
        ({"name": "\ufffd", "name-bytes": "/w==\n"}, "no base64"),
        ({"name": "\ufffd", "name-bytes": 5}, "is no text"),
    ],
)
def test_names_that_say_two_things_are_refused(row, said):
    with pytest.raises(InputError, match=said):
        raw_name(row)
