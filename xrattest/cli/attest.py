"""`xrattest attest`: collect and sign in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xrattest.cli.dossier_options import dossier_options, make_request, output_of, progress_shown, tell
from xrattest.cli.options import App, output_file, this_app
from xrattest.config.model import SYSTEM_TRUSTPOINT

if TYPE_CHECKING:
    from xrattest.envelope import Signer

FIRST_USE = (
    "made a self-signed system-trustpoint: it proves plumbing, not trust, until a verifier holds its root "
    "(`xrattest pki certificate export --root`)"
)


@click.command()
@dossier_options
@click.option(
    "--trustpoint",
    default=SYSTEM_TRUSTPOINT,
    show_default=True,
    metavar="NAME",
    help="Sign with this trustpoint's key.",
)
def attest(trustpoint: str, **given: Any) -> int:  # noqa: ANN401 - the options of dossier_options
    """Collect evidence and sign it, certificates included, in an envelope on standard output.

    The first use makes keys and certificates of a self-signed system-trustpoint. Exit status 3: written, but some evidence
    is missing.

    \b
    Example:
      xrattest attest --nonce 1580 -o envelope.json
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.attest import attest as collect_and_sign
    from xrattest.attest.collect import check_nonce, choose_collectors

    app = this_app()
    request = make_request(app, given)
    # Refuse what is refused anyway before a key is made for it.
    check_nonce(request.nonce)
    choose_collectors(app.host, request.include)
    signer = _signer(app, trustpoint)
    with progress_shown(app) as progress, output_file(output_of(given)) as out:
        summary = collect_and_sign(app.host, app.settings, request, signer, out, progress=progress)
    return tell(app, request, summary)


def _signer(app: App, trustpoint: str) -> Signer:
    from xrattest.pki.enroll_self import ensure_system_trustpoint
    from xrattest.pki.signer import TrustpointSigner

    state_dir = app.locations.state_dir
    if trustpoint == SYSTEM_TRUSTPOINT:
        enrollment = ensure_system_trustpoint(state_dir, app.settings)
        if enrollment is not None:
            click.echo(f"xrattest: {FIRST_USE}", err=True)
            for note in enrollment.notes:
                click.echo(f"xrattest: {note}", err=True)
    return TrustpointSigner.open(state_dir, app.settings, trustpoint)
