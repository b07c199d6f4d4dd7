"""`make run`: the main job, on this host, with nothing configured.

Collects a dossier, signs it, exports the root certificate as a verifier would receive it once, out of band, and verifies.
Keys and results stay in `.run/` beside the checkout; remove that directory and nothing of the run is left.
"""

from __future__ import annotations

import secrets
import shlex
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PLACE = REPOSITORY / ".run"
XRATTEST = [str(Path(sys.executable).with_name("xrattest")), "--state-dir", str(PLACE / "state")]


def run(*arguments: str, usable: tuple[int, ...] = (0,)) -> int:
    """Show and run one command; leave with its status when it is not `usable`."""
    shown = shlex.join(["xrattest", *arguments]).replace(f"{REPOSITORY}/", "")
    sys.stdout.write(f"$ {shown}\n")
    sys.stdout.flush()
    status = subprocess.run([*XRATTEST, *arguments], check=False).returncode
    if status not in usable:
        sys.exit(status)
    return status


def main() -> None:
    """Attest, export the trust anchor, verify."""
    PLACE.mkdir(mode=0o700, exist_ok=True)
    nonce = secrets.token_hex(16)
    envelope, root = str(PLACE / "envelope.json"), str(PLACE / "root.pem")
    # 3: signed and complete, but some evidence is Partial (a file this user may not read); the dossier says which.
    run("attest", "--nonce", nonce, "-o", envelope, *sys.argv[1:], usable=(0, 3))
    run("pki", "certificate", "export", "--root", "-o", root)
    run("verify", envelope, "--trust-anchor", root, "--nonce", nonce)


if __name__ == "__main__":
    main()
