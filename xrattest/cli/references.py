"""Options that name reference values, and what a command makes of them before anything is judged."""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xrattest import strictjson
from xrattest.durable import atomic_file
from xrattest.errors import EnvelopeError, InputError

if TYPE_CHECKING:
    from xrattest.verify.ima.policy import ImaPolicy
    from xrattest.verify.ima.rules import Rules
    from xrattest.verify.kgv import KgvError, KgvFile

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

STATE_LIMIT = 1 << 20
"""Largest file of `--kgv-state`, in bytes."""


class KeyDigest(click.ParamType[bytes]):
    """SHA-256 of a key's SubjectPublicKeyInfo."""

    name = "hex"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:  # noqa: ANN401 - click's signature
        """Parse 64 hexadecimal digits; fails the command line on anything else."""
        if isinstance(value, bytes):
            return value
        try:
            digest = bytes.fromhex(value)
        except ValueError:
            digest = b""
        if len(digest) != 32:
            self.fail(
                "the SHA-256 of a public key (SubjectPublicKeyInfo) has 64 hexadecimal digits", param, ctx
            )
        return digest


@dataclass(frozen=True, slots=True)
class ReferenceOptions:
    """What the command line named."""

    keylime: tuple[Path, ...]
    kgv: tuple[Path, ...]
    kgv_anchors: tuple[Path, ...]
    kgv_signers: tuple[bytes, ...]
    kgv_min_sequence: int
    kgv_state: Path | None

    def rules(self, policy: ImaPolicy, kgv: Mapping[str, KgvFile | KgvError]) -> Rules:
        """Make the rules of a policy, of Keylime's and of accepted known good values. Raises `InputError`, `ConfigError`."""
        from xrattest.verify.ima.policy import merged
        from xrattest.verify.ima.rules import Rules
        from xrattest.verify.keylime import read_keylime
        from xrattest.verify.kgv import KgvFile

        others = []
        for path in self.keylime:
            found = read_keylime(path)
            for note in found.notes:
                click.echo(f"xrattest: {path}: {note}", err=True)
            others.append(found.policy)
        accepted = [found for found in kgv.values() if isinstance(found, KgvFile)]
        good = (pair for found in accepted for pair in found.values.measured())
        return Rules(merged(policy, *others), good)

    def read_kgv(
        self, spool: Path, at: datetime, *, devices: Sequence[bytes] = ()
    ) -> dict[str, KgvFile | KgvError]:
        """Open and judge every file of known good values; raises `InputError` for one that is no envelope, `OSError`."""
        from xrattest.envelope import open_envelope
        from xrattest.verify.certificates import read_pem
        from xrattest.verify.kgv import KgvError, KgvTrust, read_kgv

        trust = KgvTrust(
            [der for path in self.kgv_anchors for der in read_pem(path)],
            self.kgv_signers,
            self.kgv_min_sequence,
            self._seen(),
        )
        judged: dict[str, KgvFile | KgvError] = {}
        for path in self.kgv:
            place = spool / f"kgv-{secrets.token_hex(8)}"
            place.mkdir()
            try:
                judged[str(path)] = read_kgv(open_envelope(path, place), trust, at, devices=devices)
            except (EnvelopeError, KgvError) as error:
                judged[str(path)] = KgvError(str(error))
        return judged

    def remember(self, kgv: Mapping[str, KgvFile | KgvError]) -> None:
        """Keep the highest sequence of every publisher in the state file, where one was named. Raises `OSError`."""
        from xrattest.verify.kgv import KgvFile

        if self.kgv_state is None:
            return
        seen = dict(self._seen())
        for found in kgv.values():
            if isinstance(found, KgvFile):
                seen[found.source] = max(seen.get(found.source, 0), found.values.sequence)
        with atomic_file(self.kgv_state) as file:
            file.write(json.dumps({"kgv-sequences": seen}, ensure_ascii=False, indent=2).encode() + b"\n")

    def _seen(self) -> Mapping[str, int]:
        if self.kgv_state is None or not self.kgv_state.exists():
            return {}
        with self.kgv_state.open("rb") as file:
            value = strictjson.loads(file.read(STATE_LIMIT + 1), max_size=STATE_LIMIT)
        seen = value.get("kgv-sequences") if isinstance(value, dict) else None
        if not isinstance(seen, dict) or not all(type(number) is int for number in seen.values()):
            raise InputError(f"{self.kgv_state}: no state of known good values")
        return seen


_OPTIONS = (
    click.option("--keylime", type=_FILE, multiple=True, metavar="FILE",
                 help="Reference values of a Keylime runtime policy (repeatable)."),
    click.option("--kgv", type=_FILE, multiple=True, metavar="FILE",
                 help="Signed known good values (repeatable)."),
    click.option("--kgv-anchor", "kgv_anchors", type=_FILE, multiple=True, metavar="PEM",
                 help="Root certificates of publishers of known good values (repeatable)."),
    click.option("--kgv-signer", "kgv_signers", type=KeyDigest(), multiple=True, metavar="HEX",
                 help="SHA-256 of the public key that may sign them, instead of any with the publishers' key usage."),
    click.option("--kgv-min-sequence", type=click.IntRange(min=0), default=0, metavar="N",
                 help="Refuse known good values with a lower sequence."),
    click.option("--kgv-state", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                 help="Remember the sequences seen here, and refuse lower ones."),
)  # fmt: skip


def reference_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of reference values, as one argument `references`."""

    @functools.wraps(command)
    def wrapper(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - click's callbacks take anything
        named = {name: options.pop(name) for name in ReferenceOptions.__dataclass_fields__}
        return command(*args, references=ReferenceOptions(**named), **options)

    decorated: Callable[..., Any] = wrapper
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
