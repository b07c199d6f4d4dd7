"""Opening an envelope: its parts decoded, its text in a file of our own, nothing judged yet."""

from __future__ import annotations

import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from xrattest import strictjson
from xrattest.envelope import signed_bytes
from xrattest.envelope.algorithms import algorithm_named, verify_signature
from xrattest.envelope.signature_object import read_signature_object
from xrattest.envelope.spool import copy_to_spool
from xrattest.errors import EnvelopeError, NotAnEnvelopeError

MAX_SIZE = 512 << 20
"""Bytes of an envelope that are read unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """An envelope that keeps to its format. Nothing in it is trusted: signature and certificates are the verifier's to judge."""

    nonce: str | None
    """Lower-case hex; None when the envelope has none."""
    signature_version: str
    digest_algorithm: str
    """One of `xrattest.envelope.algorithms.ALGORITHMS`."""
    pub_key_id: str
    """Decimal serial number that the signer gave for its certificate."""
    signature: bytes
    sudi_signature: bytes | None
    certificates: tuple[bytes, ...]
    """DER as it was sent, root first, leaf last; empty when the envelope carries none."""
    payload: Path
    """The decoded `cli-output`, UTF-8 without U+0000, in a file that belongs to whoever gave the spool directory."""
    payload_size: int
    """Its bytes."""


def open_envelope(path: Path, spool_dir: Path, max_size: int = MAX_SIZE) -> OpenedEnvelope:
    """Read the envelope in `path`, a file or a pipe, and put its text into a new file in `spool_dir`.

    Args:
        path: the envelope; text before its first `{` (at most 64 KiB) is left out, as a device prints the time there.
        spool_dir: directory that only this user can write to; what is made there is mode 0600 and left to the caller.
        max_size: bytes of the envelope that are accepted.

    Raises:
        NotAnEnvelopeError: JSON, but without `cli-output` or without `signature-envelop`.
        JsonFormatError: no JSON object, or one that is malformed (the byte offset is told).
        LimitError: over `max_size`.
        EnvelopeError: an envelope that breaks its format; the text lists every defect that was found.
        OSError: reading or spooling failed.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        # What cannot be read twice is copied first.
        source, path = path, spool_dir / f"envelope-{secrets.token_hex(8)}"
        with source.open("rb") as stream:
            copy_to_spool(stream, path, max_size=max_size, what="the envelope")
    payload = spool_dir / f"cli-output-{secrets.token_hex(8)}"
    try:
        return _open(path, payload, max_size)
    except BaseException:
        payload.unlink(missing_ok=True)
        raise


def _open(path: Path, payload: Path, max_size: int) -> OpenedEnvelope:
    parts = strictjson.split_envelope(path, payload, max_size=max_size)
    if not (parts.has_output and parts.has_signature):
        absent = "signature-envelop" if parts.has_output else "cli-output"
        raise NotAnEnvelopeError(
            f"the JSON object at byte {parts.start} has no {absent}: it is no signed envelope"
        )
    problems = list(parts.problems)
    found = None
    if parts.signature is not None:
        found, defects = read_signature_object(parts.signature)
        problems += defects
    if problems or found is None or parts.payload_size is None:
        raise EnvelopeError("; ".join(problems))
    return OpenedEnvelope(
        nonce=found.nonce,
        signature_version=found.signature_version,
        digest_algorithm=found.digest_algorithm,
        pub_key_id=found.pub_key_id,
        signature=found.signature,
        sudi_signature=found.sudi_signature,
        certificates=found.certificates,
        payload=payload,
        payload_size=parts.payload_size,
    )


def signature_is_genuine(
    opened: OpenedEnvelope, public_key: object, *, signature: bytes | None = None
) -> bool:
    """Tell whether the envelope's signature verifies with `public_key`, over nonce, version and text.

    `signature` replaces the envelope's own, for `sudi-signature`. Raises `EnvelopeError` when `digest-algorithm` is not one of
    that key, `OSError`.
    """
    algorithm = algorithm_named(opened.digest_algorithm)
    before = signed_bytes.prefix(opened.signature_version, opened.nonce)
    with signed_bytes.signed_input(algorithm, before, opened.payload) as signed:
        return verify_signature(
            public_key, algorithm, signed, opened.signature if signature is None else signature
        )
