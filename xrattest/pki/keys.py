"""Kinds of key pairs, the one table of what the key policy allows, and making keys.

Sizes follow NIST SP 800-131A (112 bits of security: RSA and DSA from 2048 bits); 1024 bits exist for old peers only and
must be asked for by name (`legacy`). DSA has the three sizes of FIPS 186-4 §4.2 at or above the floor.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from xrattest.config.model import KeyKind
from xrattest.errors import KeyPolicyError, PkiError

__all__ = [
    "DEFAULT_LABEL",
    "POLICY",
    "KeyKind",
    "PrivateKey",
    "PublicKey",
    "SizePolicy",
    "as_private_key",
    "as_public_key",
    "check_label",
    "check_passphrase",
    "check_size",
    "fits_policy",
    "generate",
    "kind_of",
    "size_of",
    "spki_der",
]

PrivateKey = rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

DEFAULT_LABEL = "the_default"
"""The label of a key that is generated without one."""

LEGACY_SIZE = 1024
MIN_PASSPHRASE, MAX_PASSPHRASE = 8, 1024
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}")


@dataclass(frozen=True, slots=True)
class SizePolicy:
    """Sizes in bits that a kind of key may have; `sizes` lists them where not every one in the range exists."""

    default: int
    floor: int
    ceiling: int
    sizes: tuple[int, ...] = ()
    legacy: bool = False
    """Whether 1024 bits can be asked for."""

    def __str__(self) -> str:
        if self.floor == self.ceiling:
            return str(self.floor)
        return (
            ", ".join(map(str, self.sizes))
            if self.sizes
            else f"{self.floor} to {self.ceiling}, a multiple of 8"
        )

    def allows(self, size: int) -> bool:
        """Tell whether `size` is inside the policy without `legacy`."""
        return size in self.sizes if self.sizes else self.floor <= size <= self.ceiling and size % 8 == 0


POLICY: dict[KeyKind, SizePolicy] = {
    KeyKind.RSA: SizePolicy(2048, 2048, 4096, legacy=True),
    KeyKind.DSA: SizePolicy(2048, 2048, 4096, sizes=(2048, 3072, 4096), legacy=True),
    KeyKind.ECDSA_P256: SizePolicy(256, 256, 256),
    KeyKind.ECDSA_P384: SizePolicy(384, 384, 384),
    KeyKind.ECDSA_P521: SizePolicy(521, 521, 521),
    KeyKind.ED25519: SizePolicy(256, 256, 256),
}

_CURVES: dict[KeyKind, ec.EllipticCurve] = {
    KeyKind.ECDSA_P256: ec.SECP256R1(),
    KeyKind.ECDSA_P384: ec.SECP384R1(),
    KeyKind.ECDSA_P521: ec.SECP521R1(),
}
_KIND_OF_CURVE = {curve.name: kind for kind, curve in _CURVES.items()}

_GENERATORS: dict[KeyKind, Callable[[int], PrivateKey]] = {
    KeyKind.RSA: lambda size: rsa.generate_private_key(public_exponent=65537, key_size=size),
    KeyKind.DSA: dsa.generate_private_key,
    KeyKind.ED25519: lambda _: ed25519.Ed25519PrivateKey.generate(),
    **{kind: lambda _, curve=curve: ec.generate_private_key(curve) for kind, curve in _CURVES.items()},  # type: ignore[misc]  # mypy does not infer a lambda's default
}


def check_size(kind: KeyKind, size: int | None, *, legacy: bool = False) -> int:
    """Return `size` in bits, or the kind's default. Raises `KeyPolicyError` with the range and the reason."""
    policy = POLICY[kind]
    if size is None:
        return policy.default
    if policy.allows(size) or (legacy and policy.legacy and size == LEGACY_SIZE):
        return size
    if not policy.legacy:
        raise KeyPolicyError(f"{kind} keys have {policy} bits, not {size}")
    if size == LEGACY_SIZE:
        raise KeyPolicyError(f"{kind} {size} bits: breakable by a well-funded attacker (NIST SP 800-131A); --legacy allows it, "
                             f"verifiers still call it weak. Allowed without: {policy}")  # fmt: skip
    reason = "too weak to prove anything" if size < policy.floor else "no such size"
    raise KeyPolicyError(f"{kind} {size} bits: {reason}; allowed are {policy}, and 1024 with --legacy")


def check_label(label: str) -> str:
    """Return `label`, or `the_default` when it is empty. Raises `KeyPolicyError`: a label names a file."""
    if not label:
        return DEFAULT_LABEL
    if not _LABEL.fullmatch(label):
        raise KeyPolicyError(f"label {label!r}: 1 to 127 of A-Z a-z 0-9 _ . -, not starting with . or -")
    return label


def check_passphrase(passphrase: bytes) -> bytes:
    """Return `passphrase`. Raises `KeyPolicyError` when it is too short to slow a guesser down."""
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise KeyPolicyError(
            f"a passphrase has {MIN_PASSPHRASE} to {MAX_PASSPHRASE} bytes, not {len(passphrase)}"
        )
    return passphrase


def generate(kind: KeyKind, size: int | None = None, *, legacy: bool = False) -> PrivateKey:
    """Make a key pair of `size` bits (default of the policy). Raises `KeyPolicyError`."""
    return _GENERATORS[kind](check_size(kind, size, legacy=legacy))


def as_private_key(key: object) -> PrivateKey:
    """Return `key` if it is of a kind that xrattest uses. Raises `PkiError`."""
    kind_of(key)
    if not isinstance(key, PrivateKey):
        raise PkiError(f"{type(key).__name__} is no private key")
    return key


def as_public_key(key: object) -> PublicKey:
    """Return `key` if it is of a kind that xrattest uses. Raises `PkiError`."""
    kind_of(key)
    if not isinstance(key, PublicKey):
        raise PkiError(f"{type(key).__name__} is no public key")
    return key


def kind_of(key: object) -> KeyKind:
    """Return the kind of a private or public key. Raises `PkiError` for a kind that xrattest does not use."""
    match key:
        case rsa.RSAPrivateKey() | rsa.RSAPublicKey():
            return KeyKind.RSA
        case dsa.DSAPrivateKey() | dsa.DSAPublicKey():
            return KeyKind.DSA
        case ed25519.Ed25519PrivateKey() | ed25519.Ed25519PublicKey():
            return KeyKind.ED25519
        case ec.EllipticCurvePrivateKey() | ec.EllipticCurvePublicKey() if key.curve.name in _KIND_OF_CURVE:
            return _KIND_OF_CURVE[key.curve.name]
        case ec.EllipticCurvePrivateKey() | ec.EllipticCurvePublicKey():
            raise PkiError(f"curve {key.curve.name} is none of nistp256, nistp384, nistp521")
    raise PkiError(f"{type(key).__name__} is none of RSA, DSA, ECDSA, Ed25519")


def size_of(key: PrivateKey | PublicKey) -> int:
    """Return the size in bits: modulus, field or 256 for Ed25519."""
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return 256
    return key.key_size


def fits_policy(key: PublicKey) -> bool:
    """Tell whether a key that someone else made is inside the policy, odd sizes up to any length included."""
    return size_of(key) >= POLICY[kind_of(key)].floor


def spki_der(key: PublicKey) -> bytes:
    """Return the SubjectPublicKeyInfo of a public key, DER (RFC 5280 §4.1)."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
