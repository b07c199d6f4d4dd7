"""The structures of a quote (TPM 2.0 Library, Part 2), read by the native module and typed here.

Every reader takes the whole of its input, at most `MAX_INPUT` bytes, and raises `TpmFormatError` with the offset, or
`LimitError`. Names of hash algorithms are those of PCR banks: `sha1`, `sha256`, `sha384`, `sha512`, `sm3_256`, `sha3_256`, …
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from xrattest._core import tpm as _native  # noqa: TID251 - this is the face
from xrattest.errors import TpmFormatError

MAX_INPUT: Final = _native.MAX_INPUT
"""Largest input of any reader, in bytes."""
MAX_EXTRA_DATA: Final = _native.MAX_EXTRA_DATA
"""Longest extraData of a quote, in bytes."""

FIXED_TPM: Final = 1 << 1
RESTRICTED: Final = 1 << 16
DECRYPT: Final = 1 << 17
SIGN: Final = 1 << 18
"""Bits of TPMA_OBJECT (Part 2, section 8.3)."""


@dataclass(frozen=True, slots=True)
class BankSelection:
    """The PCRs chosen in one bank; none for a bank that is not active."""

    bank: str
    pcrs: tuple[int, ...]
    """Indices, ascending."""


@dataclass(frozen=True, slots=True)
class Clock:
    """TPMS_CLOCK_INFO. For a key outside the endorsement hierarchy the TPM adds a constant to both counters."""

    milliseconds: int
    """Time that the TPM was powered since it was last cleared."""
    reset_count: int
    """TPM resets since it was last cleared; one reboot may be more than one."""
    restart_count: int
    """Resumes and restarts since the last reset."""
    is_safe: bool
    """False when a higher clock value may have been reported before."""


@dataclass(frozen=True, slots=True)
class Attest:
    """TPMS_ATTEST of a quote, before anything about it is believed."""

    signed: bytes
    """The structure itself: what the signature covers."""
    qualified_signer: bytes
    """Qualified name of the signing key: a digest over its name and those of its parents."""
    extra_data: bytes
    clock: Clock
    firmware_version: int
    selection: tuple[BankSelection, ...]
    """What was quoted, in the TPM's order; not always what was asked for."""
    pcr_digest: bytes
    """Digest of the selected PCRs by the hash algorithm of the signature."""


@dataclass(frozen=True, slots=True)
class Signature:
    """TPMT_SIGNATURE."""

    scheme: Literal["rsassa", "rsapss", "ecdsa"]
    hash: str
    """`sha1`, `sha256`, `sha384` or `sha512`."""
    numbers: tuple[bytes, ...]
    """The RSA signature alone, or r and s of ECDSA, unsigned big-endian."""


@dataclass(frozen=True, slots=True)
class PublicArea:
    """TPMT_PUBLIC of an RSA or ECC key."""

    name: bytes | None
    """Number of the name algorithm, then the area's digest; None for an algorithm that is not computed."""
    name_algorithm: str
    attributes: int
    """TPMA_OBJECT."""
    auth_policy: bytes
    scheme: tuple[str, str | None] | None
    """The scheme that the key is bound to and its hash; None where the caller of the TPM chooses."""
    curve: str | None
    """Such as `P-256`; None for RSA."""
    exponent: int | None
    """Public exponent of RSA; None for ECC."""
    numbers: tuple[bytes, ...]
    """The RSA modulus alone, or x and y of a point, big-endian."""

    def has(self, attribute: int) -> bool:
        """Tell whether a bit of TPMA_OBJECT is set."""
        return bool(self.attributes & attribute)


def parse_attest(data: bytes) -> Attest:
    """Read a quote: TPMS_ATTEST as `tpm2_quote -m` writes it, or TPM2B_ATTEST. Raises `TpmFormatError`, `LimitError`."""
    row = _native.parse_attest(data)
    return Attest(
        signed=row["signed"],
        qualified_signer=row["qualified_signer"],
        extra_data=row["extra_data"],
        clock=Clock(row["clock"], row["reset_count"], row["restart_count"], row["safe"]),
        firmware_version=row["firmware_version"],
        selection=tuple(BankSelection(bank, tuple(pcrs)) for bank, pcrs in row["selection"]),
        pcr_digest=row["pcr_digest"],
    )


def parse_signature(data: bytes) -> Signature:
    """Read a TPMT_SIGNATURE as `tpm2_quote -s` writes it. Raises `TpmFormatError`, `LimitError`."""
    scheme, hash_name, numbers = _native.parse_signature(data)
    return Signature(cast("Literal['rsassa', 'rsapss', 'ecdsa']", scheme), hash_name, tuple(numbers))


def parse_public(data: bytes) -> PublicArea:
    """Read a TPM2B_PUBLIC as `tpm2_createak -u` writes it, or TPMT_PUBLIC. Raises `TpmFormatError`, `LimitError`."""
    row = _native.parse_public(data)
    return PublicArea(
        name=row["name"],
        name_algorithm=row["name_algorithm"],
        attributes=row["attributes"],
        auth_policy=row["auth_policy"],
        scheme=row["scheme"],
        curve=row["curve"],
        exponent=row["exponent"],
        numbers=tuple(row["numbers"]),
    )


def parse_pcr_file(data: bytes) -> dict[str, dict[int, bytes]]:
    """Read the PCR values that `tpm2_quote -o` writes in its default format: bank -> index -> value.

    Raises `TpmFormatError` (also when a bank gives one PCR two values), `LimitError`.
    """
    banks: dict[str, dict[int, bytes]] = {}
    for bank, values in _native.parse_pcr_file(data):
        known = banks.setdefault(bank, {})
        for index, value in values:
            if known.setdefault(index, value) != value:
                raise TpmFormatError("PCR file of tpm2-tools", 0, f"two values for {bank} PCR {index}")
    return banks
