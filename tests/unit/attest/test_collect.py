"""From a request to a dossier: choice of collectors, exit rule, faults that stay where they are."""

from __future__ import annotations

import json

import pytest

from xrattest.attest import CollectRequest, collect
from xrattest.config.model import PluginSettings, Settings
from xrattest.dossier.reader import Dossier
from xrattest.errors import InputError
from xrattest.plugin.host import Host

PLUGIN = """
from pydantic import BaseModel
from xrattest.errors import Unavailable
from xrattest.evidence import Model
from xrattest.plugin import hookimpl

class Options(BaseModel, extra="forbid"):
    word: str = "default"

class Base:
    evidence_type = "urn:example:x:1"
    options = Options
    def __init__(self, name, selector, part):
        self.name, self.selector, self.part = name, selector, part
        self.model = Model("urn:example:" + selector, "1")

class Good(Base):
    def collect(self, context, body):
        body.member(self.name, context.options.word)

class Flawed(Base):
    def collect(self, context, body):
        body.member(self.name, 1)
        body.problem("denied", "/x")

class Absent(Base):
    def collect(self, context, body):
        raise Unavailable("not here; plug it in")

class Broken(Base):
    def collect(self, context, body):
        raise ValueError("broken")

@hookimpl
def xrattest_register_collectors():
    return [Good("good", "solid", "a"), Good("fine", "mixed", "a"), Flawed("flawed", "mixed", "b"),
            Absent("absent", "missing", "a"), Broken("broken", "ruined", "a")]
"""


@pytest.fixture
def host(tmp_path, monkeypatch):
    site = tmp_path / "site"
    (site / "collecting_dist-4.dist-info").mkdir(parents=True)
    (site / "collecting_plugin.py").write_text(PLUGIN)
    info = site / "collecting_dist-4.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: collecting-dist\nVersion: 4\n")
    (info / "entry_points.txt").write_text("[xrattest]\nmany = collecting_plugin\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    return Host.discover(allow=["many"])


@pytest.fixture
def run(host, tmp_path):
    def runner(*include, settings=None, **request):
        out = tmp_path / "dossier.json"
        asked = CollectRequest(include or None, root=tmp_path, **request)
        with out.open("wb") as file:
            summary = collect(host, settings or Settings(), asked, file)
        return summary, json.loads(out.read_text())

    return runner


def incomplete(summary, *include):
    return [selector.name for selector in summary.incomplete(include)]


def test_everything(run, tmp_path):
    summary, dossier = run(nonce="1580")
    assert list(dossier)[6:] == ["platform", "missing", "mixed", "ruined", "solid", "collection-end-time"]
    assert [dossier[name]["result-code"] for name in ("missing", "mixed", "ruined", "solid")] == [
        "Unavailable", "Partial", "Failure", "Success",
    ]  # fmt: skip
    assert dossier["ruined"]["reason"] == "ValueError: broken"
    assert dossier["mixed"]["problems"] == [{"plugin": "many", "part": "b", "reason": "denied", "path": "/x"}]
    assert (dossier["mixed"]["fine"], dossier["mixed"]["flawed"]) == ("default", 1)
    assert dossier["solid"]["collectors"][0]["version"] == "4"
    assert dossier["collection-start-time"] <= dossier["solid"]["collectors"][0]["start-time"]
    assert dossier["solid"]["collectors"][0]["end-time"] <= dossier["collection-end-time"]
    assert incomplete(summary) == ["mixed", "ruined"]
    assert Dossier.read(tmp_path / "dossier.json").problems == ()


def test_unavailable_matters_only_where_it_was_asked_for(run):
    summary, dossier = run("missing", "solid")
    assert [name for name in dossier if name in {"missing", "mixed", "ruined", "solid"}] == [
        "missing",
        "solid",
    ]
    assert incomplete(summary, "missing", "solid") == ["missing"]
    assert incomplete(summary) == []


def test_selectors_stand_in_the_order_asked_for_and_once(run):
    _, dossier = run("solid", "missing", "solid")
    assert [name for name in dossier if name in {"missing", "solid"}] == ["solid", "missing"]


def test_an_unknown_selector_is_refused_with_the_known_ones(run, tmp_path):
    with pytest.raises(
        InputError, match="no collector for selector 'pakages'; there are: missing, mixed, ruined, solid"
    ):
        run("solid", "pakages")
    assert (tmp_path / "dossier.json").read_bytes() == b""


@pytest.mark.parametrize("nonce", ["", "158", "GG", "AB", "00" * 65, "15 80"])
def test_a_nonce_that_no_envelope_carries_is_refused(run, nonce):
    with pytest.raises(InputError, match="nonce"):
        run("solid", nonce=nonce)


def test_options_of_configuration_and_run(run):
    settings = Settings(plugin={"good": {"word": "configured"}, "fine": {"word": 5}, "elsewhere": {"x": 1}})
    summary, dossier = run("solid", "mixed", settings=settings)
    assert dossier["solid"]["good"] == "configured"
    assert dossier["mixed"]["result-code"] == "Failure"
    assert dossier["mixed"]["reason"].startswith("a: configuration: plugin.fine.word: ")
    assert dossier["mixed"]["flawed"] == 1
    assert run("solid", settings=settings, options={"good": {"word": "given"}})[1]["solid"]["good"] == "given"
    assert incomplete(summary) == ["mixed"]


def test_limits_come_from_the_configuration(run):
    settings = Settings(plugins=PluginSettings(output=1), node="0/RSP0/CPU0")
    _, dossier = run("solid", settings=settings, options={"good": {"word": "x" * (2 << 20)}})
    assert dossier["solid"]["reason"] == "wrote more than the output limit of 1 MiB"
    assert "0/RSP0/CPU0" in dossier["platform"]["platform"]
