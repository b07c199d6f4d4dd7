"""Which device signed: the names in a signing certificate, and whether one of them is the name that was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from xrattest.pki.chain import PARSE_ERRORS
from xrattest.verify.verdict import Result

# In the order in which a device is called by them.
_ATTRIBUTES = {
    NameOID.COMMON_NAME: "CN",
    NameOID.UNSTRUCTURED_NAME: "unstructuredName",
    NameOID.SERIAL_NUMBER: "serialNumber",
}


def names(leaf: x509.Certificate) -> Iterator[tuple[str, str]]:
    """Yield (kind, name): CN, unstructuredName (PKCS #9), serialNumber of the subject, then DNS of subjectAltName.

    Raises one of `PARSE_ERRORS` on a certificate whose names cannot be read.
    """
    for oid, kind in _ATTRIBUTES.items():
        for attribute in leaf.subject.get_attributes_for_oid(oid):
            value = attribute.value
            yield kind, value if isinstance(value, str) else value.decode("utf-8", "replace")
    try:
        alternative = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return
    assert isinstance(alternative, x509.SubjectAlternativeName)
    for name in alternative.get_values_for_type(x509.DNSName):
        yield "DNS", name


def device_name(leaf: x509.Certificate) -> str | None:
    """Return the first name of `leaf`, in the order of `names`; None when it has none that can be read."""
    try:
        return next((name for _, name in names(leaf)), None)
    except PARSE_ERRORS:
        return None


def match_identity(leaf: x509.Certificate, wanted: str) -> Result:
    """Compare `wanted` with each name whole: DNS names without regard to case, the others exactly. No wildcards."""
    try:
        found = list(names(leaf))
    except PARSE_ERRORS as error:
        return Result.failed(f"the names of the signing certificate cannot be read: {error}")
    for kind, name in found:
        same = _fold(name) == _fold(wanted) if kind == "DNS" else name == wanted
        if same:
            return Result.passed(f"{kind} is {name}")
    listed = ", ".join(f"{kind} {name}" for kind, name in found) or "no name at all"
    return Result.failed(f"asked for {wanted}; the signing certificate has {listed}")


def _fold(name: str) -> str:
    # DNS compares ASCII letters alone without case (RFC 4343); other letters are compared as they stand.
    return "".join(character.lower() if character.isascii() else character for character in name)
