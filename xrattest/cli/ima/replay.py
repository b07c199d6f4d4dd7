"""`xrattest ima replay`."""

from __future__ import annotations

from pathlib import Path

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import log_option, open_list, size_option
from xrattest.errors import InputError
from xrattest.terminal import printable

PCR_FILE_LIMIT = 1 << 20
"""Most bytes of a file of PCR values: 24 values in each bank are a few kilobytes."""


@click.command()
@log_option
@click.option(
    "--bank",
    "banks",
    multiple=True,
    type=click.Choice(lists.VARIANTS),
    metavar="BANK",
    help=f"PCR bank, repeatable: {', '.join(lists.BANKS)}; all but sha1 also with :sha1-padded or "
    ":sha1-padded-violations, for kernels that extend the SHA-1 template hash into it. [default: sha1, sha256]",
)
@click.option("--until", type=click.IntRange(min=0), metavar="N", help="Replay the first N entries only.")
@click.option(
    "--expect",
    "expected",
    multiple=True,
    metavar="BANK:PCR:HEX",
    help="A value that a TPM held, repeatable: say whether the list leads to it.",
)
@click.option(
    "--pcr-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="More such values: lines of BANK:PCR:HEX, or the output of tpm2_pcrread; PCRs that the list does not extend "
    "are left out.",
)
@size_option
@click.pass_context
def replay(
    ctx: click.Context,
    log: Path | None,
    banks: tuple[str, ...],
    until: int | None,
    expected: tuple[str, ...],
    pcr_file: Path | None,
    max_size: int,
) -> None:
    """Print the PCR values that a list leads to, and check every template hash on the way.

    Entries whose template hash is wrong are named on standard error, and the exit status is 1; so it is when a value of
    --expect or --pcr-file is not the one after the last entry: it lags when fewer entries lead to it, which is usual
    where the list grew after the value was read. A match names the bank's padding where there is one.

    \b
    Example:
      xrattest ima replay --bank sha256 --log binary_runtime_measurements
      tpm2_pcrread sha1:10+sha256:10 | xrattest ima replay --pcr-file /dev/stdin
    """  # noqa: D301 - click's \b keeps the example's lines
    asked, filed = _named(expected), _filed(pcr_file)
    wanted = {bank: {**filed.get(bank, {}), **asked.get(bank, {})} for bank in {**filed, **asked}}
    chosen = list(dict.fromkeys(banks)) or lists.BANKS[:2]
    with open_list(log) as source:
        result = _replay(source, chosen, until, wanted, max_size)
    for bank, pcrs in result.pcrs.items():
        for index, value in pcrs.items():
            click.echo(f"{bank}:{index}:{value.hex()}")
    told = [found for found in result.comparisons if found.outcome != "untouched" or _in(found, asked)]
    for found in told:
        click.echo(f"{found.bank}:{found.pcr} {_outcome(found, result.entries)}")
    _complain(result, until)
    if pcr_file is not None and not told:
        click.echo(f"xrattest: the list extends no PCR of {pcr_file}", err=True)
    fit = all(found.outcome == "match" for found in told) and (pcr_file is None or told)
    if not (result.is_consistent and fit and result.entries >= (until or 0)):
        ctx.exit(1)


def _replay(
    source: lists.Source,
    banks: list[str] | tuple[str, ...],
    until: int | None,
    wanted: lists.PcrState,
    limit: int,
) -> lists.Replay:
    try:
        return lists.replay(source, banks, until=until, expected=wanted, max_size=limit)
    except ValueError as error:
        raise InputError(str(error)) from error


def _named(texts: tuple[str, ...]) -> dict[str, dict[int, bytes]]:
    values: dict[str, dict[int, bytes]] = {}
    for text in texts:
        bank, index, value = lists.parse_pcr_value(text)
        if values.setdefault(bank, {}).setdefault(index, value) != value:
            raise InputError(f"--expect gives {bank}:{index} two values")
    return values


def _filed(path: Path | None) -> lists.PcrState:
    if path is None:
        return {}
    with path.open("rb") as file:
        content = file.read(PCR_FILE_LIMIT + 1)
    if len(content) > PCR_FILE_LIMIT:
        raise InputError(f"{path}: over {PCR_FILE_LIMIT} bytes: this is no list of PCR values")
    try:
        return lists.parse_pcr_values(content.decode("ascii", "replace"))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _in(found: lists.Comparison, asked: lists.PcrState) -> bool:
    return any(
        name.partition(":")[0] == found.bank and values.get(found.pcr) == found.value
        for name, values in asked.items()
    )


def _outcome(found: lists.Comparison, total: int) -> str:
    scheme = f" as {found.scheme}" if found.scheme not in {None, found.bank} else ""
    match found.outcome:
        case "match":
            return f"match{scheme}"
        case "lags":
            return f"lags{scheme}: {found.entries} of {total} entries lead to it"
        case "never":
            return "never: no number of its entries leads to it"
        case "untouched":
            return "untouched: no entry extends it"


def _complain(result: lists.Replay, until: int | None) -> None:
    if result.entries == 0 and until != 0:
        click.echo("xrattest: the list is empty: no PCR is extended", err=True)
    elif result.entries < (until or 0):
        click.echo(f"xrattest: the list has {result.entries} entries only", err=True)
    for mismatch in result.mismatches:
        name = (
            ""
            if mismatch.name is None
            else f" ({printable(mismatch.name.decode('utf-8', 'backslashreplace'))})"
        )
        click.echo(
            f"entry {mismatch.number} at byte {mismatch.offset}{name}: the template hash of its data is "
            f"{mismatch.computed.hex()}, not what the list says",
            err=True,
        )
    if not result.is_consistent:
        click.echo(
            f"xrattest: {result.mismatch_count} of {result.entries} template hashes are wrong", err=True
        )
