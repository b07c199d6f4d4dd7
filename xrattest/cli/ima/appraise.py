"""`xrattest ima appraise` and `reference-values`."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import ascii_lists_told, log_option, open_list, size_option
from xrattest.cli.options import output_file, output_option, print_json
from xrattest.cli.references import ReferenceOptions, reference_options
from xrattest.envelope.spool import copy_to_spool

if TYPE_CHECKING:
    from xrattest.verify.verdict import Verdict

TABLE_RECORDS = 20
"""Most findings that the table shows; `--json` has all that are kept."""


@click.command()
@log_option
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A policy, of which the section ima is used (TOML or JSON).",
)
@reference_options
@click.option("--json", "as_json", is_flag=True, help="Print checks and findings as JSON.")
@size_option
def appraise(log: Path | None, policy_file: Path | None, references: ReferenceOptions, as_json: bool,
             max_size: int) -> int:  # fmt: skip
    """Judge every entry of a list by a policy and by reference values.

    Exit status 0: nothing fails. 1: an entry fails. 3: a check could not be made. No envelope is needed, so nothing here
    says that the list is that of any host: `xrattest verify` does.

    \b
    Example:
      xrattest ima appraise --policy policy.json --log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.verify.ima.standalone import appraise_list, list_node
    from xrattest.verify.policy import Policy, load_policy

    policy = load_policy(policy_file) if policy_file is not None else Policy()
    at = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="xrattest-appraise-") as spool:
        # Read once: the running kernel's list grows, and standard input does not come twice.
        copy = Path(spool) / "list"
        with open_list(log) as source:
            copy_to_spool(source, copy, max_size=max_size, what="the list")
        kgv = references.read_kgv(Path(spool), at)
        rules = references.rules(policy.ima, kgv)
        if not rules.references:
            raise click.UsageError(
                "no reference values: name a --policy with a section ima, --keylime or --kgv"
            )
        node = list_node(copy, str(log or lists.LIVE_LIST), max_size)
        with ascii_lists_told():
            verdict = appraise_list(node, rules, at=at, kgv=kgv)
    references.remember(kgv)
    if as_json:
        print_json({key: value for key, value in verdict.to_json().items() if key != "device"})
    else:
        _print_table(verdict)
    return verdict.outcome.exit_status


def _print_table(verdict: Verdict) -> None:
    from xrattest.cli.columns import columns
    from xrattest.cli.verdicts import print_checks

    print_checks(verdict)
    rows = [
        (
            found["severity"],
            found["entry"],
            found["kind"],
            found.get("path"),
            " ".join(found.get("expected", ())) or None,
            found.get("got"),
            found["rule"],
        )
        for found in verdict.findings
        if "rule" in found
    ]
    if rows:
        title = ("SEVERITY", "ENTRY", "KIND", "PATH", "EXPECTED", "GOT", "RULE")
        click.echo("\n" + columns(title, rows[:TABLE_RECORDS]), nl=False)
    if len(rows) > TABLE_RECORDS:
        click.echo(f"... {len(rows) - TABLE_RECORDS} more; --json shows them")
    click.echo(f"verdict: {verdict.outcome}")


@click.command("reference-values")
@click.option(
    "--log",
    "logs",
    type=click.Path(path_type=Path, allow_dash=True),
    multiple=True,
    metavar="FILE",
    help="A list of a host that is good (repeatable). [default: the running kernel's, unless --keylime is given]",
)
@click.option(
    "--keylime",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A Keylime runtime policy to convert (repeatable).",
)
@output_option
@size_option
def reference_values(
    logs: tuple[Path, ...], keylime: tuple[Path, ...], output: Path | None, max_size: int
) -> None:
    """Write a policy that allows what good hosts measured, or what a Keylime policy allows.

    boot_aggregate is left out, as it is every host's own; so are violations, which say nothing about a content.

    \b
    Example:
      xrattest ima reference-values --log binary_runtime_measurements -o policy.json
    """  # noqa: D301 - click's \b keeps the example's lines
    from xrattest.verify.ima.golden import Golden
    from xrattest.verify.ima.policy import merged
    from xrattest.verify.keylime import read_keylime

    golden = Golden()
    for log in logs or (() if keylime else (None,)):
        with open_list(log) as source:
            golden.take(source, max_size=max_size)
    converted = [read_keylime(path) for path in keylime]
    for path, found in zip(keylime, converted, strict=True):
        for note in found.notes:
            click.echo(f"xrattest: {path}: {note}", err=True)
    policy = merged(golden.policy(), *(found.policy for found in converted))
    for count, what in ((golden.violations, "are violations"), (golden.opaque, "have no path or no digest")):
        if count:
            click.echo(f"xrattest: nothing was taken from {count} entries that {what}", err=True)
    section = {"allow": {}, **policy.model_dump(by_alias=True, exclude_defaults=True)}
    with output_file(output) as out:
        out.write(json.dumps({"ima": section}, ensure_ascii=False, indent=1).encode() + b"\n")
