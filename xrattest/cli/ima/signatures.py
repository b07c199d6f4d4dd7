"""`xrattest ima verify-signatures`."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import log_option, open_list, size_option
from xrattest.terminal import printable

if TYPE_CHECKING:
    from xrattest.ima.signatures import Keyring, Outcome, Result, Summary

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("verify-signatures")
@log_option
@click.option("--key", "keys", type=_FILE, multiple=True, metavar="CERT",
              help="A signer's certificates, DER or PEM, one or several in the file; or a PEM public key. Repeatable.")  # fmt: skip
@click.option("--keyring", "keyrings", type=_DIRECTORY, multiple=True, metavar="DIR",
              help="Every certificate file right in this directory. Repeatable.")  # fmt: skip
@click.option("--logged-keyring", "logged", multiple=True, metavar="NAME",
              help="Also trust certificates that the log itself says were added to this kernel keyring, such as .ima: only for "
                   "a log that a TPM vouches for. Repeatable.")  # fmt: skip
@click.option("--all-signed", is_flag=True, help="Fail for a measured file without a signature.")
@click.option(
    "--allow-unknown-key", is_flag=True, help="Do not fail for signatures of keys that are not given."
)
@click.option("--allow-not-checkable", is_flag=True,
              help="Do not fail where the entry lacks what was signed, such as a portable EVM signature in ima-sig.")  # fmt: skip
@click.option("--all", "show_all", is_flag=True, help="Show every entry, not only what is wrong.")
@click.option("--json", "as_json", is_flag=True,
              help="One JSON object per line: every signature, with --all every entry, and a summary last.")  # fmt: skip
@size_option
@click.pass_context
def verify_signatures(ctx: click.Context, log: Path | None, keys: tuple[Path, ...], keyrings: tuple[Path, ...],
                      logged: tuple[str, ...], all_signed: bool, allow_unknown_key: bool, allow_not_checkable: bool,
                      show_all: bool, as_json: bool, max_size: int) -> None:  # fmt: skip
    """Verify the signatures of measured files: IMA versions 2 and 3, portable EVM signatures, appended CMS.

    Exit status 0: every signature in the list is valid. 1: one is not, or cannot be checked. 2: no list or no key.

    \b
    Example:
      xrattest ima verify-signatures --key ima.der --log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.ima.signatures import Keyring, Result, SignatureChecker, read_keys

    if not keys and not keyrings and not logged:
        raise click.UsageError("no key to verify with: give --key or --keyring")
    keyring = Keyring(key for path in (*keys, *keyrings) for key in read_keys(path))
    checker = SignatureChecker(keyring, logged_keyrings=logged)
    failing = _failing(all_signed, allow_unknown_key, allow_not_checkable)
    shown = frozenset(Result) if show_all else failing
    if as_json and not show_all:
        shown = frozenset(Result) - {Result.UNSIGNED, Result.NO_FILE} | failing
    line = _json_line if as_json else _text_line
    with open_list(log) as source:
        entries = lists.read(source, max_size=max_size)
        for outcome in checker.check_all(entries, shown):
            click.echo(line(outcome))
    _tell_summary(checker.summary, keyring, as_json)
    if checker.summary.count(*failing):
        ctx.exit(1)


def _failing(all_signed: bool, allow_unknown_key: bool, allow_not_checkable: bool) -> frozenset[Result]:
    from xrattest.ima.signatures import Result

    failing = {Result.INVALID, Result.UNSUPPORTED}
    if all_signed:
        failing.add(Result.UNSIGNED)
    if not allow_unknown_key:
        failing.add(Result.UNKNOWN_KEY)
    if not allow_not_checkable:
        failing.add(Result.NOT_CHECKABLE)
    return frozenset(failing)


def _text_line(outcome: Outcome) -> str:
    judgement = outcome.judgement
    name = printable((outcome.path or b"").decode("utf-8", "backslashreplace"))
    parts = (judgement.kind, judgement.key_id or "-", judgement.result, printable(judgement.reason))
    return f"entry {outcome.entry} {name or '-'}: " + " ".join(part for part in parts if part)


def _json_line(outcome: Outcome) -> str:
    judgement, path = outcome.judgement, outcome.path
    members: dict[str, Any] = {"entry": outcome.entry, "path": None}
    if path is not None:
        members["path"] = path.decode("utf-8", "replace")
        if members["path"].encode() != path:
            members["path-bytes"] = base64.b64encode(path).decode()
    members |= {
        "field": outcome.field or None,
        "kind": judgement.kind,
        "key-id": judgement.key_id,
        "result": judgement.result,
        "reason": judgement.reason or None,
    }
    return json.dumps(members, ensure_ascii=False)


def _tell_summary(summary: Summary, keyring: Keyring, as_json: bool) -> None:
    now = datetime.now(UTC)
    if as_json:
        click.echo(json.dumps({"summary": _summary(summary, keyring, now)}, ensure_ascii=False))
        return
    counts = ", ".join(
        f"{number} {kind} {result}" for (kind, result), number in sorted(summary.results.items())
    )
    click.echo(f"{summary.entries} entries: {counts or 'nothing'}")
    for key in keyring:
        # The kernel takes an expired certificate, and so do we: it is said, and judged by whoever reads it.
        expired = (
            f", not valid now ({key.not_before:%F} to {key.not_after:%F})" if key.is_expired(now) else ""
        )
        valid = summary.valid_by_key[key.id.hex()]
        click.echo(f"key {key.id.hex()} {printable(key.subject) or key.origin}: {valid} valid{expired}")
    for key_id, number in summary.unknown_keys.items():
        click.echo(f"key {key_id} not given: {number} signatures")
    for remark in summary.remarks:
        click.echo(f"xrattest: {printable(remark)}", err=True)
    if not any(result not in {"unsigned", "no-file"} for _, result in summary.results):
        click.echo("xrattest: no entry carries a signature", err=True)


def _summary(summary: Summary, keyring: Keyring, now: datetime) -> dict[str, Any]:
    return {
        "entries": summary.entries,
        "outcomes": [
            {"kind": kind, "result": result, "count": number}
            for (kind, result), number in sorted(summary.results.items())
        ],
        "keys": [
            {
                "key-id": key.id.hex(),
                "subject": key.subject,
                "origin": key.origin,
                "valid": summary.valid_by_key[key.id.hex()],
                "not-after": key.not_after and key.not_after.isoformat(),
                "expired": key.is_expired(now),
            }
            for key in keyring
        ],
        "unknown-keys": dict(summary.unknown_keys),
        "remarks": list(summary.remarks),
    }
