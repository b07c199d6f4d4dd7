"""The three texts that every dossier carries: `license-udi`, `version` and `platform`, read through the `HostRoot`.

Of an image or a mounted disk nothing is said that only a running kernel knows: no DMI values, no kernel, no uptime.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

from xrattest import __version__
from xrattest.dossier.identity import device_serial, product_name
from xrattest.dossier.smalltext import small_text
from xrattest.evidence import Node, ResultCode
from xrattest.hostroot import HostRoot

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
OS_RELEASE_KEYS = (
    "ID",
    "VERSION_ID",
    "VARIANT_ID",
    "BUILD_ID",
    "IMAGE_ID",
    "IMAGE_VERSION",
    "OSTREE_VERSION",
)


@dataclass(frozen=True, slots=True)
class TextFact:
    """A text-backed member of the dossier."""

    name: str
    text: str
    code: ResultCode = ResultCode.SUCCESS
    reason: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return the member's value, `{"result-code": …, "<name>": text}`, with `reason` where there is one."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return {"result-code": str(self.code), self.name: self.text, **reason}


def host_facts(root: HostRoot, node: Node) -> tuple[TextFact, ...]:
    """Return the facts in their order in the dossier. What cannot be read is said inside them; raises nothing for it."""
    return license_udi(root), version(root), platform(root, node)


def license_udi(root: HostRoot) -> TextFact:
    """Return the unique device identifier: product and serial number as one line."""
    serial = device_serial(root)
    text = f"UDI: PID:{product_name(root) or 'unknown'},SN:{serial or 'unknown'}\n"
    if serial is None:
        reason = "no serial number in DMI that this user may read, and no machine-id (see systemd-machine-id-setup)"
        return TextFact("license-udi", text, ResultCode.UNAVAILABLE, reason)
    return TextFact("license-udi", text)


def version(root: HostRoot) -> TextFact:
    """Return operating system, kernel, collecting program and uptime, a line each."""
    release = os_release(root)
    name = release.get("PRETTY_NAME") or release.get("NAME") or "unknown operating system"
    named = " ".join(f"{key}={release[key]}" for key in OS_RELEASE_KEYS if key in release)
    lines = [
        name,
        f"os-release: {named or 'none'}",
        *_kernel_lines(root),
        f"Collected by: xrattest {__version__}",
    ]
    text = "".join(f"{line}\n" for line in lines)
    if not release:
        reason = f"no os-release in {' or '.join(OS_RELEASE)}"
        return TextFact("version", text, ResultCode.UNAVAILABLE, reason)
    return TextFact("version", text)


def platform(root: HostRoot, node: Node) -> TextFact:
    """Return the node table; a host has one node."""
    rows = [
        ("Node", "Type", "State", "Architecture"),
        (
            node.name,
            product_name(root) or "Linux host",
            *(("RUNNING", os.uname().machine) if root.is_live else ("OFFLINE", "-")),
        ),
    ]
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(3)]
    lines = [
        "".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(len(line) for line in lines))
    return TextFact("platform", "".join(f"{line}\n" for line in lines))


def os_release(root: HostRoot) -> dict[str, str]:
    """Return the assignments of os-release(5); empty where there is none that can be read."""
    for path in OS_RELEASE:
        text = small_text(root, path)
        if text:
            pairs = (
                line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#")
            )
            return {key.strip(): _unquote(value.strip()) for key, value in pairs}
    return {}


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        quote, value = value[0], value[1:-1]
        # Inside double quotes the shell keeps a backslash except before these.
        for special in '"$`\\' if quote == '"' else "":
            value = value.replace(f"\\{special}", special)
    return value


def _kernel_lines(root: HostRoot) -> list[str]:
    if not root.is_live:
        return ["Kernel: none running, this is a tree of files"]
    parts = [small_text(root, f"/proc/sys/kernel/{leaf}") for leaf in ("ostype", "osrelease", "version")]
    kernel = " ".join(part.strip() for part in parts if part)
    lines = [f"Kernel: {kernel or 'unknown'} {os.uname().machine}"]
    uptime = small_text(root, "/proc/uptime")
    if uptime:
        lines.append(f"Uptime: {timedelta(seconds=int(float(uptime.split()[0])))}")
    return lines
