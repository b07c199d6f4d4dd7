"""`xrattest ima`: commands on IMA measurement lists. They need neither a plugin nor a host."""

from __future__ import annotations

import click

from xrattest.cli.ima.appraise import appraise, reference_values
from xrattest.cli.ima.check_quote import check_quote
from xrattest.cli.ima.convert import compact, expand
from xrattest.cli.ima.replay import replay
from xrattest.cli.ima.show import show


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def ima() -> None:
    """Read, replay, appraise, compact and expand IMA measurement lists.

    \b
    Example:
      xrattest ima replay --log binary_runtime_measurements
    """  # noqa: D301 - click's \b keeps the example's lines


for _command in (show, replay, appraise, reference_values, compact, expand, check_quote):
    ima.add_command(_command)
