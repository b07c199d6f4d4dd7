"""Key pairs on disk: `<state>/keys/<kind>/<label>.key`, directories 0700, files 0600, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from xrattest.errors import PkiError
from xrattest.pki import keyfile
from xrattest.pki.files import destroy, private_directory, read_private, write_private
from xrattest.pki.keyfile import StoredKey
from xrattest.pki.keys import KeyKind, PrivateKey, check_label, check_passphrase, generate

ZEROIZE_NOTE = (
    "The file was overwritten and removed. A journal, a snapshot, a copy-on-write file system, flash storage or a backup "
    "may still hold old copies of an unprotected key."
)


def _now() -> datetime:
    return datetime.now(UTC)


class KeyStore:
    """The key pairs below one state directory."""

    def __init__(self, state_dir: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self._base = state_dir
        self._clock = clock

    def path(self, kind: KeyKind, label: str = "") -> Path:
        """Return where the key pair lies or would lie. Raises `KeyPolicyError` for a label that is none."""
        return self._base / "keys" / kind.value / f"{check_label(label)}.key"

    def exists(self, kind: KeyKind, label: str = "") -> bool:
        """Tell whether there is such a key pair."""
        return self.path(kind, label).exists()

    def generate(  # noqa: PLR0913 - each is a choice of the operator
        self,
        kind: KeyKind,
        label: str = "",
        *,
        size: int | None = None,
        legacy: bool = False,
        passphrase: bytes | None = None,
        replace: bool = False,
    ) -> StoredKey:
        """Make and keep a key pair. Raises `KeyPolicyError`, `PkiError` (it exists and `replace` is off), `OSError`."""
        path = self.path(kind, label)
        if passphrase is not None:
            check_passphrase(passphrase)
        if path.exists() and not replace:
            raise _taken(kind, path.stem)
        key = generate(kind, size, legacy=legacy)
        facts = keyfile.describe(key, path.stem, self._clock(), protected=passphrase is not None)
        private_directory(self._base, "keys", kind.value)
        try:
            write_private(path, keyfile.encode(key, facts, passphrase), replace=replace)
        except FileExistsError:
            raise _taken(kind, path.stem) from None
        return facts

    def info(self, kind: KeyKind, label: str = "") -> StoredKey:
        """Return what is known of a key pair without its passphrase. Raises `PkiError`, `OSError`."""
        path = self.path(kind, label)
        content = self._read(kind, path)
        with _naming(path):
            facts = keyfile.decode_facts(content)
        # The record says what it is; a file that was moved must not lend its key to another name.
        if (facts.kind, facts.label) != (kind, path.stem):
            raise PkiError(f"{path}: holds the {facts.kind} key {facts.label}")
        return facts

    def load(self, kind: KeyKind, label: str = "", passphrase: bytes | None = None) -> PrivateKey:
        """Return the private key. Raises `PkiError` (absent, damaged, passphrase missing or wrong), `OSError`."""
        self.info(kind, label)
        path = self.path(kind, label)
        content = self._read(kind, path)
        with _naming(path):
            return keyfile.decode_key(content, passphrase)

    def list(self) -> list[StoredKey]:
        """Return every key pair, by kind and label. Raises `PkiError` for a damaged one, `OSError`."""
        return [
            self.info(kind, path.name.removesuffix(".key"))
            for kind in KeyKind
            for path in sorted((self._base / "keys" / kind.value).glob("[!.]*.key"))
        ]

    def zeroize(self, kind: KeyKind, label: str = "") -> None:
        """Overwrite and remove a key pair (`ZEROIZE_NOTE` says what that can reach). Raises `PkiError`, `OSError`."""
        path = self.path(kind, label)
        if not path.exists():
            raise _absent(kind, path)
        # What a crash in the middle of a write left behind holds a key too.
        for leftover in path.parent.glob(f".{path.name}.*"):
            destroy(leftover)
        destroy(path)

    def _read(self, kind: KeyKind, path: Path) -> bytes:
        try:
            return read_private(path, limit=keyfile.MAX_KEY_FILE)
        except FileNotFoundError:
            raise _absent(kind, path) from None


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except PkiError as error:
        raise PkiError(f"{path}: {error}") from error


def _taken(kind: KeyKind, label: str) -> PkiError:
    return PkiError(f"there is a {kind} key {label} already: --yes replaces it")


def _absent(kind: KeyKind, path: Path) -> PkiError:
    return PkiError(f"no {kind} key {path.stem}: `xrattest pki key generate {kind} {path.stem}` makes one")
