"""The digest over PCR values that a quote signs instead of the values themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from xrattest.errors import QuoteError
from xrattest.tpm.structures import BankSelection

PcrValues: TypeAlias = Mapping[str, Mapping[int, bytes]]
"""Bank -> index -> value."""

DIGEST_SIZES: Mapping[str, int] = {
    "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64, "sm3_256": 32, "sha3_256": 32, "sha3_384": 48, "sha3_512": 64
}  # fmt: skip
"""Bank -> length of its PCRs, in bytes."""

DIGEST_HASHES = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Hash algorithms that signatures of quotes are verified with."""


def composite_digest(selection: Sequence[BankSelection], values: PcrValues, hash_name: str) -> bytes:
    """Return the digest of the selected `values`: bank by bank as selected, PCRs ascending (Part 3, TPM2_Quote).

    `hash_name` is the hash algorithm of the quote's signature. Raises `QuoteError` (`pcr-missing`) when a selected PCR
    has no value, `pcr-size` when one has not its bank's length: the digest is over the values without a mark between them, so
    one byte moved to the next value would not change it. Raises `ValueError` for a hash algorithm that no quote is verified with.
    """
    if hash_name not in DIGEST_HASHES:
        raise ValueError(f"{hash_name!r} is none of {', '.join(sorted(DIGEST_HASHES))}")
    digest = hashlib.new(hash_name, usedforsecurity=True)
    for bank in selection:
        for index in bank.pcrs:
            value = values.get(bank.bank, {}).get(index)
            if value is None:
                raise QuoteError(
                    "pcr-missing", f"the quote covers {bank.bank} PCR {index}, and no value of it is given"
                )
            if len(value) != DIGEST_SIZES.get(bank.bank):
                raise QuoteError("pcr-size", f"the value of {bank.bank} PCR {index} has {len(value)} bytes")
            digest.update(value)
    return digest.digest()
