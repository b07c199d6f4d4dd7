"""Settings of a trustpoint: which keys, which names, how long, for what use. Ranges are those of the XR models."""

from __future__ import annotations

import enum
import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from xrattest.config.distinguished_name import SubjectName
from xrattest.config.ranges import Range
from xrattest.config.secrets import SecretReference

SYSTEM_TRUSTPOINT = "system-trustpoint"
"""The trustpoint that signs this host's envelopes unless another is named."""


def kebab(name: str) -> str:
    """Return the TOML key of a field: `keypair_type` is written `keypair-type`."""
    return name.replace("_", "-")


class Table(BaseModel):
    """A table of the configuration: unknown keys are refused, nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=kebab, populate_by_name=True)


class KeyKind(enum.StrEnum):
    """Kinds of key pairs, by the names that configuration, key files and commands use."""

    RSA = "rsa"
    DSA = "dsa"
    ECDSA_P256 = "ecdsa-nistp256"
    ECDSA_P384 = "ecdsa-nistp384"
    ECDSA_P521 = "ecdsa-nistp521"
    ED25519 = "ed25519"


Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}\z")]
"""A key label or trustpoint name: 1 to 127 of `A-Z a-z 0-9 _ . -`, not starting with `.` or `-` (it names a file)."""

LeafUsage = Literal[
    "digitalsignature", "keyagreement", "nonrepudiation", "dataencipherment", "keyencipherment"
]
CaUsage = Literal["digitalsignature", "keycertsign", "crlsign", "nonrepudiation"]


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("a usage is named twice")
    return values


def _signs(values: tuple[str, ...]) -> tuple[str, ...]:
    if "digitalsignature" not in values:
        raise ValueError("must hold digitalsignature: the leaf signs envelopes")
    return values


def _certifies(values: tuple[str, ...]) -> tuple[str, ...]:
    if "keycertsign" not in values:
        raise ValueError("must hold keycertsign: the root signs the leaf")
    return values


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is not an IPv4 or IPv6 address") from error


class KeyPairSettings(Table):
    """Which key pair of the key store."""

    type: KeyKind = KeyKind.RSA
    label: Label


class TrustpointSettings(Table):
    """A two-tier chain made by this host: a self-signed root, and a leaf that the root signs."""

    enrollment: Literal["self"] = "self"
    keypair: KeyPairSettings = KeyPairSettings(label="system-enroll-key")
    ca_keypair: KeyPairSettings = KeyPairSettings(label="system-root-key")
    subject_name: SubjectName | None = None
    subject_name_ca_certificate: SubjectName | None = None
    key_usage_certificate: Annotated[
        tuple[LeafUsage, ...], AfterValidator(_distinct), AfterValidator(_signs)
    ] = ("digitalsignature", "keyagreement", "dataencipherment")
    key_usage_ca_certificate: Annotated[
        tuple[CaUsage, ...], AfterValidator(_distinct), AfterValidator(_certifies)
    ] = ("digitalsignature", "keycertsign", "crlsign")
    lifetime_certificate: Annotated[int, Range(30, 5474, "days")] = 200
    lifetime_ca_certificate: Annotated[int, Range(30, 5475, "days")] = 365
    message_digest: Literal["sha256", "sha384", "sha512"] = "sha256"
    include_serial_number: Annotated[bool, Field(strict=True)] = False
    ip_address: Annotated[str, AfterValidator(_address)] | None = None
    passphrase: SecretReference | None = None

    @model_validator(mode="after")
    def _two_keys(self) -> TrustpointSettings:
        if self.keypair == self.ca_keypair:
            raise ValueError(
                "keypair and ca-keypair name the same key: a re-key of the leaf would replace the root's"
            )
        return self
