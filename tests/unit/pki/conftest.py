"""Enrolled trustpoints to test with; keys that take long to make are made once per run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xrattest.config.model import KeyKind, Settings
from xrattest.pki.enroll_self import enroll

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SYSTEM = "system-trustpoint"


def settings_with(kind: KeyKind = KeyKind.ED25519, **trustpoint) -> Settings:
    """Settings whose system trustpoint has keys of `kind`."""
    table = {"keypair": {"type": kind}, "ca-keypair": {"type": kind}, **trustpoint}
    return Settings.model_validate(
        {"hostname": "lab1", "domain": "example.com", "trustpoints": {SYSTEM: table}}
    )


@pytest.fixture(scope="session", name="settings_with")
def settings_maker():
    """`settings_with(kind, **trustpoint settings)`."""
    return settings_with


@pytest.fixture(scope="session", params=list(KeyKind))
def enrolled(request, tmp_path_factory):
    """(kind, state directory, settings, enrollment) for each kind of key; not to be changed."""
    directory = tmp_path_factory.mktemp(request.param.value)
    settings = settings_with(request.param)
    return request.param, directory, settings, enroll(directory, settings, SYSTEM, clock=lambda: NOW)
