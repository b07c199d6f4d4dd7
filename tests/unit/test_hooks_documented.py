"""Every hook is documented with its arguments, and referred to by a test."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from xrattest.plugin import spec
from xrattest.plugin.registration import HOOKS

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = (REPOSITORY / "docs" / "reference" / "hooks.md").read_text()
TESTS = "".join(
    path.read_text()
    for path in sorted((REPOSITORY / "tests").rglob("*.py"))
    if path != Path(__file__).resolve()
)


def test_the_hooks_are_those_of_the_specification():
    assert set(HOOKS) == {name for name in dir(spec) if name.startswith("xrattest_")}
    assert len(HOOKS) >= 4


@pytest.mark.parametrize("hook", HOOKS)
def test_documented_with_its_arguments(hook):
    arguments = ", ".join(inspect.signature(getattr(spec, hook)).parameters)
    assert f"## {hook}({arguments})\n" in REFERENCE


@pytest.mark.parametrize("hook", HOOKS)
def test_says_since_when(hook):
    assert re.search(r"\.\. versionadded:: [0-9]+\.[0-9]+", inspect.getdoc(getattr(spec, hook)))


@pytest.mark.parametrize("hook", HOOKS)
def test_tested(hook):
    assert f"def {hook}" in TESTS


def test_nothing_that_is_gone_is_documented():
    assert set(re.findall(r"^## (xrattest_\w+)\(", REFERENCE, re.MULTILINE)) == set(HOOKS)
