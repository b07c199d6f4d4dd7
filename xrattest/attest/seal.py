"""Attest: a dossier collected into a spool and sealed in an envelope, the signer's certificates included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO

from xrattest.attest.collect import CollectRequest, DossierSummary, collect
from xrattest.config.model import Settings
from xrattest.dossier.parts import path_of, spools
from xrattest.envelope import Signer, seal
from xrattest.plugin.host import Host
from xrattest.plugin.runner import Progress


def attest(  # noqa: PLR0913 - as `collect`, and whom the evidence goes through
    host: Host,
    settings: Settings,
    request: CollectRequest,
    signer: Signer,
    out: IO[bytes],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> DossierSummary:
    """Collect a dossier and write it to `out` in a signed envelope; the nonce is inside and outside.

    The signed bytes are made once, in a file that has no name and that nobody else can open. Raises as `collect`, and
    `SigningError` and `PkiError`.
    """
    with spools() as made:
        spool = made.file()
        summary = collect(host, settings, request, spool, progress=progress, clock=clock)
        spool.flush()
        seal(path_of(spool), out, signer, nonce=request.nonce, include_certificate=True)
    return summary
