"""Self-enrollment, two tiers: a self-signed root, and a leaf that the root signs and that can be re-keyed without it.

The root's serial number is random and leaves room above it; the leaf takes the next one, and so does every leaf after it.
A number is written down before a certificate with it is made, so that a failure never leads to its second use.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from xrattest.config.model import SYSTEM_TRUSTPOINT, KeyPairSettings, Settings, TrustpointSettings
from xrattest.config.secrets import resolve
from xrattest.errors import PkiError
from xrattest.pki.key_usage import key_usage
from xrattest.pki.keys import KeyKind, PrivateKey, PublicKey, as_public_key, kind_of, spki_der
from xrattest.pki.keystore import KeyStore
from xrattest.pki.names import HostIdentity, leaf_name, printed, root_name
from xrattest.pki.trustpoint import Trustpoint, TrustpointStore

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
"""The setting `message-digest` to the hash that certificates and RSA envelopes are signed with."""

_NEW_ROOT = "`--new-root` makes a new root, which verifiers must then be given"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What enrolling made, and what its maker should know (`notes`, one sentence each)."""

    trustpoint: Trustpoint
    new_root: bool
    notes: tuple[str, ...]


def settings_of(settings: Settings, name: str) -> TrustpointSettings:
    """Return the settings of a trustpoint. Raises `PkiError` when the configuration has none of that name."""
    found = settings.trustpoints.get(name)
    if found is None:
        raise PkiError(
            f"no trustpoint {name} is configured: `xrattest config set trustpoints.{name}.enrollment self` adds it"
        )
    return found


def passphrase_of(settings: TrustpointSettings) -> bytes | None:
    """Return the trustpoint's passphrase; None when none is configured. Raises `ConfigError` when it cannot be read."""
    return None if settings.passphrase is None else resolve(settings.passphrase)


def ensure_system_trustpoint(
    state_dir: Path, settings: Settings, *, clock: Callable[[], datetime] = _now
) -> Enrollment | None:
    """Make keys and certificates of `system-trustpoint` on first use; None when they are there already.

    Two concurrent first uses make one trustpoint. Raises `PkiError`, `ConfigError`, `OSError`.
    """
    store = TrustpointStore(state_dir)
    found = store.find(SYSTEM_TRUSTPOINT)
    if found is not None and found.leaf is not None:
        return None
    enrolling = SelfEnrollment(state_dir, settings, SYSTEM_TRUSTPOINT, clock=clock)
    with store.lock():
        found = store.find(SYSTEM_TRUSTPOINT)
        if found is not None and found.leaf is not None:
            return None
        return enrolling.run_locked()


def enroll(
    state_dir: Path,
    settings: Settings,
    name: str,
    *,
    new_root: bool = False,
    clock: Callable[[], datetime] = _now,
) -> Enrollment:
    """Issue a leaf for the trustpoint's key pair, below its root; the root is made when absent or when asked for.

    Key pairs that do not exist are generated. Raises `PkiError`, `KeyPolicyError`, `ConfigError`, `OSError`.
    """
    enrolling = SelfEnrollment(state_dir, settings, name, clock=clock)
    with TrustpointStore(state_dir).lock():
        return enrolling.run_locked(new_root=new_root)


