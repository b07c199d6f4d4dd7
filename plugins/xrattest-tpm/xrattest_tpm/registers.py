"""Reads PCR values from sysfs, and a quote over them, and writes both as `platform-config-registers`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, cast

from pydantic import BaseModel

from xrattest import bootlog, tpm
from xrattest.errors import HostRootError, LimitError, Unavailable
from xrattest.evidence import Model
from xrattest.hostroot import HostRoot
from xrattest.plugin import Body, Context
from xrattest.tpm.composite import DIGEST_SIZES
from xrattest_tpm.host import up_time
from xrattest_tpm.options import RegisterOptions

_QUOTE_LIMIT = 1 << 16
"""Bytes of a quote or of its signature; both are a few hundred."""

PCR_COUNT = 24
"""PCRs of a PC Client TPM."""

_VALUE_LIMIT = 4096
"""Bytes of a file that holds one PCR."""

_SPELLINGS = {"sm3": "sm3_256"}
"""Banks that tpm-sysfs.c calls differently from the rest of the kernel."""


class RegisterCollector:
    """Evidence of the state of a TPM: `system-integrity-snapshot`, part `platform-config-registers`."""

    name: ClassVar[str] = "tpm"
    selector: ClassVar[str] = "system-integrity-snapshot"
    part: ClassVar[str] = "platform-config-registers"
    evidence_type: ClassVar[str] = "urn:xrattest:evidence:pcr:1"
    model: ClassVar[Model] = Model("Cisco-IOS-XR-remote-attestation-act", "2022-09-20")
    options: ClassVar[type[BaseModel]] = RegisterOptions

    def collect(self, context: Context, body: Body) -> None:
        """Write `platform-config-registers`. Raises `Unavailable` where there is neither a PCR nor a quote."""
        options = cast("RegisterOptions", context.options)
        values = dict(_read_banks(context.root, options.device, body))
        quoted = dict(_quote(context.root, options, body))
        if not values and not quoted:
            raise Unavailable(_why_absent(context.root, options.device))
        node = {"tpm-name": options.device, "node-location": context.node.location} | up_time(context, body)
        body.member(self.part, {"node-data": [node | tpm.register_members(values) | quoted]})


def _read_banks(root: HostRoot, device: str, body: Body) -> Iterator[tuple[str, dict[int, bytes]]]:
    """Yield each bank that sysfs shows (Linux 5.12 and later), else the one of a TPM 1.2."""
    directory = f"/sys/class/tpm/{device}"
    try:
        names = [name.decode("ascii", "replace") for name in root.listdir(directory)]
    except (OSError, HostRootError):
        return
    banks = [name for name in names if name.startswith("pcr-")]
    for name in banks:
        bank = name.removeprefix("pcr-")
        bank = _SPELLINGS.get(bank, bank)
        if values := dict(_read_bank(root, f"{directory}/{name}", bank, body)):
            yield bank, values
    if not banks and (values := _read_tpm12(root, directory)):
        yield "sha1", values


def _read_bank(root: HostRoot, directory: str, bank: str, body: Body) -> Iterator[tuple[int, bytes]]:
    size = DIGEST_SIZES.get(bank)
    for index in range(PCR_COUNT):
        path = f"{directory}/{index}"
        try:
            value = bytes.fromhex(root.read_text(path, limit=_VALUE_LIMIT))
        except FileNotFoundError:
            continue
        except (OSError, HostRootError, LimitError, ValueError) as error:
            body.problem(f"PCR {index} of bank {bank}: {error}", path)
            continue
        if size is not None and len(value) != size:
            body.problem(f"PCR {index} of bank {bank} has {len(value)} bytes", path)
            continue
        yield index, value


def _read_tpm12(root: HostRoot, directory: str) -> dict[int, bytes]:
    """Read `pcrs` of a TPM 1.2: lines `PCR-00: 01 23 …` (tpm-sysfs.c)."""
    for path in (f"{directory}/pcrs", f"{directory}/device/pcrs"):
        try:
            text = root.read_text(path, limit=1 << 16)
        except (OSError, HostRootError, LimitError):
            continue
        lines = re.findall(r"^PCR-(\d\d): ((?:[0-9A-F]{2} ?){20})$", text, re.MULTILINE)
        return {int(index): bytes.fromhex(value) for index, value in lines if int(index) < PCR_COUNT}
    return {}


def _quote(root: HostRoot, options: RegisterOptions, body: Body) -> Iterator[tuple[str, Any]]:
    """Yield both leaves of the quote that was named, or none: half of one proves nothing."""
    named = (("pcr-quote", options.quote), ("pcr-quote-signature", options.quote_signature))
    given = {leaf: path for leaf, path in named if path is not None}
    if len(given) == 1:
        body.problem("a quote needs both options, quote and quote_signature; it is left out")
        return
    contents = {leaf: _read_file(root, path, body) for leaf, path in given.items()}
    if all(contents.values()):
        yield from ((leaf, base64.b64encode(content).decode("ascii")) for leaf, content in contents.items())


def _read_file(root: HostRoot, path: Path, body: Body) -> bytes:
    """Return the content, nothing and a problem where there is none."""
    try:
        content = root.read_bytes(str(path), limit=_QUOTE_LIMIT)
    except (OSError, HostRootError, LimitError) as error:
        body.problem(f"the quote cannot be read: {error}", str(path))
        return b""
    if not content:
        body.problem("the quote is an empty file", str(path))
    return content


def _why_absent(root: HostRoot, device: str) -> str:
    if not root.is_live:
        return f"{root.path} is not the running host, and only a running kernel shows the PCRs of a TPM"
    place = f"/sys/class/tpm/{device}"
    try:
        if root.exists(place):
            return f"{place} shows no PCRs; the kernel does from Linux 5.12 on. A quote named in `quote` and `quote_signature` is collected all the same"
        return f"no PCRs: {bootlog.why_absent(root.exists, device)}"
    except OSError as error:
        return f"no PCRs in {place}, and the reason cannot be seen: {error}"
