"""Which key usages a kind of key can carry, so that no certificate claims what its key cannot do.

| key | never in its certificate | source |
|---|---|---|
| DSA | keyEncipherment, dataEncipherment, keyAgreement | RFC 3279 §2.3.2 |
| ECDSA | keyEncipherment, dataEncipherment | RFC 5480 §3, RFC 8813 |
| Ed25519 | keyEncipherment, dataEncipherment, keyAgreement | RFC 8410 §5, RFC 9295 |

RSA carries whatever is configured: the system's default for a leaf holds keyAgreement, as on XR; verifiers accept it.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509

from xrattest.config.model import KeyKind

BITS = {
    "digitalsignature": "digital_signature",
    "nonrepudiation": "content_commitment",
    "keyencipherment": "key_encipherment",
    "dataencipherment": "data_encipherment",
    "keyagreement": "key_agreement",
    "keycertsign": "key_cert_sign",
    "crlsign": "crl_sign",
}
"""The configuration's words to the attribute names of `x509.KeyUsage`."""

_ENCIPHER = frozenset({"keyencipherment", "dataencipherment"})
_CANNOT: dict[KeyKind, frozenset[str]] = {
    KeyKind.RSA: frozenset(),
    KeyKind.DSA: _ENCIPHER | {"keyagreement"},
    KeyKind.ECDSA_P256: _ENCIPHER,
    KeyKind.ECDSA_P384: _ENCIPHER,
    KeyKind.ECDSA_P521: _ENCIPHER,
    KeyKind.ED25519: _ENCIPHER | {"keyagreement"},
}


def key_usage(words: Iterable[str], kind: KeyKind) -> tuple[x509.KeyUsage, tuple[str, ...]]:
    """Return the extension for `words`, and those of them that `kind` cannot do and that were left out."""
    asked = tuple(words)
    kept = {BITS[word] for word in asked if word not in _CANNOT[kind]}
    bits = {attribute: attribute in kept for attribute in BITS.values()}
    usage = x509.KeyUsage(**bits, encipher_only=False, decipher_only=False)
    return usage, tuple(word for word in asked if word in _CANNOT[kind])


def usage_words(usage: x509.KeyUsage) -> list[str]:
    """Return the usages in an extension, in the configuration's words."""
    return [word for word, attribute in BITS.items() if getattr(usage, attribute)]
