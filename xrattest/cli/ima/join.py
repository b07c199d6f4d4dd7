"""`xrattest ima join`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import size_option, tell
from xrattest.cli.options import output_file, output_option
from xrattest.terminal import printable


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, allow_dash=True)
)
@output_option
@size_option
def join(files: tuple[Path, ...], output: Path | None, max_size: int) -> None:
    """Write one binary list of lists that follow each other.

    For the chunks that newer kernels export and delete, for copies of a growing list, and with a single FILE to turn an
    ascii list into the binary one. Entries that the joined list has already are not repeated. A gap between two files
    cannot be seen: compare `replay` of the result with a PCR.

    \b
    Example:
      xrattest ima join chunk.1 chunk.2 chunk.3 -o binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with ExitStack() as opened, output_file(output) as out:
        sources = [opened.enter_context(click.open_file(str(file), "rb")) for file in files]
        joined = lists.join(sources, out, max_size=max_size)
    for part in joined.parts:
        label = printable(part.label)
        for warning in part.warnings:
            tell(warning, f"{label}: ")
        if part.repeated:
            click.echo(
                f"xrattest: {label}: {part.repeated} of {part.entries} entries were there already", err=True
            )
