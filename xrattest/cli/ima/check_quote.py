"""`xrattest ima check-quote`."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xrattest.cli.ima.inputs import ascii_lists_told, size_option
from xrattest.cli.options import print_json
from xrattest.errors import LimitError, QuoteError

if TYPE_CHECKING:
    from xrattest.tpm import VerifiedQuote
    from xrattest.verify.ima.coverage import Coverage

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check-quote")
@click.option(
    "--quote", "attest", type=FILE, required=True, metavar="FILE", help="TPMS_ATTEST (tpm2_quote -m)."
)
@click.option("--signature", type=FILE, required=True, metavar="FILE", help="TPMT_SIGNATURE (tpm2_quote -s).")
@click.option(
    "--ak",
    type=FILE,
    required=True,
    metavar="FILE",
    help="The attestation key: its public area (tpm2_createak -u), or PEM or DER, which do not say what the key may sign.",
)
@click.option(
    "--nonce",
    metavar="HEX",
    help="What the quote must answer (tpm2_quote -q). Without it an old quote passes.",
)
@click.option("--pcrs", type=FILE, metavar="FILE", help="PCR values beside the quote (tpm2_quote -o).")
@click.option(
    "--log",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="A measurement list that the quote must be over, or over the beginning of; - is standard input.",
)
@click.option("--allow-sha1", is_flag=True, help="Take a signature over SHA-1, which is weak.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@size_option
def check_quote(
    attest: Path,
    signature: Path,
    ak: Path,
    nonce: str | None,
    pcrs: Path | None,
    log: Path | None,
    allow_sha1: bool,
    as_json: bool,
    max_size: int,
) -> int:
    """Check a TPM quote: its signature, its nonce, its PCRs, and how much of a measurement list it covers.

    The nonce is the bare one that the TPM was given. A quote that is bound to an envelope is checked by `xrattest verify`.

    Exit status 0: the quote holds, and covers the list where one is given. 1: it does not. 2: no quote, or usage.

    \b
    Example:
      xrattest ima check-quote --quote quote.msg --signature quote.sig --ak ak.pub --nonce 1580 --pcrs quote.pcrs --log list
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest import tpm

    wanted = None if nonce is None else _hex(nonce)
    contents = (_read(attest), _read(signature))
    values = None if pcrs is None else tpm.parse_pcr_file(_read(pcrs))
    try:
        quote = tpm.verify_quote(
            *contents,
            tpm.load_key(_read(ak)),
            extra_data=wanted,
            # With a list, its PCRs may have moved on between quoting and reading them: the replayed values take their place.
            pcr_values=values if log is None else None,
            allow_sha1=allow_sha1,
        )
    except QuoteError as refused:
        _answer({"valid": False, "code": refused.code, "reason": refused.reason}, as_json=as_json)
        return 1
    coverage = None if log is None else _cover(log, quote, values, max_size)
    _answer(_described(quote, coverage, compared=values is not None), as_json=as_json)
    return 0 if coverage is None or coverage.is_covered else 1


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise click.BadParameter(
            "no hexadecimal digits, an even number of them", param_hint="--nonce"
        ) from error


def _read(path: Path) -> bytes:
    """Return a small file. Raises `LimitError`, `OSError`."""
    from xrattest.tpm import MAX_INPUT

    with path.open("rb") as file:
        content = file.read(MAX_INPUT + 1)
    if len(content) > MAX_INPUT:
        raise LimitError(f"{path}, in bytes,", MAX_INPUT)
    return content


def _cover(log: Path, quote: VerifiedQuote, values: Any, max_size: int) -> Coverage:  # noqa: ANN401 - PcrValues or None
    from xrattest.envelope.spool import copy_to_spool
    from xrattest.verify.ima.coverage import cover

    with ExitStack() as stack:
        if str(log) == "-":
            # Read more than once.
            log = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xrattest-quote-"))) / "list"
            copy_to_spool(sys.stdin.buffer, log, max_size=max_size, what="the list on standard input")
        stack.enter_context(ascii_lists_told())
        return cover(log, quote, values, max_size=max_size)


def _described(quote: VerifiedQuote, coverage: Coverage | None, *, compared: bool) -> dict[str, Any]:
    clock = quote.attest.clock
    told: dict[str, Any] = {
        "valid": coverage is None or coverage.is_covered,
        "key": quote.key.fingerprint,
        "key-is-restricted": True if quote.key.is_known_restricted else None,
        "signature": f"{quote.signature.scheme} {quote.signature.hash}",
        "extra-data": quote.attest.extra_data.hex(),
        "reset-count": clock.reset_count,
        "restart-count": clock.restart_count,
        "clock": clock.milliseconds,
        "clock-is-safe": clock.is_safe,
        "firmware-version": f"{quote.attest.firmware_version:016x}",
        "selection": {bank: list(pcrs) for bank, pcrs in quote.selected.items()},
        "pcr-digest": quote.attest.pcr_digest.hex(),
        "remarks": quote.remarks(),
    }
    if coverage is None:
        if not compared:
            told["remarks"].append(
                "no PCR values were given: the quote is over some values, and nothing says which"
            )
        return told
    told["log"] = {
        "entries": coverage.listed,
        "covered": coverage.entries,
        "covered-at-least": coverage.first,
        "pcrs": {
            bank: {str(index): value.hex() for index, value in pcrs.items()}
            for bank, pcrs in coverage.pcrs.items()
        },
        "findings": [{"kind": one.kind, "text": one.text, **one.members} for one in coverage.findings],
    }
    return told


def _answer(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    if "reason" in told:
        click.echo(f"quote: refused ({told['code']}): {told['reason']}")
        return
    click.echo(f"quote: genuine, {told['signature']}, key {told['key']}")
    click.echo(f"answers: {told['extra-data'] or 'nothing'}")
    click.echo(f"resets {told['reset-count']}, restarts {told['restart-count']}, clock {told['clock']} ms")
    for bank, pcrs in told["selection"].items():
        click.echo(f"covers: {bank} PCR {_ranges(pcrs)}")
    if "log" in told:
        covered = told["log"]["covered"]
        click.echo(
            f"list: {covered if covered is not None else 'none'} of {told['log']['entries']} entries covered"
        )
        for finding in told["log"]["findings"]:
            click.echo(f"  {finding['kind']}: {finding['text']}")
    for remark in told["remarks"]:
        click.echo(f"remark: {remark}")


def _ranges(pcrs: list[int]) -> str:
    """Return `0-7 10` for ascending indices."""
    runs: list[list[int]] = []
    for index in pcrs:
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
