"""The running kernel's list, and why there is none."""

from __future__ import annotations

from collections.abc import Callable

LIVE_LIST = "/sys/kernel/security/ima/binary_runtime_measurements"
"""Where the running kernel shows its list (securityfs)."""


def why_absent(exists: Callable[[str], bool], filesystems: str) -> str:
    """Say why there is no `LIVE_LIST`, and what turns it on.

    `exists` tells whether a path of the host is there; `filesystems` is the content of `/proc/filesystems`.
    """
    if "securityfs" not in filesystems.split():
        return "this kernel has no securityfs; IMA needs a kernel with CONFIG_SECURITYFS=y and CONFIG_IMA=y"
    if not exists("/sys/kernel/security"):
        return "/sys is not mounted here, as in many containers; mount it, and securityfs on /sys/kernel/security"
    if not exists("/sys/kernel/security/ima") and not exists("/sys/kernel/security/lsm"):
        return "securityfs is not mounted; run: mount -t securityfs securityfs /sys/kernel/security"
    return (
        "this kernel was built without IMA, or it was turned off at boot; it needs CONFIG_IMA=y, and a policy such as "
        "ima_policy=tcb on the kernel command line to measure more than the boot aggregate"
    )
