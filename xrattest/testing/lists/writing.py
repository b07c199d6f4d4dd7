"""Writes a list as the kernel would, in both forms, and computes the PCRs in plain Python."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import IO

from xrattest.testing.lists.fields import Subject, field, subject
from xrattest.testing.lists.noise import Noise
from xrattest.testing.lists.recipe import BANKS, Expected, Recipe
from xrattest.testing.lists.signatures import Signed, pool

_LEGACY_NAME = 255
_ALGORITHMS = {bank: (getattr(hashlib, bank), hashlib.new(bank).digest_size) for bank in BANKS}


def write_list(
    recipe: Recipe, binary: IO[bytes] | None = None, ascii_list: IO[bytes] | None = None
) -> Expected:
    """Write the list of `recipe`: the kernel's binary form, its ascii form, either or both; return what is in it."""
    return _Writer(recipe, binary, ascii_list).run()


@dataclass(slots=True)
class _Known:
    violations: list[int] = dataclass_field(default_factory=list)
    boot_aggregates: list[int] = dataclass_field(default_factory=list)
    templates: Counter[str] = dataclass_field(default_factory=Counter)
    binary_size: int = 0
    ascii_size: int = 0


class _Writer:
    def __init__(self, recipe: Recipe, binary: IO[bytes] | None, ascii_list: IO[bytes] | None) -> None:
        self._recipe, self._binary, self._ascii = recipe, binary, ascii_list
        self._noise = Noise(recipe.seed)
        self._formats = recipe.formats()
        signed = any({"sig", "evmsig"} & {*fields} for _, fields in self._formats)
        self._pool = pool(recipe.signatures, recipe.pool, recipe.seed) if signed else []
        self._known = _Known()
        self._pcrs: dict[str, dict[int, bytes]] = {bank: {} for bank in recipe.replay}
        part = -(-recipe.entries // recipe.boots)
        self._heads = set(range(0, recipe.entries, part))

    def run(self) -> Expected:
        recipe, known = self._recipe, self._known
        for number in range(recipe.entries):
            self._entry(number)
        return Expected(
            entries=recipe.entries, violations=known.violations, boot_aggregates=known.boot_aggregates,
            templates=dict(known.templates), pcrs=self._pcrs, binary_size=known.binary_size, ascii_size=known.ascii_size,
        )  # fmt: skip

    def _entry(self, number: int) -> None:
        recipe, noise = self._recipe, self._noise
        name, fields = self._formats[noise.below(len(self._formats)) if len(self._formats) > 1 else 0]
        boot = number in self._heads
        violation = not boot and self._one_in(recipe.violation_every)
        of = self._subject(boot=boot, violation=violation)
        pcr = recipe.pcrs[0] if boot or noise.below(8) else recipe.pcrs[noise.below(len(recipe.pcrs))]
        self._known.templates[name] += 1
        if boot:
            self._known.boot_aggregates.append(number)
        if violation:
            self._known.violations.append(number)
        self._write(pcr, name, [field(each, of) for each in fields], violation=violation)

    def _subject(self, *, boot: bool, violation: bool) -> Subject:
        recipe, noise = self._recipe, self._noise
        signed = None if boot or violation else self._signed()
        odd = not boot and self._one_in(recipe.odd_every)
        of = subject(noise, recipe.digest, recipe.endian, signed, odd=odd)
        if boot:
            of.name, of.bare = b"boot_aggregate", True
        if violation:
            of.digest, of.bare = bytes(len(of.digest)), True
        return of

    def _signed(self) -> Signed | None:
        if not self._pool or self._one_in(self._recipe.unsigned_every):
            return None
        return self._pool[self._noise.below(len(self._pool))]

    def _one_in(self, count: int) -> bool:
        return count > 0 and self._noise.below(count) == 0

    def _write(self, pcr: int, name: str, fields: list[tuple[bytes, str]], *, violation: bool) -> None:
        u32 = self._u32
        if name == "ima":
            (digest, _), (text, _) = fields
            # The list has no NUL and no length of the whole; the hash is over the name padded to 256 bytes.
            text = text[:-1][:_LEGACY_NAME]
            data = digest + u32(len(text)) + text
            hashed, size = digest + text.ljust(_LEGACY_NAME + 1, b"\0"), b""
        else:
            data = hashed = b"".join([u32(len(content)) + content for content, _ in fields])
            size = u32(len(data))
        recorded = self._extend(pcr, hashed, violation=violation)
        title = name.encode()
        if self._binary is not None:
            entry = b"".join((u32(pcr), recorded, u32(len(title)), title, size, data))
            self._known.binary_size += self._binary.write(entry)
        if self._ascii is not None:
            line = f"{pcr:2d} {recorded.hex()} {name} {' '.join([text for _, text in fields])}\n"
            self._known.ascii_size += self._ascii.write(line.encode("latin-1"))

    def _extend(self, pcr: int, hashed: bytes, *, violation: bool) -> bytes:
        """Extend all banks; return the template hash that the list records."""
        recorded = b""
        for bank, values in self._pcrs.items():
            algorithm, size = _ALGORITHMS[bank]
            digest = b"\xff" * size if violation else algorithm(hashed).digest()
            values[pcr] = algorithm(values.get(pcr, bytes(size)) + digest).digest()
            if bank == self._recipe.bank:
                recorded = digest
        algorithm, size = _ALGORITHMS[self._recipe.bank]
        return bytes(size) if violation else recorded or algorithm(hashed).digest()

    def _u32(self, value: int) -> bytes:
        return value.to_bytes(4, self._recipe.endian)
