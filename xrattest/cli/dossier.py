"""`xrattest dossier`: evidence of this host as one JSON object, unsigned."""

from __future__ import annotations

from typing import Any

import click

from xrattest.cli.dossier_options import dossier_options, make_request, output_of, progress_shown, tell
from xrattest.cli.options import output_file, this_app


@click.command()
@dossier_options
def dossier(**given: Any) -> int:  # noqa: ANN401 - the options of dossier_options
    """Collect evidence into a dossier, a JSON object on standard output.

    Each collector runs in a process of its own; one that fails costs its own selector. Exit status 3: written, but some
    evidence is missing.

    \b
    Example:
      xrattest dossier --include packages,reboot-history --nonce 1580 -o dossier.json
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.attest import collect

    app = this_app()
    request = make_request(app, given)
    with progress_shown(app) as progress, output_file(output_of(given)) as out:
        summary = collect(app.host, app.settings, request, out, progress=progress)
    return tell(app, request, summary)
