"""`xrattest boot`: commands on the firmware's event log. They need neither a plugin nor a TPM."""

from __future__ import annotations

import click

from xrattest.cli.boot.aggregate import aggregate
from xrattest.cli.boot.replay import replay
from xrattest.cli.boot.show import show


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def boot() -> None:
    """Read and replay the firmware's event log (measured boot).

    \b
    Example:
      xrattest boot show --log binary_bios_measurements
    """  # noqa: D301 - click's \b keeps the example's lines


for _command in (show, replay, aggregate):
    boot.add_command(_command)
