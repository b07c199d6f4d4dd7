"""Collect evidence into a dossier (`collect`), and seal one in an envelope (`attest`)."""

from xrattest.attest.collect import CollectRequest, DossierSummary, collect
from xrattest.attest.seal import attest

__all__ = ["CollectRequest", "DossierSummary", "attest", "collect"]
