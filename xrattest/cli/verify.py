"""`xrattest verify`: read what the user names, call the verifier, print the verdict."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xrattest.cli.options import max_size_option, nonce_option, print_json, this_app
from xrattest.cli.references import ReferenceOptions, reference_options
from xrattest.cli.verdicts import print_checks
from xrattest.cli.verify_options import Vouchers, voucher_options
from xrattest.envelope import MAX_SIZE, OpenedEnvelope, open_envelope
from xrattest.envelope.nonce import nonce_bytes
from xrattest.envelope.spool import copy_to_spool
from xrattest.errors import EnvelopeError
from xrattest.verify.certificates import read_pem
from xrattest.verify.policy import Policy, duration, load_policy
from xrattest.verify.verdict import Verdict
from xrattest.verify.verifier import verify as judge

if TYPE_CHECKING:
    from xrattest.plugin.collector import Appraiser


RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Duration(click.ParamType[timedelta]):
    """A duration such as 10m."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401 - click's signature
        """Parse `10m` to ten minutes; fails the command line on anything else."""
        if isinstance(value, timedelta):
            return value
        try:
            return duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Instant(click.ParamType[datetime]):
    """An RFC 3339 date and time with its offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - click's signature
        """Parse `2026-11-23T10:00:00Z`; fails the command line on anything else, a missing offset included."""
        if isinstance(value, datetime):
            return value
        instant = _instant(str(value))
        if instant is None:
            self.fail(f"{value!r} is not an RFC 3339 time such as 2026-11-23T10:00:00Z", param, ctx)
        return instant


def _instant(text: str) -> datetime | None:
    if not RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


PEM = click.Path(exists=True, dir_okay=False, path_type=Path)


_size_option: Callable[[Callable[..., Any]], Callable[..., Any]] = max_size_option(MAX_SIZE, "an envelope")


@click.command()
@click.argument(
    "envelope",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    metavar="[ENVELOPE|-]",
)
@click.option(
    "--trust-anchor",
    "trust_anchors",
    type=PEM,
    multiple=True,
    metavar="PEM",
    help="Root certificates to trust (repeatable; a file may hold several). Without any, no verdict is pass.",
)
@click.option(
    "--signing-certificate",
    type=PEM,
    metavar="PEM",
    help="The signer's certificate, for an envelope that carries none; its issuers may be in the file too.",
)
@nonce_option
@click.option("--identity", metavar="NAME", help="The signer's certificate must hold this name.")
@click.option(
    "--max-age",
    type=Duration(),
    metavar="DUR",
    help="Collection ended at most this long ago: 90s, 10m, 2h, 1d, 1w.",
)
@click.option("--at", type=Instant(), metavar="TIME", help="Judge for this RFC 3339 time instead of now.")
@click.option(
    "--policy",
    "policy_file",
    type=PEM,
    metavar="FILE",
    help="What is demanded beyond the defaults (TOML or JSON).",
)
@reference_options
@voucher_options
@click.option(
    "--previous",
    type=PEM,
    multiple=True,
    metavar="ENVELOPE",
    help="The envelope before this one, judged first: the IMA log must go on from it (repeatable, oldest first).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@_size_option
def verify(envelope: Path, trust_anchors: tuple[Path, ...], signing_certificate: Path | None, nonce: str | None,
           identity: str | None, max_age: timedelta | None, at: datetime | None, policy_file: Path | None,
           references: ReferenceOptions, vouchers: Vouchers, previous: tuple[Path, ...], as_json: bool,
           max_size: int) -> int:  # fmt: skip
    """Judge a signed envelope: who signed it, whether it was changed, what it holds.

    Exit status 0: pass. 1: fail. 2: no envelope, or usage. 3: indeterminate, a required check could not be made.

    \b
    Example:
      xrattest verify envelope.json --trust-anchor root.pem --nonce 1580 --max-age 10m
    """  # noqa: D301 - click's \b keeps the example's lines
    try:
        nonce_bytes(nonce)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--nonce") from error
    policy = load_policy(policy_file) if policy_file is not None else Policy()
    anchors = [der for path in trust_anchors for der in read_pem(path)]
    given = read_pem(signing_certificate) if signing_certificate is not None else []
    allowed = policy.appraisers.allow
    at = at or datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="xrattest-verify-") as spool:
        before = tuple(_open(path, Path(spool), max_size) for path in previous)
        opened = _open(envelope, Path(spool), max_size)
        carried = opened.certificates[-1:] if isinstance(opened, OpenedEnvelope) else ()
        kgv = references.read_kgv(Path(spool), at, devices=[*carried, *given])
        verdict = judge(
            opened,
            anchors,
            at=at,
            nonce=nonce,
            identity=identity if identity is not None else policy.identity,
            max_age=max_age if max_age is not None else policy.max_age,
            signing_certificate=given,
            required=(*policy.required, *policy.implied),
            appraisers=_appraisers(allowed),
            allowed_appraisers=allowed,
            ima=replace(vouchers.demands(), rules=references.rules(policy.ima, kgv), previous=before),
            kgv=kgv,
            max_size=max_size,
        )
    references.remember(kgv)
    if as_json:
        print_json(verdict.to_json())
    else:
        _print_table(verdict)
    return verdict.outcome.exit_status


def _open(envelope: Path, spool: Path, max_size: int) -> OpenedEnvelope | EnvelopeError:
    """Open the envelope into `spool`. Raises `InputError` when it is none."""
    source = envelope
    if str(envelope) == "-":
        source = spool / "stdin"
        copy_to_spool(sys.stdin.buffer, source, max_size=max_size, what="the envelope on standard input")
    try:
        return open_envelope(source, spool, max_size)
    except EnvelopeError as damage:
        return damage


def _appraisers(allowed: Sequence[str]) -> Sequence[Appraiser]:
    # Plugins are code: none is loaded unless the policy names one of its appraisers.
    return this_app().host.appraisers(allowed) if allowed else []


def _print_table(verdict: Verdict) -> None:
    print_checks(verdict)
    if verdict.device is not None:
        click.echo(f"device: {verdict.device}")
    click.echo(f"verdict: {verdict.outcome}")
