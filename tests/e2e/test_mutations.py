"""Thousands of changed envelopes, of every kind of key and with a real trustpoint: none passes that was changed.

The seed of the changes is fixed; XRATTEST_SEED takes another, XRATTEST_MUTATIONS another number of them.
"""

from __future__ import annotations

import base64
import json
import os
import random
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xrattest.cli import run
from xrattest.config.model import SYSTEM_TRUSTPOINT, KeyPairSettings, Settings, TrustpointSettings
from xrattest.config.trustpoint import KeyKind
from xrattest.envelope import OpenedEnvelope, open_envelope, seal
from xrattest.errors import EnvelopeError, InputError
from xrattest.pki.enroll_self import ensure_system_trustpoint
from xrattest.pki.signer import TrustpointSigner
from xrattest.verify.verdict import Outcome, Verdict
from xrattest.verify.verifier import verify

SEED = int(os.environ.get("XRATTEST_SEED", "1580"))
PER_TARGET = int(os.environ.get("XRATTEST_MUTATIONS", "300"))
NONCE = "15800a2b"
TEXT = (
    'RP/0/RP0/CPU0: "quoted" \\ back\tslash / \u00e9\u4e16\U0001f512 \x7f control \x01\n' * 4 + "last line\n"
)


@dataclass(frozen=True)
class Case:
    """A sealed envelope of one kind of key."""

    directory: Path
    anchor: bytes
    raw: bytes

    @property
    def parsed(self) -> dict:
        return json.loads(self.raw)

    def open(self, raw: bytes) -> OpenedEnvelope:
        for spooled in self.directory.glob("cli-output-*"):
            spooled.unlink()
        path = self.directory / "envelope.json"
        path.write_bytes(raw)
        return open_envelope(path, self.directory)

    def judge(self, envelope: bytes | dict) -> Verdict:
        raw = envelope if isinstance(envelope, bytes) else json.dumps(envelope, ensure_ascii=False).encode()
        opened: OpenedEnvelope | EnvelopeError
        try:
            opened = self.open(raw)
        except EnvelopeError as error:
            opened = error
        return verify(opened, [self.anchor], at=datetime.now(UTC), nonce=NONCE)

    def fields(self, raw: bytes) -> dict:
        opened = self.open(raw)
        return {**asdict(opened), "payload": opened.payload.read_bytes()}


@pytest.fixture(scope="module", params=list(KeyKind), ids=str)
def case(request, tmp_path_factory) -> Case:
    directory = tmp_path_factory.mktemp(str(request.param))
    pairs = {
        name: KeyPairSettings(type=request.param, label=label)
        for name, label in (("keypair", "leaf"), ("ca_keypair", "root"))
    }
    settings = Settings(hostname="edge1", trustpoints={SYSTEM_TRUSTPOINT: TrustpointSettings(**pairs)})
    state = directory / "state"
    ensure_system_trustpoint(state, settings)
    signer = TrustpointSigner.open(state, settings, SYSTEM_TRUSTPOINT)
    source, sealed = directory / "source", directory / "sealed"
    source.write_text(TEXT, "utf-8")
    with sealed.open("wb") as out:
        seal(source, out, signer, nonce=NONCE, include_certificate=True)
    return Case(directory, signer.chain[0], sealed.read_bytes())


@pytest.fixture
def rng(request) -> random.Random:
    return random.Random(f"{SEED} {request.node.name}")


def flipped(content: bytes, rng: random.Random) -> bytes:
    """Change one byte to any other value."""
    changed = bytearray(content)
    changed[rng.randrange(len(changed))] ^= rng.randrange(1, 256)
    return bytes(changed)


def test_unchanged_it_passes(case):
    verdict = case.judge(case.raw)
    assert verdict.outcome is Outcome.PASS, verdict.to_json()
    assert verdict.device is not None


