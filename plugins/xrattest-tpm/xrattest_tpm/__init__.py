"""Collectors of xrattest: the firmware's event log, and the PCRs of a TPM with a quote over them."""

from __future__ import annotations

from collections.abc import Iterable

from xrattest.plugin import Collector, Section, hookimpl
from xrattest_tpm.event_log import BootCollector
from xrattest_tpm.options import BootOptions, RegisterOptions, TpmOptions
from xrattest_tpm.registers import RegisterCollector

XRATTEST_PLUGIN_API = 1

__all__ = ["BootCollector", "BootOptions", "RegisterCollector", "RegisterOptions", "TpmOptions"]


@hookimpl
def xrattest_register_collectors() -> Iterable[Collector]:
    """Return the collectors of this plugin."""
    return [BootCollector(), RegisterCollector()]


@hookimpl
def xrattest_register_config() -> Iterable[Section]:
    """Return the section `[plugin.tpm]`, which both collectors take their options from."""
    return [Section(name="tpm", model=TpmOptions, collectors=(BootCollector.name, RegisterCollector.name))]
