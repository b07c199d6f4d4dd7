"""Every check id is documented, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

from xrattest.verify.catalogue import ALWAYS_REQUIRED, CATALOGUE

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "checks.md"


def test_the_reference_documents_exactly_the_catalogue():
    headings = re.findall(r"^### `([^`]+)`$", REFERENCE.read_text("utf-8"), re.MULTILINE)
    assert headings == list(CATALOGUE)


def test_ids_have_a_family_and_meanings_are_one_sentence():
    for check_id, meaning in CATALOGUE.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", check_id)
        assert meaning.endswith(".")
        assert "\n" not in meaning


def test_what_is_always_required_exists():
    assert CATALOGUE.keys() >= ALWAYS_REQUIRED
