"""Names of the host in its certificates."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from xrattest.config.model import Settings, TrustpointSettings
from xrattest.dossier.identity import device_serial
from xrattest.errors import PkiError
from xrattest.hostroot import HostRoot
from xrattest.pki.names import HostIdentity, leaf_name, printed, root_name

HOST = HostIdentity("lab1", "lab1.example.com", None)


def test_without_settings_the_host_is_named():
    settings = TrustpointSettings()
    assert printed(leaf_name(settings, HOST)) == "unstructuredName=lab1.example.com,CN=lab1"
    assert printed(root_name(settings, HOST)) == "unstructuredName=lab1.example.com,CN=lab1-ca"


def test_the_longest_host_name_still_fits():
    host = HostIdentity("h" * 253, "h" * 253, None)
    assert (
        len(leaf_name(TrustpointSettings(), host).get_attributes_for_oid(NameOID.COMMON_NAME)[0].value) == 64
    )
    assert root_name(TrustpointSettings(), host) != leaf_name(TrustpointSettings(), host)


def test_a_value_with_a_comma_is_printed_escaped():
    settings = TrustpointSettings(subject_name=r"CN=a\,b,O=x")
    assert printed(leaf_name(settings, HOST)) == r"unstructuredName=lab1.example.com,O=x,CN=a\,b"


def test_a_foreign_attribute_is_printed_by_its_number():
    name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier("1.2.3.4"), "x")])
    assert printed(name) == "1.2.3.4=x"


def test_a_serial_number_that_is_asked_for_must_exist():
    with pytest.raises(PkiError, match="neither a DMI serial number nor a machine-id"):
        leaf_name(TrustpointSettings(include_serial_number=True), HOST)


def test_the_serial_number_is_the_one_of_the_dossier():
    identity = HostIdentity.of(Settings(hostname="a", domain="b"))
    assert identity == HostIdentity("a", "a.b", device_serial(HostRoot("/")))
