"""`xrattest ima describe`."""

from __future__ import annotations

from pathlib import Path

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import log_option, open_list, size_option, tell
from xrattest.cli.options import print_json
from xrattest.terminal import printable


@click.command()
@log_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@size_option
def describe(log: Path | None, as_json: bool, max_size: int) -> None:
    """Say what kind of list this is, and what is in it, without judging it.

    \b
    Example:
      xrattest ima describe --log ascii_runtime_measurements.gz
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_list(log) as source:
        found = lists.describe(source, max_size=max_size)
    rows = _rows(found)
    if as_json:
        print_json(rows)
    else:
        for title, value in rows.items():
            text = (
                ", ".join(f"{name} {count}" for name, count in value.items())
                if isinstance(value, dict)
                else value
            )
            click.echo(f"{title + ':':22}{printable(str(text))}")
    for warning in found.warnings:
        tell(warning)


def _rows(found: lists.Description) -> dict[str, object]:
    rows: dict[str, object] = {
        "form": found.form,
        "byte-order": found.endian,
        "template-hash": found.template_hash,
        "entries": found.entries,
        "binary-size": found.list_bytes,
        "violations": found.violations,
        "templates": dict(found.templates),
        "boot-aggregates": found.boot_aggregates,
    }
    last = found.last_boot_aggregate
    if last is not None:
        rows |= {
            "last-boot-entry": last.number,
            "last-boot-aggregate": f"{last.algorithm or 'sha1'}:{last.digest.hex()}",
        }
    for warning in found.warnings:
        rows |= {
            "lines": warning.lines,
            "proven-entries": warning.proven,
            "unproven-entries": warning.unproven,
        }
    return rows
