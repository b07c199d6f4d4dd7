"""The running kernel's event log, and why there is none."""

from __future__ import annotations

from collections.abc import Callable

LIVE_LOG = "/sys/kernel/security/tpm0/binary_bios_measurements"
"""Where the running kernel shows the log of its first TPM (securityfs)."""


def why_absent(exists: Callable[[str], bool], device: str = "tpm0") -> str:
    """Say why the kernel shows no log of TPM `device`, and what turns it on; `exists` tells whether a path of the host is there."""
    if not exists("/sys/kernel"):
        return "/sys is not mounted here, as in many containers; mount it, and securityfs on /sys/kernel/security"
    if not exists(f"/sys/class/tpm/{device}"):
        return (
            f"the kernel knows no TPM {device}; turn one on in the firmware's settings, give one to a virtual machine, and use a "
            "kernel with its driver (CONFIG_TCG_TIS or CONFIG_TCG_CRB)"
        )
    if not exists("/sys/kernel/security/lsm") and not exists(f"/sys/kernel/security/{device}"):
        return "securityfs is not mounted; run: mount -t securityfs securityfs /sys/kernel/security"
    return (
        "there is a TPM, and the firmware handed no event log to the kernel; measured boot has to be on in the firmware's "
        "settings, and the boot loader must keep the log"
    )
