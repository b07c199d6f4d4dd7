"""The state of a trustpoint: root, leaf and serial counter in ONE file, so that no crash leaves a leaf without its root."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from xrattest.durable import exclusive_lock, sync_directory
from xrattest.errors import PkiError
from xrattest.pki.files import private_directory, replace_private
from xrattest.pki.keys import check_label

FORMAT = 1
MAX_BUNDLE = 1 << 20


@dataclass(frozen=True, slots=True)
class Trustpoint:
    """A trustpoint as enrolled. `last_serial` is the highest serial number ever reserved under this root."""

    name: str
    root: x509.Certificate | None
    leaf: x509.Certificate | None
    last_serial: int

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER certificates, root first, leaf last; whichever exist."""
        return tuple(one.public_bytes(Encoding.DER) for one in (self.root, self.leaf) if one is not None)


class TrustpointStore:
    """The trustpoints below one state directory: `<state>/trustpoints/<name>.json`."""

    def __init__(self, state_dir: Path) -> None:
        self._base = state_dir

    def path(self, name: str) -> Path:
        """Return where the trustpoint's bundle lies or would lie. Raises `KeyPolicyError` for a name that is none."""
        return self._base / "trustpoints" / f"{check_label(name)}.json"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock of everything that makes or changes keys and certificates here. Raises `OSError`."""
        place = private_directory(self._base) / "pki.lock"
        with exclusive_lock(place):
            place.chmod(0o600)
            yield

    def find(self, name: str) -> Trustpoint | None:
        """Return a trustpoint, None when it was never enrolled. Raises `PkiError` when its bundle is damaged, `OSError`."""
        path = self.path(name)
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BUNDLE + 1)
        except FileNotFoundError:
            return None
        try:
            return _decode(content, path.stem)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise PkiError(f"{path}: damaged trustpoint: {error}") from error

    def get(self, name: str) -> Trustpoint:
        """Return a trustpoint. Raises `PkiError` when it was never enrolled or is damaged, `OSError`."""
        found = self.find(name)
        if found is None:
            raise PkiError(
                f"trustpoint {name} is not enrolled: `xrattest pki trustpoint enroll {name}` does it"
            )
        return found

    def names(self) -> list[str]:
        """Return the names of the trustpoints that have state here, sorted."""
        return sorted(path.stem for path in (self._base / "trustpoints").glob("[!.]*.json"))

    def save(self, trustpoint: Trustpoint) -> None:
        """Replace the trustpoint's bundle, whole. Raises `OSError`."""
        private_directory(self._base, "trustpoints")
        record = {
            "xrattest-trustpoint": FORMAT,
            "name": trustpoint.name,
            "last-serial": str(trustpoint.last_serial),
            "root": _encode(trustpoint.root),
            "leaf": _encode(trustpoint.leaf),
        }
        replace_private(self.path(trustpoint.name), json.dumps(record, indent=1).encode() + b"\n")

    def delete(self, name: str) -> None:
        """Remove the trustpoint's state; its keys stay. Raises `PkiError` when there is none, `OSError`."""
        path = self.path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            raise PkiError(f"trustpoint {name} is not enrolled: nothing to delete") from None
        sync_directory(path.parent)


def _encode(certificate: x509.Certificate | None) -> str | None:
    return None if certificate is None else base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def _decode(content: bytes, name: str) -> Trustpoint:
    if len(content) > MAX_BUNDLE:
        raise ValueError(f"longer than {MAX_BUNDLE} bytes")
    record = json.loads(content)
    if record["xrattest-trustpoint"] != FORMAT or record["name"] != name:
        raise ValueError(f"format {record['xrattest-trustpoint']!r} of trustpoint {record['name']!r}")
    root, leaf = (
        None
        if record[part] is None
        else x509.load_der_x509_certificate(base64.b64decode(record[part], validate=True))
        for part in ("root", "leaf")
    )
    if leaf is not None and root is None:
        raise ValueError("a leaf without its root")
    return Trustpoint(name, root, leaf, int(record["last-serial"]))
