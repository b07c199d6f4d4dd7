"""Options of collectors: defaults, configuration, command line, and what is refused with which words."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field

from xrattest.attest.options import check_overrides, configured_options, merged_options, parse_override
from xrattest.errors import ConfigError, InputError
from xrattest.plugin import Section


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    depth: int = 1
    max_size: int = Field(default=5, le=10)
    other: str = Field(default="", alias="else")


class Collector:
    name = "diver"
    options = Options


class SectionModel(BaseModel):
    depth: int = 7
    unrelated: bool = False


def test_a_section_of_the_collectors_name_supplies_its_options():
    assert configured_options(Collector(), [], {"diver": {"depth": 3}, "walker": {"depth": 9}}) == {
        "depth": 3
    }


def test_a_declared_section_supplies_what_is_written_there():
    section = Section("water", SectionModel, ("diver",))
    assert configured_options(Collector(), [section], {"water": {"depth": 3, "unrelated": True}}) == {
        "depth": 3
    }
    assert configured_options(Collector(), [section], {"water": {}}) == {}
    assert configured_options(Collector(), [Section("water", SectionModel)], {"water": {"depth": 3}}) == {}


def test_a_wrong_section_is_named():
    section = Section("water", SectionModel, ("diver",))
    with pytest.raises(ConfigError, match=r"plugin\.water\.depth: "):
        configured_options(Collector(), [section], {"water": {"depth": "deep"}})


def test_the_run_overrides_the_configuration():
    merged = merged_options(Collector(), {"depth": 3, "max-size": 4, "else": "x"}, {"depth": 5})
    assert merged == {"depth": 5, "max_size": 4, "else": "x"}
    assert Options.model_validate(merged).other == "x"


@pytest.mark.parametrize(("options", "said"), [({"depht": 1}, "no option 'depht'; it has: depth, max-size, other"),
                                               ({"max-size": 11}, r"plugin\.diver\.max_size: .* 10")])  # fmt: skip
def test_wrong_configured_options(options, said):
    with pytest.raises(ConfigError, match=said):
        merged_options(Collector(), options, {})


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"walker": {"depth": 1}}, "no collector 'walker' runs here; these do: diver"),
        (
            {"diver": {"breadth": 1}},
            "collector 'diver' has no option 'breadth'; it has: depth, max-size, other",
        ),
        ({"diver": {"depth": "deep"}}, r"option diver\.depth: "),
    ],
)
def test_wrong_options_of_the_run(overrides, said):
    with pytest.raises(InputError, match=said):
        check_overrides([Collector()], overrides)


@pytest.mark.parametrize(
    ("text", "value"),
    [("a.b=1", 1), ("a.b=true", True), ("a.b=['x', 2]", ["x", 2]), ("a.b='x'", "x"), ("a.b=compact", "compact"),
     ("a.b=/var/log/wtmp", "/var/log/wtmp"), ("a.b=2026-11-23x", "2026-11-23x"), ("a.b={c=1}", {"c": 1})],
)  # fmt: skip
def test_values_are_toml_or_a_bare_word(text, value):
    assert parse_override(text) == ("a", "b", value)


@pytest.mark.parametrize(
    "text", ["", "a", "a=1", "a.=1", ".b=1", "a.b", "a.b=", "a.b='x", "a.b=[1", "a.b=1\nc=2"]
)
def test_what_is_no_assignment_is_refused(text):
    with pytest.raises(InputError):
        parse_override(text)
