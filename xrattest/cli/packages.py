"""`xrattest packages`: what an rpm database or an `.rpm` holds, and its fingerprints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from xrattest.cli.options import print_json, root_option, this_app
from xrattest.evidence import path_members
from xrattest.hostroot import HostRoot
from xrattest.rpm import Package, read_database, read_package_file
from xrattest.terminal import printable

INCOMPLETE = 3

dbpath_option = click.option(
    "--dbpath",
    metavar="DIR",
    help="Directory of the rpm database inside the root. [default: search the usual places]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")


@click.group()
def packages() -> None:
    """List packages and their fingerprints.

    \b
    Example:
      xrattest packages list
      xrattest packages fingerprint --profile strict hello-2.0-1.x86_64.rpm
    """  # noqa: D301 - click's \b keeps the example's lines


@packages.command("list")
@root_option
@dbpath_option
@json_option
@click.pass_context
def list_packages(context: click.Context, root: Path, dbpath: str | None, as_json: bool) -> None:
    """List the packages of the rpm database.

    \b
    Example:
      xrattest packages list --root /mnt/image --json
    """  # noqa: D301
    found = list(_installed(root, dbpath))
    if as_json:
        print_json([_identity(package) | _facts(package) for package in found])
    else:
        _print_table(found)
    _leave(context, found)


@packages.command()
@root_option
@dbpath_option
@click.option(
    "--profile",
    type=click.Choice(["standard", "strict"]),
    default="standard",
    show_default=True,
    help="strict covers the content of %config files, and of files that `rpm --verify` leaves out, too.",
)
@json_option
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE.rpm]...")
@click.pass_context
def fingerprint(
    context: click.Context,
    root: Path,
    dbpath: str | None,
    profile: str,
    as_json: bool,
    files: tuple[Path, ...],
) -> None:
    """Print install-time fingerprints, of package files or of the rpm database.

    One line per package: the value in hex, two blanks, name-[epoch:]version-release.architecture. A package whose value cannot be
    known has the value 0, its reason goes to standard error and the exit status is 3.

    \b
    Example:
      xrattest packages fingerprint hello-2.0-1.x86_64.rpm
      xrattest packages fingerprint --root /mnt/image --profile strict --json
    """  # noqa: D301
    if files and (dbpath is not None or root != Path("/")):
        raise click.UsageError("give package files, or --root and --dbpath of a database, not both")
    source = map(read_package_file, files) if files else _installed(root, dbpath)
    # Whole before the first line: a damaged database must not look like a short one.
    found = list(source)
    if as_json:
        print_json([_identity(package) | _fingerprint(package, profile) for package in found])
    else:
        for package in found:
            sys.stdout.write(f"{_value(package, profile)}  {_nevra(package)}\n")
    _leave(context, found)


def _installed(root: Path, dbpath: str | None) -> Iterator[Package]:
    host = HostRoot(root)
    if dbpath is not None and host.is_live:
        dbpath = str(Path(dbpath).absolute())
    return read_database(host, dbpath)


def _leave(context: click.Context, found: Iterable[Package]) -> None:
    """Say on standard error what could not be known, and leave with its own status when there is something."""
    incomplete = False
    for package in found:
        remarks = [package.reason] if package.reason is not None else []
        if package.header_digest == "mismatch":
            remarks.append("the header is not the one that its digest was made of")
        for remark in remarks:
            sys.stderr.write(f"xrattest: {_nevra(package)}: {_shown(remark)}\n")
        incomplete |= bool(remarks)
    if incomplete:
        context.exit(INCOMPLETE)


def _identity(package: Package) -> dict[str, Any]:
    row: dict[str, Any] = {"format": "rpm"}
    row |= path_members("name", package.name)
    if package.epoch is not None:
        row["epoch"] = package.epoch
    row |= path_members("version", package.version)
    row |= path_members("release", package.release)
    row |= path_members("architecture", package.architecture)
    return row


def _facts(package: Package) -> dict[str, Any]:
    return {
        "source": package.source,
        "gpg-key-id": package.gpg_key_id,
        "header-sha256": package.header_sha256,
        "header-digest": package.header_digest,
        "digest-strength": package.digest_strength,
        "size": package.size,
        "files": package.files,
        "unverified": [
            path_members("name", file.path) | {"reason": file.reason} for file in package.unattested
        ],
        "reason": None if package.reason is None else _shown(package.reason),
    }


def _fingerprint(package: Package, profile: str) -> dict[str, Any]:
    return {
        "profile": profile,
        "fingerprint": _value(package, profile),
        "header-sha256": package.header_sha256,
        "digest-strength": package.digest_strength,
        "gpg-key-id": package.gpg_key_id,
        "reason": None if package.reason is None else _shown(package.reason),
    }


def _value(package: Package, profile: str) -> str:
    return package.fingerprint_strict if profile == "strict" else package.fingerprint


def _nevra(package: Package) -> str:
    architecture = "src" if package.source else package.architecture
    return _shown(f"{package.name}-{package.evr}{architecture and f'.{architecture}'}")


def _shown(text: str) -> str:
    """Text of a header for a terminal: what is not printable, an escape sequence say, is spelled out."""
    return printable(os.fsencode(text).decode("utf-8", "backslashreplace"))


def _print_table(found: list[Package]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("package", "architecture", "files", "key", "header", "digests"):
        table.add_column(title, no_wrap=True, justify="right" if title == "files" else "left")
    for package in found:
        name = f"{package.name}-{package.evr}"
        cells = (name, package.architecture, str(package.files), package.gpg_key_id)
        table.add_row(
            *(Text(_shown(cell)) for cell in (*cells, package.header_digest, package.digest_strength))
        )
    console = this_app().stdout
    # Not cut where the terminal ends, or at 80 columns of a pipe.
    console.width = max(
        console.width, console.measure(table, options=console.options.update(width=10_000)).maximum
    )
    console.print(table)
