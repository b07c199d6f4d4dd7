"""Every check id of the verifier, with its meaning in one line; ids are stable, and docs/reference/checks.md explains each.

An appraiser of a plugin adds ids of the form `<appraiser>.<check>`, and `<appraiser>.error` when it could not judge.
"""

from __future__ import annotations

CATALOGUE: dict[str, str] = {
    "envelope.structure": "The envelope has the members of its format, well formed, and no others.",
    "envelope.key-id": "pub-key-id is the serial number of the signing certificate.",
    "envelope.chain": "The signing certificate leads to a given trust anchor, and may sign.",
    "envelope.times": "Every certificate of the path is valid at the judged time.",
    "envelope.signature": "The signature over nonce, version and text verifies with the signing certificate's key.",
    "envelope.sudi-signature": "The signature of a hardware identity verifies.",
    "envelope.nonce": "The signed nonce is the one that was asked for.",
    "envelope.identity": "The signing certificate names the device that was asked for.",
    "envelope.age": "Collection ended no longer ago than was asked for.",
    "dossier.structure": "The signed text is a dossier with the members of its format.",
    "dossier.nonce": "The nonce inside the dossier is the signed one.",
    "dossier.results": "Every selector was collected whole.",
    "ima.self-consistent": "Every entry of the IMA log has the template hash that its content gives.",
    "ima.matches-quote": "The replayed IMA log leads to the PCR value of a TPM quote.",
    "ima.boot-aggregate": "The IMA log was begun on top of the boot that the event log or the PCRs tell of.",
    "ima.signatures": "Every signature of a measured file is that of a given key over what was measured.",
    "ima.continuity": "The IMA log goes on where a TPM vouched for the one in the envelope before.",
    "ima.violations": "The kernel recorded no violation that the policy does not accept.",
    "ima.reference-values": "The reference values that were given know every entry of the IMA log.",
    "boot.self-consistent": "The firmware's event log is whole, and says what was extended where a log can show it.",
    "boot.matches-quote": "The replayed event log leads to the PCR values of a TPM quote.",
    "reference.kgv": "The files of known good values are signed by their publisher, in force and not rolled back.",
}
"""Check id -> meaning."""

ALWAYS_REQUIRED = frozenset({"envelope.structure", "envelope.chain", "envelope.times", "envelope.signature"})
"""Required whatever was asked."""

FAMILIES = frozenset(check_id.partition(".")[0] for check_id in CATALOGUE)
"""First parts of our ids; no appraiser may take one as its name."""
