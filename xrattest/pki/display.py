"""Keys and certificates as the XR screens show them (`show crypto key mypubkey`, `show crypto ca certificates`).

Times are printed in UTC. A SHA-256 fingerprint stands below the SHA-1 one, which alone must not be compared for trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from xrattest.pki.key_usage import usage_words
from xrattest.pki.keyfile import StoredKey
from xrattest.pki.keys import KeyKind, as_public_key, kind_of, size_of
from xrattest.pki.names import printed
from xrattest.pki.trustpoint import Trustpoint

_TYPES = {
    KeyKind.RSA: "RSA General purpose",
    KeyKind.DSA: "DSA",
    KeyKind.ECDSA_P256: "ECDSA nistp256",
    KeyKind.ECDSA_P384: "ECDSA nistp384",
    KeyKind.ECDSA_P521: "ECDSA nistp521",
    KeyKind.ED25519: "ED25519",
}
_RAW_ED25519 = 32


def serial(number: int) -> str:
    """Return a serial number as colon-separated upper-case bytes: 2914 is `0B:62`."""
    sign = "-" if number < 0 else ""
    return sign + abs(number).to_bytes(max(1, (number.bit_length() + 7) // 8), "big").hex(":").upper()


def moment(when: datetime) -> str:
    """Return a time as `13:07:26 UTC Sun Oct 20 2019`."""
    # Not strftime's %a and %b: those follow the locale.
    utc = when.astimezone(UTC)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[utc.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[
        utc.month - 1
    ]
    return f"{utc:%H:%M:%S} UTC {day} {month} {utc:%d %Y}"


def hex_groups(data: bytes) -> Iterator[str]:
    """Yield lines of up to nine groups of eight upper-case hex digits."""
    text = data.hex().upper()
    groups = [text[start : start + 8] for start in range(0, len(text), 8)]
    for start in range(0, len(groups), 9):
        yield " ".join(groups[start : start + 9])


def key_text(key: StoredKey) -> str:
    """Return a key pair's public part: the SubjectPublicKeyInfo, for Ed25519 the 32 bytes of the key itself."""
    data = key.public_der[-_RAW_ED25519:] if key.kind is KeyKind.ED25519 else key.public_der
    head = (f"Key label: {key.label}", f"Type     : {_TYPES[key.kind]}", f"Size     : {key.size}",
            f"Created  : {moment(key.created)}", "Data     :")  # fmt: skip
    return "\n".join((*head, *(f" {line}" for line in hex_groups(data)))) + "\n"


def trustpoint_text(trustpoint: Trustpoint, now: datetime) -> str:
    """Return the certificates of a trustpoint."""
    lines = [f"Trustpoint       : {trustpoint.name}", "=" * 50]
    if trustpoint.root is not None:
        lines += ["CA certificate", *_body(trustpoint.root)]
    if trustpoint.leaf is not None:
        usages = ",".join(_usage(trustpoint.leaf)) or "none"
        lines += ["Router certificate", "  Key usage      : General Purpose", f"  Usage bits     : {usages}",
                  f"  Status         : {_status(trustpoint.leaf, now)}", *_body(trustpoint.leaf)]  # fmt: skip
    if trustpoint.root is None and trustpoint.leaf is None:
        lines.append("  no certificates")
    return "\n".join((*lines, f"Associated Trustpoint: {trustpoint.name}")) + "\n"


def _body(certificate: x509.Certificate) -> Iterator[str]:
    yield f"  Serial Number  : {serial(certificate.serial_number)}"
    yield "  Subject:"
    yield f"    {printed(certificate.subject)}"
    yield "  Issued By      :"
    yield f"    {printed(certificate.issuer)}"
    yield f"  Validity Start : {moment(certificate.not_valid_before_utc)}"
    yield f"  Validity End   : {moment(certificate.not_valid_after_utc)}"
    yield "  SHA1 Fingerprint:"
    yield f"    {certificate.fingerprint(hashes.SHA1()).hex().upper()}"  # noqa: S303 - shown as XR shows it, never compared
    yield "  SHA256 Fingerprint:"
    yield f"    {certificate.fingerprint(hashes.SHA256()).hex().upper()}"


def _status(certificate: x509.Certificate, now: datetime) -> str:
    if now < certificate.not_valid_before_utc:
        return "Not yet valid"
    return "Available" if now <= certificate.not_valid_after_utc else "Expired"


def _usage(certificate: x509.Certificate) -> list[str]:
    try:
        return usage_words(certificate.extensions.get_extension_for_class(x509.KeyUsage).value)
    except x509.ExtensionNotFound:
        return []


def trustpoint_json(trustpoint: Trustpoint) -> dict[str, Any]:
    """Return the certificates of a trustpoint as JSON; `root` and `leaf` are null where there is none."""
    root, leaf = (
        None if one is None else certificate_json(one) for one in (trustpoint.root, trustpoint.leaf)
    )
    return {"trustpoint": trustpoint.name, "root": root, "leaf": leaf}


def certificate_json(certificate: x509.Certificate) -> dict[str, Any]:
    """Return a certificate's facts as JSON; `serial-number` is decimal in a string, fingerprints are lower-case hex."""
    key = as_public_key(certificate.public_key())
    return {
        "serial-number": str(certificate.serial_number),
        "subject": printed(certificate.subject),
        "issuer": printed(certificate.issuer),
        "not-before": f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        "not-after": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        "key-type": kind_of(key).value,
        "key-size": size_of(key),
        "key-usage": _usage(certificate),
        "sha1-fingerprint": certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - as above
        "sha256-fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
    }
