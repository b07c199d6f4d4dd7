"""docs/reference/policy.schema.json is the policy's model, and judges policies as the reader does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from xrattest.verify.policy import Policy

REPOSITORY = Path(__file__).resolve().parents[3]
SCHEMA = REPOSITORY / "docs" / "reference" / "policy.schema.json"


def test_the_file_is_current():
    code = "import policy_schema as made; assert made.FILE.read_text() == made.schema(), 'run `make policy-schema`'"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY / "tools", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


@pytest.mark.parametrize(
    ("policy", "good"),
    [
        ({}, True),
        ({"max-age": "10m", "required": ["dossier.structure"], "appraisers": {"allow": ["x"]}}, True),
        ({"max-age": "10 minutes"}, False),
        ({"ima": {"violations": "fail", "allow": {"/x": ["sha256:" + "00" * 32]}}}, True),
        ({"ima": {"violations": "ignore"}}, False),
        ({"ima": {"allow": {"/x": "sha256:" + "00" * 32}}}, False),
        ({"ima": {"allow": {"/x": ["sha256:xyz"]}}}, False),
        ({"ima": {"allow": {"/x": ["00" * 32]}}}, False),
        ({"ima": {"allow": {"": []}}}, False),
        ({"ima": {"weak_digests": "fail"}}, False),
        ({"ima": {"exclude": {"path": ["/x"]}}}, False),
        ({"ima": {"kexecs": -1}}, False),
        ({"ima": {"kexecs": "1"}}, False),
        ({"imas": {}}, False),
    ],
)
def test_both_judge_alike(policy, good):
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(policy) == good
    try:
        Policy.model_validate(policy)
    except ValidationError:
        assert not good
    else:
        assert good
