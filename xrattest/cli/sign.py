"""`xrattest sign`: wrap any command's output in a signed envelope."""

from __future__ import annotations

import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from xrattest.cli.options import max_size_option, nonce_option, output_file, output_option, this_app
from xrattest.config.model import SYSTEM_TRUSTPOINT
from xrattest.envelope import MAX_SIZE, seal
from xrattest.envelope.spool import copy_to_spool


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default="-", metavar="[FILE|-]")
@nonce_option
@click.option(
    "--include-certificate",
    is_flag=True,
    help="Put the signer's certificates into the envelope, root first, leaf last.",
)
@click.option(
    "--trustpoint", default=SYSTEM_TRUSTPOINT, show_default=True, metavar="NAME", help="Sign with its key."
)
@max_size_option(MAX_SIZE, "a text")
@output_option
def sign(
    file: Path,
    nonce: str | None,
    include_certificate: bool,
    trustpoint: str,
    max_size: int,
    output: Path | None,
) -> None:
    """Sign the text in FILE, or on standard input, byte for byte.

    The text is UTF-8 without U+0000; its final newline is part of it. Exit status 2: the text or the nonce is none that is
    signed, and nothing was written.

    \b
    Example:
      uname -a | xrattest sign --nonce 1580 --include-certificate -o envelope.json
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.pki.signer import TrustpointSigner

    app = this_app()
    signer = TrustpointSigner.open(app.locations.state_dir, app.settings, trustpoint)
    # A copy of our own: the text is read more than once, and must be the same each time.
    with tempfile.TemporaryDirectory(prefix="xrattest-sign-") as directory:
        text = Path(directory) / "text"
        name = "standard input" if str(file) == "-" else str(file)
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as source:
            copy_to_spool(source, text, max_size=max_size, what=name)
        with output_file(output) as out:
            seal(text, out, signer, nonce=nonce, include_certificate=include_certificate, name=name)
