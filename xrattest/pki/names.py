"""Subject names of this host's certificates: the configured attributes, then those that identify the host.

Encoded order is the written one, then `unstructuredName` (FQDN), `unstructuredAddress` (IP address, when asked) and
`serialNumber` (the host's serial number, when asked), as on XR; a screen shows a name from its end to its start.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from xrattest.config.distinguished_name import ATTRIBUTES, escape, parse
from xrattest.config.model import Settings, TrustpointSettings
from xrattest.errors import PkiError

UNSTRUCTURED_NAME = NameOID.UNSTRUCTURED_NAME
UNSTRUCTURED_ADDRESS = ObjectIdentifier("1.2.840.113549.1.9.8")
"""PKCS #9 (RFC 2985 §5.4.4)."""

_KEYWORDS = {
    **{ObjectIdentifier(oid): keyword for keyword, (oid, _) in ATTRIBUTES.items()},
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.EMAIL_ADDRESS: "emailAddress",
    UNSTRUCTURED_NAME: "unstructuredName",
    UNSTRUCTURED_ADDRESS: "unstructuredAddress",
}
_NO_SERIAL = {
    "",
    "0",
    "none",
    "not specified",
    "default string",
    "to be filled by o.e.m.",
    "system serial number",
}


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """What names the host in its certificates."""

    host_name: str
    fqdn: str
    serial_number: str | None
    """None when the host has none to give."""

    @classmethod
    def of(cls, settings: Settings, *, root: Path = Path("/")) -> HostIdentity:
        """Return the identity of the host whose file system is `root`."""
        return cls(settings.host_name, settings.fqdn, host_serial(root))


def host_serial(root: Path = Path("/")) -> str | None:
    """Return the DMI product serial number, else 16 hex digits derived from machine-id, else None.

    machine-id itself is confidential (machine-id(5)): what is derived here cannot be turned back.
    """
    dmi = _line(root / "sys/class/dmi/id/product_serial")
    if dmi.lower() not in _NO_SERIAL and dmi.isascii() and dmi.isprintable():
        return dmi[:64]
    machine = _line(root / "etc/machine-id")
    if len(machine) == 32:
        return hmac.new(machine.encode(), b"xrattest.host-serial", hashlib.sha256).hexdigest()[:16]
    return None


def _line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(256).decode("ascii", "replace").strip()
    except OSError:
        return ""


def leaf_name(settings: TrustpointSettings, host: HostIdentity) -> x509.Name:
    """Return the subject of the leaf; `CN=<hostname>` unless configured. Raises `PkiError`."""
    return _name(settings.subject_name or f"CN={escape(host.host_name[:64])}", settings, host)


def root_name(settings: TrustpointSettings, host: HostIdentity) -> x509.Name:
    """Return the subject of the root; `CN=<hostname>-ca` unless configured. Raises `PkiError`."""
    return _name(
        settings.subject_name_ca_certificate or f"CN={escape(host.host_name[:61])}-ca", settings, host
    )


def _name(written: str, settings: TrustpointSettings, host: HostIdentity) -> x509.Name:
    pairs = [(ObjectIdentifier(ATTRIBUTES[keyword][0]), value) for keyword, value in parse(written)]
    pairs.append((UNSTRUCTURED_NAME, host.fqdn))
    if settings.ip_address is not None:
        pairs.append((UNSTRUCTURED_ADDRESS, settings.ip_address))
    if settings.include_serial_number:
        if host.serial_number is None:
            raise PkiError(
                "include-serial-number is set, but this host has neither a DMI serial number nor a machine-id"
            )
        pairs.append((NameOID.SERIAL_NUMBER, host.serial_number))
    try:
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])
    except ValueError as error:
        raise PkiError(f"subject name {written!r}: {error}") from error


def printed(name: x509.Name) -> str:
    """Return a name as the XR screens print it: from its last attribute to its first."""
    return ",".join(f"{_keyword(attribute.oid)}={_value(attribute)}" for attribute in reversed(list(name)))


def _keyword(oid: ObjectIdentifier) -> str:
    return _KEYWORDS.get(oid, oid.dotted_string)


def _value(attribute: x509.NameAttribute[str | bytes]) -> str:
    value = attribute.value
    return escape(value) if isinstance(value, str) else "#" + value.hex()
