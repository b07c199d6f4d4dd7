"""Signing: a text in a file becomes an envelope."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from cryptography import x509

from xrattest import strictjson
from xrattest.envelope import signed_bytes
from xrattest.envelope.algorithms import Algorithm, algorithm_named, verify_signature
from xrattest.envelope.protocols import Signer
from xrattest.errors import EnvelopeError, JsonFormatError, SigningError


def seal(  # noqa: PLR0913 - what is signed, by whom and how; options by name
    source: Path,
    out: IO[bytes],
    signer: Signer,
    *,
    nonce: str | None = None,
    include_certificate: bool = False,
    name: str = "the text",
) -> None:
    """Sign the text in `source` and write the envelope to `out`, with a final newline.

    `source` must not change meanwhile: it is read to check it, to sign it and to write it, so it is a file of the caller's own.
    Nothing is written before the signature is made and verifies with the leaf certificate's key. Memory does not grow with the text.

    Args:
        source: UTF-8 text without U+0000 (see `signed_bytes` for why); it may be empty. It is taken byte for byte.
        out: binary file; where it has a descriptor the text goes there natively.
        signer: key and certificates.
        nonce: the challenge, lower-case hex of even length, 2 to 128 digits; None for none.
        include_certificate: put the signer's chain into the envelope, root first, leaf last.
        name: what errors call the text, since `source` is a copy that the user never saw.

    Raises:
        SigningError: the text or the nonce cannot be signed (the text's byte offset is told), or the key is not the certificate's.
        PkiError: the key does not sign.
        OSError: reading or writing failed.
    """
    try:
        strictjson.check_text(source)
    except JsonFormatError as error:
        raise SigningError(
            f"{name}: byte {error.offset}: {error.reason}; only UTF-8 text without U+0000 is signed"
        ) from error
    try:
        before = signed_bytes.prefix(signed_bytes.CURRENT, nonce)
        algorithm = algorithm_named(signer.algorithm)
    except (ValueError, EnvelopeError) as error:
        raise SigningError(str(error)) from error
    signature = _sign(source, before, algorithm, signer)
    writer = strictjson.JsonWriter(out)
    with writer.object():
        writer.key("cli-output")
        writer.text_from(source)
        writer.member("signature-envelop", _signature_object(signer, nonce, signature, include_certificate))
    out.write(b"\n")


def _sign(source: Path, before: bytes, algorithm: Algorithm, signer: Signer) -> bytes:
    public_key = x509.load_der_x509_certificate(signer.chain[-1]).public_key()
    with signed_bytes.signed_input(algorithm, before, source) as signed:
        if algorithm.digest is None:
            signature = signer.sign_message(signed)
        else:
            signature = signer.sign_digest(bytes(signed))
        try:
            genuine = verify_signature(public_key, algorithm, signed, signature)
        except EnvelopeError as error:
            raise SigningError(f"the signing certificate does not fit the key: {error}") from error
    if not genuine:
        raise SigningError("the signature just made does not verify with the signing certificate's key")
    return signature


def _signature_object(
    signer: Signer, nonce: str | None, signature: bytes, include_certificate: bool
) -> dict[str, str | Sequence[str]]:
    members: dict[str, str | Sequence[str]] = {} if nonce is None else {"nonce": nonce}
    members["signature-version"] = signed_bytes.CURRENT
    members["digest-algorithm"] = signer.algorithm
    members["pub-key-id"] = str(signer.serial_number)
    members["signature"] = _base64(signature)
    if include_certificate:
        members["signing-certificate"] = [_base64(certificate) for certificate in signer.chain]
    return members


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
