"""The recipe of docs/how-to/verify-with-openssl.md, run as it stands there, for every kind of key."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from xrattest.envelope import seal

RECIPE = Path(__file__).parents[2] / "docs" / "how-to" / "verify-with-openssl.md"
TEXT = 'évidence "\\" \u2028 \U0001f600 \x01\x7f\r\n\n'
KINDS = ("rsa", "rsa-sha384", "rsa-sha512", "p256", "p384", "p521", "dsa", "ed25519")

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def tools(require_peer):
    for program in ("openssl", "jq", "xxd"):
        require_peer(program, package=program)


def blocks() -> list[str]:
    found = re.findall(r"^```sh\n(.*?)^```$", RECIPE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == 6, "the test below knows six blocks"
    return found


def commands(kind: str, *, chain: bool = True) -> str:
    skipped = "# not for ED25519" if kind == "ed25519" else "# for ED25519"
    left_out = (skipped,) if chain else (skipped, "# needs root.pem")
    return "set -eu\n" + "".join(block for block in blocks() if not block.startswith(left_out))


def run(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", script], cwd=directory, capture_output=True, text=True, timeout=60, check=False
    )


def sealed(directory: Path, signer, **options) -> Path:
    source, envelope = directory / "text", directory / "envelope.json"
    source.write_bytes(TEXT.encode())
    with envelope.open("wb") as out:
        seal(source, out, signer, **options)
    return envelope


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nonce", ["1580", None])
def test_recipe_accepts(signers, tmp_path, kind, nonce):
    signer = signers.signer(kind)
    envelope = sealed(tmp_path, signer, nonce=nonce, include_certificate=True)
    envelope.write_bytes(b"Mon Nov 23 20:31:00.123 UTC\nrouter# " + envelope.read_bytes())
    (tmp_path / "root.pem").write_bytes(signer.certificates[0].public_bytes(Encoding.PEM))
    done = run(commands(kind), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Verified OK" in done.stdout or "Signature Verified Successfully" in done.stdout
    assert "leaf.pem: OK" in done.stdout


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", ["nonce", "cli-output", "signature"])
def test_recipe_refuses(signers, tmp_path, kind, change):
    envelope = sealed(tmp_path, signers.signer(kind), nonce="1580", include_certificate=True)
    value = json.loads(envelope.read_bytes())
    members = value["signature-envelop"]
    if change == "nonce":
        members["nonce"] = "1581"
    elif change == "signature":
        members["signature"] = members["signature"][:40] + ("A" * 4) + members["signature"][44:]
    else:
        value["cli-output"] = value["cli-output"][:-1]
    envelope.write_text(json.dumps(value))
    done = run(commands(kind, chain=False), tmp_path)
    assert done.returncode != 0
    assert "Verified OK" not in done.stdout + done.stderr
    assert "Verified Successfully" not in done.stdout + done.stderr


@pytest.mark.parametrize("q_bits", [224, 256])
def test_openssl_dsa_keys(signers, require_peer, tmp_path, q_bits):
    # Keys of openssl's own making, with both sizes of Q.
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    script = (
        f"openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:{q_bits} "
        "-out parameters.pem && openssl genpkey -paramfile parameters.pem -out dsa.pem"
    )
    made = run(script, tmp_path)
    assert made.returncode == 0, made.stderr
    key = load_pem_private_key((tmp_path / "dsa.pem").read_bytes(), None)
    assert key.parameters().parameter_numbers().q.bit_length() == q_bits
    signer = signers.signer_of(key, "DSA-SHA256")
    sealed(tmp_path, signer, nonce="1580", include_certificate=True)
    done = run(commands("dsa", chain=False), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Verified OK" in done.stdout
