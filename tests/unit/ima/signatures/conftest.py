"""Fixtures of the tests of signatures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def making() -> ModuleType:
    """The module beside this one that makes keys and signatures."""
    name = "ima_signature_making"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("making.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def keyring(making):
    """The signers of `making`."""
    from xrattest.ima.signatures import Keyring, certificate_key

    return Keyring(certificate_key(making.certificate(key)) for key in (making.EC_KEY, making.RSA_KEY))
