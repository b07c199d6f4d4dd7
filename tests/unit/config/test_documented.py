"""The reference page names every setting, with its range and default."""

from __future__ import annotations

from pathlib import Path

import pytest

from xrattest.config.model import KeyPairSettings, PluginSettings, Settings
from xrattest.config.ranges import Range
from xrattest.config.trustpoint import TrustpointSettings

PAGE = (Path(__file__).parents[3] / "docs/reference/configuration.md").read_text()
ROWS = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
FIELDS = [
    (table, field.alias, field)
    for table in (Settings, TrustpointSettings, PluginSettings)
    for field in table.model_fields.values()
]


@pytest.mark.parametrize(
    ("table", "key", "field"), FIELDS, ids=[f"{table.__name__}.{key}" for table, key, _ in FIELDS]
)
def test_every_setting_has_a_row_with_its_range_and_default(table, key, field):
    row = ROWS[key]
    for mark in field.metadata:
        if isinstance(mark, Range):
            assert str(mark) in row
            assert row.rstrip(" |").endswith(str(field.default))


def test_every_part_of_a_key_pair_is_named():
    assert all(f"`{field.alias}`" in ROWS["keypair"] for field in KeyPairSettings.model_fields.values())


def test_no_row_is_left_of_a_setting_that_is_gone():
    known = {key for _, key, _ in FIELDS} | {"file:/absolute/path", "credential:NAME", "env:VARIABLE"}
    assert set(ROWS) == known
