"""PCR values as other programs print them."""

from __future__ import annotations

import re

from xrattest.errors import InputError
from xrattest.ima.pcrs import BANKS, PcrState

_LINE = re.compile(r"([a-z0-9_]+(?::[a-z0-9-]+)?):(\d{1,2}):([0-9a-fA-F]+)")
_BANK = re.compile(r"\s*([a-z0-9_]+)\s*:\s*")
_VALUE = re.compile(r"\s*(\d{1,2})\s*:\s*0x([0-9a-fA-F]+)\s*")


def parse_pcr_value(text: str) -> tuple[str, int, bytes]:
    """Read `sha256:10:HEX`: bank, which may be a padded one, index and value. Raises `InputError`."""
    found = _LINE.fullmatch(text.strip())
    if found is None or len(found[3]) % 2:
        raise InputError(f"{text!r} is no PCR value such as sha256:10:HEX")
    return found[1], int(found[2]), bytes.fromhex(found[3])


def parse_pcr_values(text: str) -> PcrState:
    """Read lines of `sha256:10:HEX`, or what `tpm2_pcrread` prints.

    Empty lines and lines that begin with `#` are left out, banks that cannot be replayed too. Raises `InputError`.
    """
    values: dict[str, dict[int, bytes]] = {}
    bank = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if heading := _BANK.fullmatch(line):
            bank = heading[1]
        elif bank is not None and (pair := _VALUE.fullmatch(line)) and len(pair[2]) % 2 == 0:
            values.setdefault(bank, {})[int(pair[1])] = bytes.fromhex(pair[2])
        else:
            try:
                name, index, value = parse_pcr_value(line)
            except InputError as error:
                raise InputError(f"line {number}: {error}") from None
            values.setdefault(name, {})[index] = value
    return {name: pcrs for name, pcrs in values.items() if name.partition(":")[0] in BANKS}
