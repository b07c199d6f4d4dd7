"""Names of the host in its certificates."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from xrattest.config.model import Settings, TrustpointSettings
from xrattest.errors import PkiError
from xrattest.pki.names import HostIdentity, host_serial, leaf_name, printed, root_name

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


def put(root, path, content):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content)


def test_the_serial_number_is_dmi_then_derived_then_none(tmp_path):
    assert host_serial(tmp_path) is None
    machine = "0123456789abcdef0123456789abcdef"
    put(tmp_path, "etc/machine-id", machine + "\n")
    derived = host_serial(tmp_path)
    assert len(derived) == 16
    assert derived not in machine
    for placeholder in ("To Be Filled By O.E.M.\n", "\n", "Not Specified\n"):
        put(tmp_path, "sys/class/dmi/id/product_serial", placeholder)
        assert host_serial(tmp_path) == derived
    put(tmp_path, "sys/class/dmi/id/product_serial", "c44a11fc\n")
    assert host_serial(tmp_path) == "c44a11fc"
    assert HostIdentity.of(Settings(hostname="a", domain="b"), root=tmp_path) == HostIdentity(
        "a", "a.b", "c44a11fc"
    )
