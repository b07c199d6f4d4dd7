"""A device that attests its list in increments: real lists, cut, in signed envelopes, quoted by a TPM in software."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrattest import ima, tpm
from xrattest.envelope import seal

BOOT = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
NEXT_BOOT = "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
BANKS = ("sha1", "sha256")


def entries_of(log: bytes) -> list[bytes]:
    offsets = [entry.offset for entry in ima.read(log)]
    return [log[start:end] for start, end in zip(offsets, [*offsets[1:], len(log)], strict=True)]


def state(entries: list[bytes]) -> dict[str, dict[int, bytes]]:
    return {bank: dict(values) for bank, values in ima.replay(b"".join(entries), BANKS).pcrs.items()}


def point(entries: list[bytes], boot: str | None = BOOT) -> dict[str, Any]:
    """`ima-start` or `ima-end` after `entries`."""
    pcr = {
        bank: {str(index): base64.b64encode(value).decode() for index, value in values.items()}
        for bank, values in state(entries).items()
    }
    named = {} if boot is None else {"boot-id": boot}
    return {"event-number": str(len(entries) - 1), **named, "pcr": pcr}


def node_data(
    entries: list[bytes], begin: int | None, end: int, boot: str | None, *, compact: bool
) -> dict[str, Any]:
    """What a device says of events `begin` (None: all) to `end`, neither its PCR values nor its numbers forged."""
    log, out = ima.Follower(b"".join(entries[:end])), io.BytesIO()
    log.skip_to(begin or 0)
    (log.write_blocks if compact else log.write_events)(out)
    name = "ima-event-log-compact" if compact else "ima-event-log"
    start = {} if begin is None else {"ima-start": point(entries[:begin], boot)}
    return {
        "node-location": "node0_RP0_CPU0", **start, name: json.loads(out.getvalue()),
        "ima-end": point(entries[:end], boot),
    }  # fmt: skip


@dataclass(frozen=True)
class Device:
    """Signs whatever it is told to; `issuing` and `quoting` are the test modules of those names."""

    issuing: Any
    quoting: Any
    directory: Path
    entries: list[bytes]
    name: str = "edge1"
    boot: str | None = BOOT
    reset_count: int = 3
    ak: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def signer(self):
        return self.issuing.signer(leaf=self.name)

    @property
    def attestation_key(self):
        return tpm.load_key(self.quoting.Signer(self.ak, "ecdsa").area())

    def rebooted(self, entries: list[bytes], reset_count: int = 5) -> Device:
        return replace(self, entries=entries, boot=NEXT_BOOT, reset_count=reset_count)

    def envelope(
        self,
        begin: int | None,
        end: int,
        *,
        quoted: int | None = None,
        carried: list[dict[str, Any]] | None = None,
        banks: tuple[str, ...] = BANKS,
        nonce: str | None = None,
        at: float | None = None,
        clock: int | None = None,
        compact: bool = False,
        change: Callable[[dict[str, Any]], Any] = lambda node: None,
        change_text: Callable[[str], str] = lambda text: text,
    ) -> Path:
        """Write an envelope of events `begin` (None: from boot) to `end`; `quoted` entries are what the TPM was told of, `carried` quotes of another TPM.

        `change` and `change_text` forge the node and the whole dossier before it is signed.
        """
        nonce = nonce or f"{end:04x}{begin or 0:04x}"
        node = node_data(self.entries, begin, end, self.boot, compact=compact)
        change(node)
        quotes = carried if quoted is None else [self._quote(quoted, banks, nonce, clock or 1000 * end)]
        text = json.loads(self.quoting.dossier([node], quotes, nonce))
        began = 1000.0 * end if at is None else at
        text |= {"collection-start-time": began, "collection-end-time": began + 2}
        number = len(list(self.directory.iterdir()))
        source, out = self.directory / f"{number}.text", self.directory / f"{number}.json"
        source.write_text(change_text(json.dumps(text)))
        with out.open("wb") as file:
            seal(source, file, self.signer, nonce=nonce, include_certificate=True)
        return out

    def _quote(self, quoted: int, banks: tuple[str, ...], nonce: str, clock: int) -> dict[str, Any]:
        values = {
            bank: {0: b"\x07" * len(pcrs[10]), 10: pcrs[10]} for bank, pcrs in self._states(quoted, banks)
        }
        key = self.signer.certificates[-1].public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        extra = tpm.envelope_extra_data(bytes.fromhex(nonce), spki)
        message = self.quoting.Quote(extra, values, reset_count=self.reset_count, clock=clock).encode()
        return self.quoting.registers(message, self.quoting.Signer(self.ak, "ecdsa").sign(message), values)

    def _states(self, count: int, banks: tuple[str, ...]):
        return [(bank, values) for bank, values in state(self.entries[:count]).items() if bank in banks]
