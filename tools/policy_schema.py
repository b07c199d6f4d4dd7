"""Write docs/reference/policy.schema.json from the policy's model; a test fails when the file is not what this writes."""

from __future__ import annotations

import json
from pathlib import Path

from xrattest.verify.policy import Policy

FILE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "policy.schema.json"


def schema() -> str:
    """Return the JSON schema (draft 2020-12) of a policy file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "xrattest policy"}
    return (
        json.dumps({**head, **Policy.model_json_schema(by_alias=True), **head}, indent=1, ensure_ascii=False)
        + "\n"
    )


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