def test_a_changed_byte_of_the_text(case, rng):
    for _ in range(PER_TARGET):
        envelope = case.parsed
        try:
            text = flipped(envelope["cli-output"].encode(), rng).decode()
        except UnicodeDecodeError:
            continue
        envelope["cli-output"] = text
        expected = "envelope.structure" if "\0" in text else "envelope.signature"
        assert case.judge(envelope).failed() == [expected], text


def test_a_changed_digit_of_the_nonce(case, rng):
    for _ in range(PER_TARGET // 4):
        envelope = case.parsed
        nonce = flipped(bytes.fromhex(NONCE), rng).hex()
        envelope["signature-envelop"]["nonce"] = nonce
        assert case.judge(envelope).failed() == ["envelope.signature", "envelope.nonce"], nonce


def test_a_changed_byte_of_the_signature(case, rng):
    for _ in range(PER_TARGET):
        envelope = case.parsed
        signature = flipped(base64.b64decode(envelope["signature-envelop"]["signature"]), rng)
        envelope["signature-envelop"]["signature"] = base64.b64encode(signature).decode()
        assert case.judge(envelope).failed() == ["envelope.signature"], signature.hex()


@pytest.mark.parametrize("index", [0, 1], ids=["root", "leaf"])
def test_a_changed_byte_of_a_certificate(case, index, rng):
    for _ in range(PER_TARGET):
        envelope = case.parsed
        certificates = envelope["signature-envelop"]["signing-certificate"]
        der = flipped(base64.b64decode(certificates[index]), rng)
        certificates[index] = base64.b64encode(der).decode()
        assert "envelope.chain" in case.judge(envelope).failed(), der.hex()


def mangled(raw: bytes, rng: random.Random) -> bytes:
    """Change the file: a byte flipped, inserted, deleted; a piece repeated, moved, cut off."""
    place, other = sorted((rng.randrange(len(raw)), rng.randrange(len(raw))))
    byte = bytes([rng.randrange(256)])
    match rng.randrange(8):
        case 0 | 1 | 2:
            return flipped(raw, rng)
        case 3:
            return raw[:place] + byte + raw[place:]
        case 4:
            return raw[:place] + raw[place + 1 :]
        case 5:
            return raw[:other] + raw[place:other][:64] + raw[other:]
        case 6:
            return raw[:place]
    return raw[:place] + rng.choice([b" ", b"\n", b"\\u0061", b'"', b"{", b",", b"\\"]) + raw[place + 1 :]


def test_a_changed_file_passes_only_when_every_decoded_field_is_the_same(case, rng):
    original = case.fields(case.raw)
    refused = failed = 0
    for _ in range(4 * PER_TARGET):
        raw = mangled(case.raw, rng)
        try:
            outcome = case.judge(raw).outcome
        except InputError:
            refused += 1
            continue
        if outcome is Outcome.PASS:
            assert case.fields(raw) == original, raw
        else:
            assert outcome is Outcome.FAIL, raw
            failed += 1
    assert failed
    assert refused


def test_changed_through_the_command_too(case, rng, tmp_path, capfd):
    root, envelope = tmp_path / "root.pem", tmp_path / "envelope.json"
    body = base64.encodebytes(case.anchor).decode()
    root.write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n", "ascii")
    command = ["verify", str(envelope), "--trust-anchor", str(root), "--nonce", NONCE]
    envelope.write_bytes(case.raw)
    assert run(command) == 0
    assert capfd.readouterr().out.endswith("verdict: pass\n")
    for _ in range(5):
        changed = case.parsed
        signature = flipped(base64.b64decode(changed["signature-envelop"]["signature"]), rng)
        changed["signature-envelop"]["signature"] = base64.b64encode(signature).decode()
        envelope.write_text(json.dumps(changed), "utf-8")
        assert run([*command, "--json"]) == 1
        verdict = json.loads(capfd.readouterr().out)
        assert verdict["verdict"] == "fail"
        assert [check["id"] for check in verdict["checks"] if check["status"] == "fail"] == [
            "envelope.signature"
        ]
    envelope.write_bytes(case.raw[: len(case.raw) // 2])
    assert run(command) == 2
    assert capfd.readouterr().out == ""
