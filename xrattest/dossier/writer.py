"""Write a dossier: one JSON object whose keys stand in the order of formats, section 1, and a final newline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from xrattest.dossier.host_facts import TextFact
from xrattest.dossier.selectors import SelectorObject, write_selector
from xrattest.evidence import Model
from xrattest.strictjson import JsonWriter

MODEL = Model("urn:xrattest:dossier", "2026-11-23")


@dataclass(frozen=True, slots=True)
class DossierHead:
    """What stands before the selectors."""

    start: datetime
    """When collecting began, timezone-aware."""
    nonce: str | None
    facts: tuple[TextFact, ...]


def write_dossier(
    out: IO[bytes], head: DossierHead, selectors: Iterable[SelectorObject], end: datetime
) -> None:
    """Write the dossier to `out`; the selectors' bodies are copied from their spools. Raises `OSError`."""
    writer = JsonWriter(out)
    with writer.object():
        writer.member("collection-start-time", head.start.timestamp())
        writer.member("model-name", MODEL.name)
        writer.member("model-revision", MODEL.revision)
        if head.nonce is not None:
            writer.member("nonce", head.nonce)
        for fact in head.facts:
            writer.member(fact.name, fact.to_json())
        for selector in selectors:
            write_selector(writer, selector)
        writer.member("collection-end-time", end.timestamp())
    out.write(b"\n")
