"""The frame of the command line: exit statuses, one-line errors, sizes, lazy imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from xrattest.cli import _fail, run
from xrattest.cli.options import Size
from xrattest.cli.root import COMMANDS


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("512", 512), ("64M", 64 << 20), ("2g", 2 << 30), ("3KiB", 3072)]
)
def test_sizes(text: str, size: int) -> None:
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1.5G", "12 parsecs", "٣", "1" * 13])
def test_no_sizes(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Size().convert(text, None, None)


def test_an_error_is_one_printable_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert _fail("a\nb\x1b[31mc", 2) == 2
    assert capsys.readouterr().err == "xrattest: a\\nb\\x1b[31mc\n"


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "/no/such/envelope.json"]) == 2
    assert "/no/such/envelope.json" in capsys.readouterr().err


def leaves(command: click.Command, name: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command)
    for sub in command.list_commands(context):
        child = command.get_command(context, sub)
        assert child is not None
        yield from leaves(child, (*name, sub))


def every_command() -> list[tuple[str, ...]]:
    modules = {name: import_module(f"xrattest.cli.{module}") for name, (module, _) in COMMANDS.items()}
    return [leaf for name, module in modules.items() for leaf in leaves(getattr(module, name), (name,))]


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_has_help_with_an_example(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--help"]) == 0
    assert "Example" in capsys.readouterr().out


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['xrattest', '--version']; from xrattest.__main__ import main; main();"
        "print(*sorted({'click', 'pydantic', 'rich', 'cryptography', 'pluggy'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "xrattest 0.1.0\n\n"
