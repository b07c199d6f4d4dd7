"""tpm2_eventlog (tpm2-tools) reads the same events and replays the same logs to the same PCRs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from xrattest import bootlog

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "bootlog").glob("*.bin"))

pytestmark = pytest.mark.peer


@pytest.fixture(params=VECTORS, ids=lambda path: path.stem)
def printed(request, require_peer) -> tuple[Path, str]:
    """A log, and what tpm2_eventlog says of it."""
    program = require_peer("tpm2_eventlog", package="tpm2-tools")
    done = subprocess.run([program, request.param], capture_output=True, text=True, check=True)
    return request.param, done.stdout


def test_pcrs_agree(printed):
    path, text = printed
    pcrs, bank = {}, None
    for line in text.partition("\npcrs:\n")[2].splitlines():
        if found := re.fullmatch(r"  (\w+):", line):
            bank = pcrs.setdefault(found[1], {})
        elif found := re.fullmatch(r"    (\d+)\s*: 0x([0-9a-f]+)", line):
            bank[int(found[1])] = found[2]
    mine = {
        name: {i: value.hex() for i, value in values.items()}
        for name, values in bootlog.replay(path).pcrs.items()
    }
    assert mine == pcrs
    assert len(pcrs) == 3


def test_events_agree(printed):
    path, text = printed
    theirs = [
        (int(number), int(pcr), kind)
        for number, pcr, kind in re.findall(
            r"- EventNum: (\d+)\n  PCRIndex: (\d+)\n  EventType: (\w+)\n", text
        )
    ]
    assert [(event.number, event.pcr, event.type_name) for event in bootlog.read(path)] == theirs
    sizes = [int(size) for size in re.findall(r"^  EventSize: (\d+)$", text, re.MULTILINE)]
    assert [len(event.data) for event in bootlog.read(path)] == sizes
    digests = re.findall(r'^    Digest: "([0-9a-f]+)"$', text, re.MULTILINE)
    assert [
        digest.value.hex() for event in list(bootlog.read(path))[1:] for digest in event.digests
    ] == digests
