"""`xrattest ima compact` and `expand`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from xrattest import ima as lists
from xrattest.cli.ima.inputs import log_option, open_list, size_option
from xrattest.cli.options import output_file, output_option


@click.command()
@log_option
@click.option("--profile", type=click.Choice(["xr", "minimal"]), default="xr", show_default=True,
              help="xr: readable with protobuf alone; minimal: smallest.")  # fmt: skip
@output_option
@size_option
def compact(log: Path | None, profile: Any, output: Path | None, max_size: int) -> None:  # noqa: ANN401 - one of two words
    """Write a list as protobuf blocks, from which `expand` gives back every byte.

    \b
    Example:
      xrattest ima compact --profile minimal --log binary_runtime_measurements -o list.pb
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_list(log) as source, output_file(output) as out:
        lists.compact(source, out, profile, collected_at=datetime.now(UTC), max_size=max_size)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@output_option
@size_option
def expand(file: Path, output: Path | None, max_size: int) -> None:
    """Write the kernel's binary list of compact blocks.

    \b
    Example:
      xrattest ima expand list.pb -o binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines
    with open_list(file) as source, output_file(output) as out:
        lists.expand(source, out, max_size=max_size)
