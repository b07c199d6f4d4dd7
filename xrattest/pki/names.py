"""Subject names of this host's certificates: the configured attributes, then those that identify the host.

Encoded order is the written one, then `unstructuredName` (FQDN), `unstructuredAddress` (IP address, when asked) and
`serialNumber` (the host's serial number, when asked), as on XR; a screen shows a name from its end to its start.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from xrattest.config.distinguished_name import ATTRIBUTES, escape, parse
from xrattest.config.model import Settings, TrustpointSettings
from xrattest.dossier.identity import device_serial
from xrattest.errors import PkiError
from xrattest.hostroot import HostRoot

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


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """What names the host in its certificates."""

    host_name: str
    fqdn: str
    serial_number: str | None
    """None when the host has none to give."""

    @classmethod
    def of(cls, settings: Settings) -> HostIdentity:
        """Return the identity of the running host; its serial number is the one that a dossier's `license-udi` shows."""
        return cls(settings.host_name, settings.fqdn, device_serial(HostRoot("/")))


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
