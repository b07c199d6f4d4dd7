"""Portable EVM signatures of entries that show what they cover: template `evm-sig`, and formats with the same fields.

Such a signature is over the values of the protected extended attributes in the kernel's order, then `struct h_misc` with
owner, group and mode; inode number and generation are zero in it, and no file system is named (`evm_calc_hmac_or_hash` and
`hmac_add_misc`, security/integrity/evm/evm_crypto.c). The entry shows attributes in that same order
(`evm_read_protected_xattrs`, evm_main.c).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from xrattest.errors import ImaSignatureError
from xrattest.ima.signatures.algorithms import BY_NAME
from xrattest.ima.signatures.judging import (
    NO_INODE,
    VERITY,
    Measured,
    RefusedError,
    check_digest,
    judged,
    read_value,
)
from xrattest.ima.signatures.keys import Keyring
from xrattest.ima.signatures.outcomes import Judgement, Kind, Result
from xrattest.ima.signatures.proofs import digest_of
from xrattest.ima.signatures.values import DigestValue, SignatureValue, ValueType, parse_value

IMA_ATTRIBUTE = b"security.ima"
MAX_ATTRIBUTES = 64
"""Most protected attributes of one file; the kernel knows about ten, and an administrator may add to them."""

ByteOrder = Literal["<", ">"]
_IDENTIFIER = 4
_MODE = 2


class InodeFields(NamedTuple):
    """Fields of an entry as they stand in the list; None where the template has no such field."""

    names: bytes | None
    lengths: bytes | None
    values: bytes | None
    uid: bytes | None
    gid: bytes | None
    mode: bytes | None


@dataclass(frozen=True, slots=True)
class Inode:
    """What a portable signature covers."""

    attributes: tuple[tuple[bytes, bytes], ...]
    """Names and values, in the kernel's order."""
    uid: int
    gid: int
    mode: int
    order: ByteOrder
    """Byte order of the list."""

    def attribute(self, name: bytes) -> bytes | None:
        """Return the value of an attribute; None when the file has none of that name."""
        return next((value for own, value in self.attributes if own == name), None)

    def signed_bytes(self) -> Iterator[bytes]:
        """Yield what the signature may be over: the layouts of 64-bit and 32-bit kernels, this byte order first.

        A big-endian kernel booted with `ima_canonical_fmt` writes a little-endian list, and signs its own layout.
        """
        values = b"".join(value for _, value in self.attributes)
        for order in ("<", ">") if self.order == "<" else (">",):
            # ino unsigned long, generation u32, uid u32, gid u32, mode u16, padding to the size of a long.
            yield values + struct.pack(f"{order}QIIIHxx", 0, 0, self.uid, self.gid, self.mode)
            yield values + struct.pack(f"{order}IIIIHxx", 0, 0, self.uid, self.gid, self.mode)


def attributes_of(fields: InodeFields) -> tuple[tuple[tuple[bytes, bytes], ...], ByteOrder] | None:
    """Return the protected attributes and the list's byte order; None without the three fields.

    Raises `ImaSignatureError` with the offset in xattrvalues when names, lengths and values do not fit together.
    """
    if fields.names is None or fields.lengths is None or fields.values is None:
        return None
    names = fields.names.removesuffix(b"\0").split(b"|") if fields.names else []
    count = len(names)
    if count > MAX_ATTRIBUTES:
        raise ImaSignatureError(0, f"the entry names {count} attributes, more than {MAX_ATTRIBUTES}")
    if len(fields.lengths) != 4 * count:
        raise ImaSignatureError(
            0, f"the entry names {count} attributes and has {len(fields.lengths)} bytes of lengths"
        )
    for order in ("<", ">"):
        lengths = struct.unpack(f"{order}{count}I", fields.lengths)
        if sum(lengths) == len(fields.values):
            return tuple(
                zip(names, _split(fields.values, lengths), strict=True)
            ), "<" if order == "<" else ">"
    raise ImaSignatureError(
        0, f"the lengths of attributes do not add up to {len(fields.values)} bytes of values"
    )


def inode_of(fields: InodeFields) -> Inode | None:
    """Return what the fields say of the inode; None when one is missing or empty. Raises `ImaSignatureError`."""
    found = attributes_of(fields)
    if found is None or not fields.uid or not fields.gid or not fields.mode:
        return None
    attributes, order = found
    sizes = (len(fields.uid), len(fields.gid), len(fields.mode))
    if sizes != (_IDENTIFIER, _IDENTIFIER, _MODE):
        raise ImaSignatureError(0, f"owner, group and mode have {sizes} bytes, not 4, 4 and 2")
    endian: Literal["little", "big"] = "little" if order == "<" else "big"
    uid, gid, mode = (int.from_bytes(part, endian) for part in (fields.uid, fields.gid, fields.mode))
    return Inode(attributes, uid, gid, mode, order)


def judge_portable(keyring: Keyring, measured: Measured, value: bytes, fields: InodeFields) -> Judgement:
    """Judge a portable EVM signature, `value`, and that the digest which it covers is the measured one.

    The signature covers `security.ima`: where that is a digest it must be the entry's, else a good signature of another
    content would count. Where it is a signature itself, that one has its own outcome.
    """
    signed = read_value(value)
    if isinstance(signed, Judgement):
        return signed
    return judged(
        Kind.EVM_PORTABLE, signed.key_id.hex(), lambda: _check(keyring, measured, signed, inode_of(fields))
    )


def _check(keyring: Keyring, measured: Measured, signed: SignatureValue, inode: Inode | None) -> None:
    if signed.type is not ValueType.EVM_PORTABLE:
        raise RefusedError(Result.INVALID, "it is no portable EVM signature")
    if inode is None:
        raise RefusedError(Result.NOT_CHECKABLE, NO_INODE)
    covered = inode.attribute(IMA_ATTRIBUTE)
    if covered is None:
        raise RefusedError(Result.INVALID, "it does not cover security.ima, as the kernel demands")
    _check_layouts(keyring, signed, inode)
    _check_content(covered, measured)


def _check_layouts(keyring: Keyring, signed: SignatureValue, inode: Inode) -> None:
    refused: RefusedError | None = None
    for covered in inode.signed_bytes():
        try:
            check_digest(keyring, signed, digest_of(signed.algorithm, covered))
        except RefusedError as error:
            refused = error
        else:
            return
    assert refused is not None
    raise refused


def _check_content(covered: bytes, measured: Measured) -> None:
    """Check that `covered`, a `security.ima` that is a digest, is the measured one. Raises `RefusedError`."""
    vouched = parse_value(covered)
    if isinstance(vouched, SignatureValue):
        return
    if not isinstance(vouched, DigestValue):
        raise RefusedError(Result.NOT_CHECKABLE, f"security.ima, which it covers, is {vouched.reason}")
    if BY_NAME.get(measured.algorithm or "") is not vouched.algorithm or measured.type == VERITY:
        raise RefusedError(
            Result.NOT_CHECKABLE,
            f"it covers a {vouched.algorithm.name} digest of the file, and the entry has another kind",
        )
    if vouched.digest != measured.digest:
        raise RefusedError(Result.INVALID, "it covers another digest of the file than the one measured")


def _split(values: bytes, lengths: tuple[int, ...]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield values[start : start + length]
        start += length