class SelfEnrollment:
    """One enrollment of one trustpoint."""

    def __init__(
        self, state_dir: Path, settings: Settings, name: str, *, clock: Callable[[], datetime]
    ) -> None:
        self._name = name
        self._settings = settings_of(settings, name)
        self._host = HostIdentity.of(settings)
        self._passphrase = passphrase_of(self._settings)
        self._keys = KeyStore(state_dir, clock=clock)
        self._store = TrustpointStore(state_dir)
        self._clock = clock
        self._notes: list[str] = []

    def run_locked(self, *, new_root: bool = False) -> Enrollment:
        """Enroll; the caller holds the store's lock."""
        before = self._store.find(self._name)
        new_root = new_root or before is None or before.root is None
        self._check_names()
        if not new_root:
            self._check_root_key_exists()
        root_key, leaf_key = self._key(self._settings.ca_keypair), self._key(self._settings.keypair)
        if spki_der(root_key.public_key()) == spki_der(leaf_key.public_key()):
            raise PkiError("root and leaf have the same key")
        state = self._with_new_root(root_key) if new_root else self._checked(before, root_key)
        # The first save of a new root and its leaf is one save; a re-key first writes down the number that it takes.
        state = replace(state, last_serial=state.last_serial + 1)
        if not new_root:
            self._store.save(state)
        state = replace(state, leaf=self._issue_leaf(state, root_key, leaf_key.public_key()))
        self._store.save(state)
        return Enrollment(state, new_root, tuple(self._notes))

    def _check_names(self) -> None:
        if leaf_name(self._settings, self._host) == root_name(self._settings, self._host):
            raise PkiError(
                "subject-name and subject-name-ca-certificate give the same name: the leaf would look self-signed"
            )

    def _check_root_key_exists(self) -> None:
        pair = self._settings.ca_keypair
        if not self._keys.exists(pair.type, pair.label):
            raise PkiError(f"there is no {pair.type} key {pair.label} to sign with as the root: {_NEW_ROOT}")

    def _key(self, pair: KeyPairSettings) -> PrivateKey:
        if not self._keys.exists(pair.type, pair.label):
            self._keys.generate(pair.type, pair.label, passphrase=self._passphrase)
            self._notes.append(f"generated the {pair.type} key {pair.label}")
        elif self._passphrase is not None and not self._keys.info(pair.type, pair.label).protected:
            self._notes.append(
                f"the key {pair.label} was made without the passphrase that is configured now: make it anew"
            )
        return self._keys.load(pair.type, pair.label, self._passphrase)

    def _checked(self, state: Trustpoint | None, root_key: PrivateKey) -> Trustpoint:
        """Return `state` if its root can sign a leaf now."""
        if state is None or state.root is None:
            raise PkiError(f"trustpoint {self._name} has no root")
        if spki_der(root_key.public_key()) != spki_der(as_public_key(state.root.public_key())):
            raise PkiError(
                f"the key {self._settings.ca_keypair.label} is not the one of the root certificate: {_NEW_ROOT}"
            )
        if state.root.not_valid_after_utc <= self._clock():
            raise PkiError(
                f"the root certificate expired at {state.root.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}: {_NEW_ROOT}"
            )
        if state.root.subject != root_name(self._settings, self._host):
            self._notes.append(f"the root keeps its name {printed(state.root.subject)}: {_NEW_ROOT}")
        return state

    def _with_new_root(self, key: PrivateKey) -> Trustpoint:
        # 63 bits: positive, eight octets in DER, at least 2^62 numbers above it for leaves (RFC 5280 §4.1.2.2: 20 octets).
        serial = secrets.randbits(62) | 1 << 61
        name = root_name(self._settings, self._host)
        start = self._clock().astimezone(UTC).replace(microsecond=0)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .serial_number(serial)
            .public_key(key.public_key())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=self._settings.lifetime_ca_certificate))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                self._usage(self._settings.key_usage_ca_certificate, key.public_key(), "root"), critical=True
            )
            .add_extension(identifier, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
            )
        )
        return Trustpoint(self._name, self._sign(builder, key), None, serial)

    def _issue_leaf(self, state: Trustpoint, root_key: PrivateKey, key: PublicKey) -> x509.Certificate:
        assert state.root is not None
        start = self._clock().astimezone(UTC).replace(microsecond=0)
        issuer = state.root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = (
            x509.CertificateBuilder()
            .subject_name(leaf_name(self._settings, self._host))
            .issuer_name(state.root.subject)
            .serial_number(state.last_serial)
            .public_key(key)
            .not_valid_before(start)
            .not_valid_after(self._leaf_end(start, state.root))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(self._usage(self._settings.key_usage_certificate, key, "leaf"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False
            )
        )
        return self._sign(builder, root_key)

    def _leaf_end(self, start: datetime, root: x509.Certificate) -> datetime:
        days = self._settings.lifetime_certificate
        end = start + timedelta(days=days)
        if end <= root.not_valid_after_utc:
            return end
        self._notes.append(f"the leaf ends with its root at {root.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}, "
                           f"before its {days} days are over")  # fmt: skip
        return root.not_valid_after_utc

    def _usage(self, words: tuple[str, ...], key: PublicKey, which: str) -> x509.KeyUsage:
        kind = kind_of(key)
        usage, left_out = key_usage(words, kind)
        if left_out:
            self._notes.append(
                f"{which}: key usage {', '.join(left_out)} left out: a key of type {kind} cannot do it"
            )
        return usage

    def _hash_for(self, kind: KeyKind) -> hashes.HashAlgorithm | None:
        wanted = self._settings.message_digest
        if kind is KeyKind.ED25519:
            return None
        if kind is KeyKind.DSA and wanted != "sha256":
            # RFC 5758 §3.1 defines DSA with SHA-224 and SHA-256 only; OpenSSL does not verify the others.
            note = f"a DSA key signs certificates over sha256, not {wanted}"
            self._notes += [] if note in self._notes else [note]
            wanted = "sha256"
        return HASHES[wanted]

    def _sign(self, builder: x509.CertificateBuilder, key: PrivateKey) -> x509.Certificate:
        algorithm = self._hash_for(kind_of(key))
        try:
            return builder.sign(key, algorithm)  # type: ignore[arg-type]  # the union is wider than the overloads, not than the code
        except ValueError as error:
            raise PkiError(f"trustpoint {self._name}: the certificate cannot be signed: {error}") from error
