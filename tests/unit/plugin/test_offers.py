"""Appraisers, commands and configuration sections that plugins offer."""

from __future__ import annotations

import click
import pytest
from pydantic import BaseModel

from xrattest.errors import PluginError
from xrattest.plugin import Finding, Section, hookimpl
from xrattest.plugin.registration import register


class Judge:
    def __init__(self, name="judge"):
        self.name = name
        self.selector = "packages"

    def appraise(self, body):
        return [Finding("seen", "pass", "there")]


class Nothing(BaseModel):
    depth: int = 1


def plugin(appraisers=(), commands=(), sections=()):
    class Plugin:
        @hookimpl
        def xrattest_register_appraisers(self):
            return appraisers

        @hookimpl
        def xrattest_register_commands(self):
            return commands

        @hookimpl
        def xrattest_register_config(self):
            return sections

    return Plugin()


def test_appraisers_are_used_only_when_allowed_by_name(isolated_host):
    host = isolated_host({"a": plugin(appraisers=[Judge("first"), Judge("second")])})
    assert [appraiser.name for appraiser in host.appraisers(["second"])] == ["second"]
    assert host.problems == []
    assert host.appraisers(["third"]) == []
    assert "third" in str(host.problems[0])


def test_an_appraiser_without_its_method_is_refused(isolated_host):
    broken = Judge()
    broken.appraise = None
    host = isolated_host({"a": plugin(appraisers=[broken])})
    assert host.appraisers([]) == []
    assert "appraiser 'judge' has no method 'appraise'" in host.problems[0].text


def test_one_appraiser_name_from_two_plugins_is_refused_for_both(isolated_host):
    host = isolated_host({"a": plugin(appraisers=[Judge()]), "b": plugin(appraisers=[Judge()])})
    assert host.appraisers(["judge"]) == []
    assert "appraiser 'judge' is claimed by plugins 'a' and 'b'" in host.problems[0].text


def test_commands_are_attached_unless_their_name_is_taken(isolated_host):
    host = isolated_host(
        {"a": plugin(commands=[click.Command("extra"), click.Command("verify"), "no command"])}
    )
    assert list(host.commands({"verify", "attest"})) == ["extra"]
    assert [problem.text for problem in host.problems] == [
        "xrattest_register_commands: str is no click.Command",
        "command 'verify' is one of xrattest's own; refused",
    ]


def test_sections(isolated_host):
    section = Section("depths", Nothing, ("diver",))
    host = isolated_host(
        {"a": plugin(sections=[section, Section("Bad Name", Nothing), Section("x", dict), 5])}
    )
    assert host.sections() == [section]
    said = " ".join(problem.text for problem in host.problems)
    assert "section name 'Bad Name'" in said
    assert "section 'x': model is no pydantic model class" in said
    assert "int is no xrattest.plugin.Section" in said


def test_extra_arguments_with_defaults_and_variadics_are_none_of_the_hosts_business():
    class Plugin:
        @hookimpl
        def xrattest_register_collectors(self, verbose=False, *rest, **more):
            return []

    assert register("a", Plugin()).call("xrattest_register_collectors") == []


def test_a_keyword_that_must_be_given_is_refused():
    class Plugin:
        @hookimpl
        def xrattest_register_collectors(self, *, token):
            return []

    with pytest.raises(PluginError, match="has no argument 'token'"):
        register("a", Plugin())
