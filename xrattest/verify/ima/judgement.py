"""What a rule says about an entry, and how the digests that a rule knows are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from xrattest.verify.ima.digests import is_weak, pack, unpack
from xrattest.verify.ima.policy import Severity


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says about one entry."""

    rule: str
    """The rule's place in the policy, such as `allow` or `deny.paths`."""
    severity: Severity = "accept"
    kind: str = "accepted"
    """What is found, such as `changed` or `unlisted`."""
    expected: tuple[str, ...] = ()
    """What the reference values say, as text."""
    by: str | None = None
    """The pattern that matched."""


Known: TypeAlias = bytes | tuple[bytes, ...]
"""Digests under one name in comparable form; nearly always there is one, which needs no tuple of its own."""


def known(texts: Sequence[str]) -> Known:
    """Return the digests of a policy's texts. Raises `ValueError`."""
    return pack(texts[0]) if len(texts) == 1 else tuple(map(pack, texts))


def with_more(before: Known, digests: Sequence[bytes]) -> Known:
    """Return digests and further ones."""
    joined = (*((before,) if isinstance(before, bytes) else before), *digests)
    return joined[0] if len(joined) == 1 else joined


def holds(digests: Known, digest: bytes) -> bool:
    """Tell whether `digest` is among `digests`."""
    return digests == digest if isinstance(digests, bytes) else digest in digests


def texts_of(digests: Known) -> tuple[str, ...]:
    """Return digests as a policy writes them."""
    return tuple(map(unpack, (digests,) if isinstance(digests, bytes) else digests))


def vouched(accepted: Judgement, digest: bytes, weak: Severity) -> Judgement:
    """Return `accepted`, or what follows where the digest that decided is a weak one."""
    if not is_weak(digest):
        return accepted
    return Judgement(f"{accepted.rule}-weak", weak, "weak-digest")
