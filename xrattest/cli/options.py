"""What every command shares: where state and configuration lie, and how results leave."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from xrattest.durable import atomic_file

if TYPE_CHECKING:
    from rich.console import Console

    from xrattest.config.locations import Locations
    from xrattest.config.model import Settings
    from xrattest.plugin.host import Host


WIDE = 400
"""Columns of a table that no terminal shows."""


class App:
    """The running command line: global options, and what follows from them, made when first asked for."""

    def __init__(
        self, *, config_file: Path | None = None, state_dir: Path | None = None, plugins: tuple[str, ...] = ()
    ) -> None:
        self._config_file, self._state_dir = config_file, state_dir
        self._allow = [name for name in plugins if not name.startswith("-")]
        self._block = [name[1:] for name in plugins if name.startswith("-")]

    @cached_property
    def locations(self) -> Locations:
        """State directory and configuration file of this run."""
        from xrattest.config.locations import Locations

        return Locations.find(config_file=self._config_file, state_dir=self._state_dir)

    @cached_property
    def settings(self) -> Settings:
        """The configuration, validated. Raises `ConfigError`."""
        from xrattest.config.store import ConfigStore

        return ConfigStore.at(self.locations).load()

    @cached_property
    def host(self) -> Host:
        """The plugins that configuration and `--plugin` allow, loaded."""
        from xrattest.plugin.host import Host

        configured = self.settings.plugins
        allow = self._allow or configured.allow
        return Host.discover(allow=allow, block=[*configured.block, *self._block])

    def plugin_commands(self, reserved: frozenset[str]) -> dict[str, click.Command]:
        """Return the commands of plugins by name, none of them in `reserved`."""
        return self.host.commands(reserved)

    @cached_property
    def stderr(self) -> Console:
        """The console for progress and remarks; it draws progress only on a terminal."""
        from rich.console import Console

        return Console(stderr=True)

    @cached_property
    def stdout(self) -> Console:
        """The console for tables; where it is no terminal, rows are as wide as they need, for `grep` and `cut`."""
        from rich.console import Console

        return Console(width=None if sys.stdout.isatty() else WIDE)


def this_app() -> App:
    """Return the `App` of the running command."""
    app = click.get_current_context().find_object(App)
    return app if app is not None else App()


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Write `value` to standard output as one JSON text with a final newline."""
    import json

    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def output_file(path: Path | None, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yield the file behind `-o`: standard output for None and `-`, else a file that appears whole or not at all."""
    if path is None or str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with atomic_file(path, mode=mode) as file:
        yield file


root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("/"),
    show_default=True,
    metavar="DIR",
    help="Read this tree instead of the running host: an image or a mounted disk.",
)

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write here, atomically; - is standard output.",
)

nonce_option = click.option(
    "--nonce",
    metavar="HEX",
    help="The verifier's challenge: 2 to 128 lower-case hex digits, an even number of them.",
)


SIZE_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Size(click.ParamType[int]):
    """A number of bytes, with K, M, G or T for powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 - click's signature
        """Parse `64M` to 67108864; fails the command line on anything else."""
        if isinstance(value, int):
            return value
        text = str(value).strip().upper().removesuffix("IB").removesuffix("B")
        unit = text[-1:] if text[-1:] in "KMGT" else ""
        digits = text.removesuffix(unit)
        if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
            self.fail(f"{value!r} is not a size such as 64M", param, ctx)
        return int(digits) * SIZE_UNITS[unit]


def max_size_option(default: int, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the `--max-size` option of a command that reads untrusted input."""
    return click.option("--max-size", type=Size(), default=default, metavar="SIZE",
                        help=f"Refuse {what} larger than this. [default: {default >> 20}M]")  # fmt: skip
