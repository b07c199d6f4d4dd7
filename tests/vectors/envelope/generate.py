"""Makes the envelopes of this folder anew: `python generate.py [DIRECTORY]`, the folder itself when none is named."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from xrattest.envelope import seal

HERE = Path(__file__).parent

TEXTS = {
    "plain": "Cisco IOS XR Software, Version 7.3.1\n",
    "empty": "",
    "unicode": 'quotes "\\", control \x01\t\r\n\x7f, é, €, \U0001f600, \u2028, no final newline',
}

# name: (text, key, algorithm, nonce, include the certificates)
ENVELOPES: dict[str, tuple[str, str, str, str | None, bool]] = {
    "rsa-sha256": ("plain", "rsa", "RSA-SHA256", "1580", True),
    "rsa-sha384": ("unicode", "rsa", "RSA-SHA384", "00", False),
    "rsa-sha512": ("empty", "rsa", "RSA-SHA512", None, False),
    "ed25519": ("plain", "ed25519", "ED25519", "ff" * 64, True),
    "ed25519-no-nonce": ("unicode", "ed25519", "ED25519", None, False),
    "ed25519-empty": ("empty", "ed25519", "ED25519", "1580", False),
}


def generate(directory: Path) -> None:
    """Write every text and envelope into `directory`."""
    spec = importlib.util.spec_from_file_location("signers", HERE.parents[1] / "signers.py")
    assert spec is not None
    assert spec.loader is not None
    signers = sys.modules["signers"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(signers)
    for name, text in TEXTS.items():
        (directory / f"{name}.txt").write_bytes(text.encode())
    for name, (text, key, algorithm, nonce, certificates) in ENVELOPES.items():
        signer = signers.signer_from_pem(HERE / "keys" / f"{key}.pem", algorithm)
        with (directory / f"{name}.json").open("wb") as out:
            seal(directory / f"{text}.txt", out, signer, nonce=nonce, include_certificate=certificates)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
