"""Appended signatures: template `ima-modsig` (security/integrity/ima/ima_modsig.c).

Field modsig holds the CMS message, d-modsig the digest of the file without it. With signed attributes the kernel records the
digest of those in place of the content's (`pkcs7_get_digest`, crypto/asymmetric_keys/pkcs7_verify.c): both are taken.
"""

from __future__ import annotations

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures.algorithms import BY_NAME
from xrattest.ima.signatures.cms import SignedMessage, parse_cms
from xrattest.ima.signatures.judging import (
    UNSIGNED,
    Measured,
    RefusedError,
    check_keys,
    judged,
)
from xrattest.ima.signatures.keys import KEY_ID_SIZE, Key, Keyring
from xrattest.ima.signatures.outcomes import Judgement, Kind, Result
from xrattest.ima.signatures.proofs import (
    UnsupportedSignatureError,
    digest_of,
    vouches_for_digest,
)


def judge_modsig(keyring: Keyring, measured: Measured, message: bytes) -> Judgement:
    """Judge the CMS message of field modsig against `measured`, the digest of field d-modsig.

    Only the given keys count: the certificates that the message carries are not read.
    """
    if not message:
        return UNSIGNED
    try:
        signed = parse_cms(message)
    except ImaSignatureError as error:
        return Judgement(Kind.MODSIG, Result.INVALID, None, str(error))
    if signed.key_identifier:
        keys = keyring.find_whole(signed.key_identifier)
    else:
        keys = keyring.find_signer(signed.issuer, signed.serial)
    key_id = keys[0].id if keys else signed.key_identifier[-KEY_ID_SIZE:]
    return judged(Kind.MODSIG, key_id.hex() or None, lambda: _check(keys, measured, signed))


def _check(keys: list[Key], measured: Measured, signed: SignedMessage) -> None:
    algorithm, digest = signed.algorithm, measured.digest
    if algorithm is None or signed.is_pss:
        raise UnsupportedSignatureError("its algorithm is none that can be verified")
    fits = BY_NAME.get(measured.algorithm or "") is algorithm
    if digest is None or not fits or len(digest) != algorithm.size:
        raise RefusedError(Result.NOT_CHECKABLE, f"the entry has no {algorithm.name} digest in d-modsig")
    if not keys:
        raise RefusedError(Result.UNKNOWN_KEY, f"no given certificate is that of {_signer(signed)}")
    if signed.attributes is not None:
        of_attributes = digest_of(algorithm, signed.attributes)
        if digest not in {signed.message_digest, of_attributes}:
            raise RefusedError(Result.INVALID, "it is over another content than the one measured")
        digest = of_attributes
    check_keys(keys, lambda key: vouches_for_digest(key, algorithm, digest, signed.signature))


def _signer(signed: SignedMessage) -> str:
    if signed.key_identifier:
        return f"subject key identifier {signed.key_identifier.hex()}"
    return f"serial number {signed.serial:x}"
