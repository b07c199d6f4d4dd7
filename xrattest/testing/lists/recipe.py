"""What a generated list shall be, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xrattest.testing.lists.fields import FIELDS, TEMPLATES, Endian
from xrattest.testing.lists.signatures import SignatureKind

BANKS = ("sha1", "sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A list; two of the same recipe are equal byte for byte. Raises `ValueError` for one that no kernel could write."""

    entries: int = 1000
    template: str = "ima-ng"
    """A name of the kernel, a format string such as `d-ng|n-ng|sig`, or several of both with commas between, mixed."""
    seed: int = 0
    bank: str = "sha1"
    """Algorithm of the template hashes: SHA-1 but for lists of one bank."""
    endian: Endian = "little"
    digest: str = "sha256"
    """Algorithm of the files' digests."""
    violation_every: int = 0
    """About one in so many entries is a violation; 0 for none."""
    odd_every: int = 0
    """About one in so many names has line ends, control characters or bytes that are no text; 0 for none."""
    boots: int = 1
    """Entries named boot_aggregate, one at the head of each part: more than one for lists carried over kexec."""
    pcrs: Sequence[int] = (10,)
    """PCRs that entries are drawn for; the first takes most of them."""
    signatures: SignatureKind = "noise"
    """What stands in fields `sig` and `evmsig`."""
    unsigned_every: int = 10
    """About one in so many files has no signature; 0 for none."""
    pool: int = 4096
    """Number of different signed files."""
    replay: Sequence[str] = field(default=("sha1", "sha256"))
    """Banks whose PCRs are computed."""

    def __post_init__(self) -> None:
        """Check what can be checked at once."""
        wrong = {*self.replay, self.bank} - {*BANKS}
        if wrong:
            raise ValueError(f"no bank: {', '.join(sorted(wrong))}")
        if not 1 <= self.boots <= max(self.entries, 1):
            raise ValueError("boots must be 1 or more, and no more than entries")
        if self.signatures == "p256" and self.digest != "sha256":
            raise ValueError("signatures of p256 are over sha256")
        self.formats()

    def formats(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return name and fields of each template to draw from."""
        found = []
        for name in self.template.split(","):
            fields = tuple(TEMPLATES.get(name, name).split("|"))
            if not FIELDS.issuperset(fields):
                raise ValueError(f"{name!r} is neither a template nor a format of known fields")
            found.append((name, fields))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a reader must find in a generated list, computed with `hashlib` alone."""

    entries: int
    violations: Sequence[int]
    """Numbers of the entries that are violations."""
    boot_aggregates: Sequence[int]
    """Numbers of the entries named boot_aggregate."""
    templates: Mapping[str, int]
    pcrs: Mapping[str, Mapping[int, bytes]]
    """Bank to PCR to value."""
    binary_size: int
    """Bytes of the binary list, 0 when it was not written; `ascii_size` likewise."""
    ascii_size: int
