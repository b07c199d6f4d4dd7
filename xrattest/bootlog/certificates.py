"""Certificates inside decoded event data, as readers know them: by subject, issuer and digest."""

from __future__ import annotations

import hashlib
from typing import Any

CERTIFICATE = "certificate"


def with_subjects(value: Any) -> Any:  # noqa: ANN401 - a decoded tree: dict, list, text, number, bytes
    """Return a decoded tree in JSON values: bytes as lower-case hex, certificates summarised."""
    if isinstance(value, dict):
        return {
            name: summary(item) if name == CERTIFICATE and isinstance(item, bytes) else with_subjects(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [with_subjects(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def summary(der: bytes) -> dict[str, str]:
    """Say whose certificate this is; bytes that are none keep their digest and say why."""
    # Imported here: most logs are read without a certificate to look into.
    from cryptography import x509  # noqa: PLC0415

    known = {"sha256": hashlib.sha256(der).hexdigest()}
    try:
        certificate = x509.load_der_x509_certificate(der)
        return {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "serial-number": str(certificate.serial_number),
        } | known
    except (ValueError, TypeError) as error:
        # Old vendor certificates break rules of DER; who signed an image is still told apart by the digest.
        return {"unreadable": str(error)} | known
