"""How many entries of a list a TPM quote covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xrattest._core import ima as _native  # noqa: TID251 - this is the face
from xrattest.ima.pcrs import PcrState, from_rows, to_rows
from xrattest.ima.sources import DEFAULT_MAX_SIZE, Source, native_source


@dataclass(frozen=True, slots=True)
class PrefixMatch:
    """A prefix of a list whose replay is what a TPM quoted."""

    first: int
    """The least number of entries that leads to the quote."""
    entries: int
    """The greatest: entries `first` to `entries - 1` extend no PCR that was selected."""
    total: int
    """Entries of the whole list; those beyond `entries` were added after the quote."""
    schemes: Mapping[str, str]
    """Selected bank to its name with the way it was extended, such as `sha384:sha1-padded`."""
    pcrs: PcrState
    """Values after `entries` of the PCRs that are selected and that the list extends, by plain bank name."""

    @property
    def later(self) -> int:
        """How many entries the quote does not cover."""
        return self.total - self.entries


def find_prefix(  # noqa: PLR0913 - what a quote says has that many parts
    source: Source,
    selections: Sequence[tuple[str, Sequence[int]]],
    pcr_digest: bytes,
    hash_algorithm: str,
    known_pcrs: PcrState | None = None,
    *,
    start: PcrState | None = None,
    max_size: int = DEFAULT_MAX_SIZE,
) -> PrefixMatch | None:
    """Find how many entries lead to `pcr_digest`, the hash of the selected PCRs' values; None when no number does.

    `selections` are bank and PCR indexes in the order of the quote, `hash_algorithm` is named like a bank. PCRs that the
    list extends are replayed from `start` (zeros without it), all others are taken from `known_pcrs`, zeros where it is
    silent: a wrong value there can hide a match, never make one. Padded banks are tried as well. None also when the list
    extends none of the selected PCRs: such a quote says nothing about it.

    The source is read twice: a pipe raises `OSError`. Raises `ImaFormatError`, `LimitError`; `ValueError` for another bank or
    PCR.
    """
    row = _native.find_prefix(
        native_source(source),
        [(bank, list(indexes)) for bank, indexes in selections],
        pcr_digest,
        hash_algorithm,
        to_rows(known_pcrs or {}),
        to_rows(start or {}),
        max_size,
    )
    if row is None:
        return None
    first, entries, total, states = row
    schemes = {name.partition(":")[0]: name for name, _ in states}
    pcrs = {name.partition(":")[0]: values for name, values in from_rows(states).items()}
    return PrefixMatch(first, entries, total, schemes, pcrs)
