"""Integrity attestation for any Linux host: collect evidence, sign it, verify it.

Evidence flows one way: a collector (a plugin) reads the host, the dossier gathers what collectors return, the envelope
seals the bytes, the verifier opens them and appraises. `xrattest.plugin` is the door for authors of collectors,
`xrattest.verify` the door for verifiers, `xrattest.errors` the whole exception tree.
"""

__version__ = "0.1.0"
