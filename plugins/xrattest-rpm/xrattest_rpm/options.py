"""What an operator decides about this collector."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RpmOptions(BaseModel):
    """Section `rpm` of the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dbpath: str | None = Field(default=None, min_length=1)
    """Directory of the database inside the root; None searches the usual places."""
