"""The whole configuration as one typed, immutable value; without a file every setting has a usable default."""

from __future__ import annotations

import socket
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from xrattest.config.ranges import Range
from xrattest.config.trustpoint import (
    SYSTEM_TRUSTPOINT,
    KeyKind,
    KeyPairSettings,
    Label,
    Table,
    TrustpointSettings,
)

__all__ = [
    "SYSTEM_TRUSTPOINT",
    "KeyKind",
    "KeyPairSettings",
    "PluginSettings",
    "Settings",
    "TrustpointSettings",
]

_NAME_PART = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"

HostName = Annotated[str, StringConstraints(max_length=253, pattern=rf"^{_NAME_PART}(\.{_NAME_PART})*\z")]
NodeName = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9]+(/[A-Za-z0-9]+)*\z")]
PluginName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}\z")]


class PluginSettings(Table):
    """Which plugins load, and what one collector may use."""

    allow: tuple[PluginName, ...] | None = None
    """Load these only; None loads every plugin that is installed."""
    block: tuple[PluginName, ...] = ()
    timeout: Annotated[int, Range(1, 86400, "seconds")] = 300
    memory: Annotated[int, Range(64, 1048576, "MiB")] = 2048
    output: Annotated[int, Range(1, 1048576, "MiB")] = 1024


class Settings(Table):
    """The configuration file, validated whole except for plugins' own sections, which their models validate."""

    hostname: HostName | None = None
    domain: HostName | None = None
    node: NodeName = "0/RP0/CPU0"
    trustpoints: dict[Label, TrustpointSettings] = Field(
        default_factory=lambda: {SYSTEM_TRUSTPOINT: TrustpointSettings()}
    )
    plugins: PluginSettings = PluginSettings()
    plugin: dict[PluginName, dict[str, Any]] = Field(default_factory=dict)
    """`[plugin.<name>]`, verbatim: the section of a plugin that is absent is kept and not judged."""

    @property
    def host_name(self) -> str:
        """The configured host name, else the running system's."""
        return self.hostname or socket.gethostname() or "localhost"

    @property
    def fqdn(self) -> str:
        """`hostname.domain`; the host name alone without a domain, or when it already has one."""
        name = self.host_name
        return f"{name}.{self.domain}" if self.domain and "." not in name else name

    @field_validator("trustpoints", mode="before")
    @classmethod
    def _default_labels(cls, trustpoints: object) -> object:
        """Give every trustpoint without key pairs its own ones, and the system trustpoint its existence."""
        if not isinstance(trustpoints, dict):
            return trustpoints
        filled = {SYSTEM_TRUSTPOINT: {}, **trustpoints}
        return {name: _with_keys(name, value) for name, value in filled.items()}

    @model_validator(mode="after")
    def _own_root_keys(self) -> Settings:
        """Refuse two trustpoints over one key pair: zeroizing or replacing it for one would break the other."""
        owners: dict[KeyPairSettings, str] = {}
        for name, trustpoint in self.trustpoints.items():
            for pair in (trustpoint.keypair, trustpoint.ca_keypair):
                if pair in owners:
                    raise ValueError(
                        f"trustpoints {owners[pair]} and {name} share the {pair.type} key {pair.label}"
                    )
                owners[pair] = name
        return self


def _with_keys(name: str, table: object) -> object:
    if not isinstance(table, dict) or not isinstance(name, str):
        return table
    prefix = "system" if name == SYSTEM_TRUSTPOINT else name
    labels = {"keypair": f"{prefix}-enroll-key", "ca-keypair": f"{prefix}-root-key"}
    filled = dict(table)
    for key, label in labels.items():
        pair = filled.get(key, {})
        if isinstance(pair, dict):
            filled[key] = {"label": label, **pair}
    return filled
