"""Integer settings whose refusal names the whole range."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class Range:
    """Annotation of an integer setting: `low` to `high`, both included, in `unit`."""

    low: int
    high: int
    unit: str

    def __str__(self) -> str:
        return f"{self.low} to {self.high} {self.unit}"

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check in one place, so that the message gives both bounds and the unit."""
        return core_schema.no_info_after_validator_function(self._check, core_schema.int_schema(strict=True))

    def _check(self, value: int) -> int:
        if not self.low <= value <= self.high:
            raise ValueError(f"{value} is out of range: {self}")
        return value
