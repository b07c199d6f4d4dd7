"""Whether a quote proves what it was asked to prove.

What is checked, in this order; the first that does not hold is the `QuoteError` raised:

1. TPMS_ATTEST: magic, type, sizes (`TpmFormatError`).
2. The signature: its scheme is the key's, its hash is no SHA-1, it verifies.
3. extraData: the value that the verifier chose or derived. Without one nothing shows that the quote is fresh.
4. The selection: it covers what was asked for. A TPM quotes nothing for a bank that is not active and says so only here.
5. The PCR digest: that of the given values, where there are any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xrattest.errors import QuoteError
from xrattest.tpm.composite import PcrValues, composite_digest
from xrattest.tpm.keys import AttestationKey
from xrattest.tpm.signing import check_signature
from xrattest.tpm.structures import Attest, Signature, parse_attest, parse_signature


@dataclass(frozen=True, slots=True)
class VerifiedQuote:
    """A quote that a TPM key signed over the expected extraData."""

    attest: Attest
    signature: Signature
    key: AttestationKey
    is_fresh: bool
    """True when extraData was compared; False when no value was given to compare it with."""
    values: PcrValues | None
    """The PCR values that the digest was compared with, cut to the selection; None when none were given."""

    @property
    def selected(self) -> Mapping[str, tuple[int, ...]]:
        """Bank -> PCRs that the quote covers, banks with none left out."""
        chosen: dict[str, tuple[int, ...]] = {}
        for bank in self.attest.selection:
            if bank.pcrs:
                chosen[bank.bank] = tuple(sorted({*chosen.get(bank.bank, ()), *bank.pcrs}))
        return chosen

    @property
    def is_weak(self) -> bool:
        """True when the signature, and with it the PCR digest, is over SHA-1."""
        return self.signature.hash == "sha1"

    def remarks(self) -> list[str]:
        """Return what a reader of the verdict must know beside that the quote is genuine."""
        remarks = []
        if not self.key.is_known_restricted:
            remarks.append(
                "whether the attestation key is restricted to what its TPM made was not checked: a PEM key does not say"
            )
        if not self.is_fresh:
            remarks.append("no nonce was compared: an old quote passes as well")
        if self.is_weak:
            remarks.append("the signature is over SHA-1, which is weak")
        if not self.attest.clock.is_safe:
            remarks.append("the TPM's clock may have been set back")
        return remarks


def verify_quote(  # noqa: PLR0913 - one parameter per thing that can be asked for, all by name
    attest: bytes,
    signature: bytes,
    key: AttestationKey,
    *,
    extra_data: bytes | None = None,
    pcr_values: PcrValues | None = None,
    required_pcrs: Mapping[str, tuple[int, ...]] | None = None,
    allow_sha1: bool = False,
) -> VerifiedQuote:
    """Verify a quote.

    Args:
        attest: TPMS_ATTEST or TPM2B_ATTEST.
        signature: TPMT_SIGNATURE.
        key: what it must be signed with.
        extra_data: the nonce, or what binds the quote to an envelope; None compares nothing.
        pcr_values: values that the quote must be over; those of PCRs that it does not cover are not looked at.
        required_pcrs: bank -> PCRs that it must cover.
        allow_sha1: take a signature over SHA-1.

    Returns:
        The quote, now proven to be `key`'s.

    Raises:
        TpmFormatError: the quote or its signature is damaged or is none.
        LimitError: one of them is too large.
        QuoteError: `scheme-mismatch`, `weak-hash`, `bad-signature`, `extra-data`, `selection-empty`, `selection`,
            `pcr-missing`, `pcr-size` or `pcr-digest`.
    """
    quoted = parse_attest(attest)
    signed = parse_signature(signature)
    if signed.hash == "sha1" and not allow_sha1:
        raise QuoteError(
            "weak-hash", "the quote's signature is over SHA-1, which is weak and was not asked for"
        )
    check_signature(signed, quoted.signed, key)
    if extra_data is not None:
        _require_extra_data(quoted, extra_data)
    quote = VerifiedQuote(quoted, signed, key, extra_data is not None, _cut(quoted, pcr_values))
    _require_selection(quote, required_pcrs or {})
    if pcr_values is not None:
        _require_digest(quote, pcr_values)
    return quote


def _require_extra_data(quoted: Attest, wanted: bytes) -> None:
    if quoted.extra_data != wanted:
        raise QuoteError(
            "extra-data",
            f"the quote answers {quoted.extra_data.hex() or 'nothing'}, not {wanted.hex() or 'nothing'}: an old one, or made for something else",
        )


def _require_selection(quote: VerifiedQuote, required: Mapping[str, tuple[int, ...]]) -> None:
    if not quote.selected:
        banks = ", ".join(bank.bank for bank in quote.attest.selection) or "none"
        raise QuoteError(
            "selection-empty",
            f"the quote covers no PCR at all (banks named: {banks}); a bank that is not active gives this",
        )
    for bank, pcrs in required.items():
        missing = [str(index) for index in pcrs if index not in quote.selected.get(bank, ())]
        if missing:
            raise QuoteError("selection", f"the quote does not cover {bank} PCR {', '.join(missing)}")


def _require_digest(quote: VerifiedQuote, values: PcrValues) -> None:
    digest = composite_digest(quote.attest.selection, values, quote.signature.hash)
    if digest != quote.attest.pcr_digest:
        raise QuoteError(
            "pcr-digest",
            f"the PCR values have the digest {digest.hex()}, the quote is over {quote.attest.pcr_digest.hex()}",
        )


def _cut(quoted: Attest, values: PcrValues | None) -> PcrValues | None:
    if values is None:
        return None
    return {
        bank.bank: {
            index: values[bank.bank][index] for index in bank.pcrs if index in values.get(bank.bank, {})
        }
        for bank in quoted.selection
        if bank.pcrs
    }
