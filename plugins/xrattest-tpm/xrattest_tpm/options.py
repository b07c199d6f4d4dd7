"""Options of the collectors; all have defaults, and paths are looked up below the root that is attested."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from xrattest import bootlog


class _Device(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str = Field(default="tpm0", pattern=r"^tpm[0-9]{1,5}$")
    """The TPM, as the kernel names it."""


class BootOptions(_Device):
    """Options of the collector of the event log."""

    event_log: Path | None = None
    """A log to read instead of the kernel's, plain, gzip or zstd. Not `log`, which is the IMA list of `--log`."""
    max_size: int = Field(default=bootlog.DEFAULT_MAX_SIZE, gt=0)
    """Largest log in bytes, decompressed."""


class RegisterOptions(_Device):
    """Options of the collector of PCRs."""

    quote: Path | None = None
    """A quote over the PCRs (TPMS_ATTEST, the file of `tpm2_quote -m`)."""
    quote_signature: Path | None = None
    """Its signature (TPMT_SIGNATURE, the file of `tpm2_quote -s`)."""


class TpmOptions(BootOptions, RegisterOptions):
    """The section `[plugin.tpm]`."""
