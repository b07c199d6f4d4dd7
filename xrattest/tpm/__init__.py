"""TPM 2.0 quotes, as a verifier sees them: structures, attestation keys, what a quote proves.

    from xrattest import tpm

    key = tpm.load_key(Path("ak.pub").read_bytes())
    quote = tpm.verify_quote(message, signature, key, extra_data=bytes.fromhex("1580"))
    print(quote.attest.clock.reset_count, quote.attest.selection)

`structures` reads what a TPM hands out, `keys` says which keys may sign quotes, `signing` verifies signatures, `quote`
puts them together, `binding` says what ties a quote to one envelope. No TPM is spoken to.
"""

from xrattest.tpm.binding import envelope_extra_data
from xrattest.tpm.composite import PcrValues, composite_digest
from xrattest.tpm.keys import AttestationKey, load_key
from xrattest.tpm.quote import VerifiedQuote, verify_quote
from xrattest.tpm.registers import register_members, registers_of
from xrattest.tpm.structures import (
    MAX_EXTRA_DATA,
    MAX_INPUT,
    Attest,
    BankSelection,
    Clock,
    PublicArea,
    Signature,
    parse_attest,
    parse_pcr_file,
    parse_public,
    parse_signature,
)

__all__ = [
    "MAX_EXTRA_DATA",
    "MAX_INPUT",
    "Attest",
    "AttestationKey",
    "BankSelection",
    "Clock",
    "PcrValues",
    "PublicArea",
    "Signature",
    "VerifiedQuote",
    "composite_digest",
    "envelope_extra_data",
    "load_key",
    "parse_attest",
    "parse_pcr_file",
    "parse_public",
    "parse_signature",
    "register_members",
    "registers_of",
    "verify_quote",
]
