"""`python -m xrattest.testing.lists`: write a measurement list made to order."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from xrattest.testing.lists.recipe import BANKS, Expected, Recipe
from xrattest.testing.lists.signatures import certificate
from xrattest.testing.lists.writing import write_list


def main() -> None:
    """Write what the command line asks for; print what is in it as JSON."""
    options = _parser().parse_args()
    try:
        recipe = Recipe(
            entries=options.entries, template=options.template, seed=options.seed, bank=options.bank,
            endian="big" if options.big_endian else "little", digest=options.digest,
            violation_every=options.violation_every, odd_every=options.odd_every, boots=options.boots,
            pcrs=tuple(options.pcr or [10]), signatures=options.signatures, pool=options.pool,
            replay=tuple(options.replay or BANKS[:2]),
        )  # fmt: skip
    except ValueError as error:
        sys.exit(str(error))
    with ExitStack() as files:
        known = write_list(recipe, _open(files, options.output), _open(files, options.ascii))
    if options.certificate is not None:
        options.certificate.write_bytes(certificate(recipe.seed))
    print(json.dumps(as_json(known), indent=1))


def as_json(known: Expected) -> dict[str, object]:
    """Return what is known of a list, PCR values in hex."""
    pcrs = {
        bank: {str(index): value.hex() for index, value in values.items()}
        for bank, values in known.pcrs.items()
    }
    return {
        "entries": known.entries, "violation_indices": list(known.violations), "boot_aggregates": list(known.boot_aggregates),
        "templates": dict(known.templates), "pcrs": pcrs, "binary_size": known.binary_size, "ascii_size": known.ascii_size,
    }  # fmt: skip


def _open(files: ExitStack, path: Path | None) -> IO[bytes] | None:
    return None if path is None else files.enter_context(path.open("wb"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m xrattest.testing.lists", description=(main.__doc__ or "")
    )
    parser.add_argument("-o", "--output", type=Path, help="the binary list")
    parser.add_argument("--ascii", type=Path, help="the ascii list")
    parser.add_argument(
        "--certificate", type=Path, help="the certificate that --signatures p256 is checked with, DER"
    )
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--template", default="ima-ng", help="names or format strings, commas between")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bank", choices=BANKS, default="sha1", help="algorithm of the template hashes")
    parser.add_argument("--big-endian", action="store_true")
    parser.add_argument("--digest", default="sha256", help="algorithm of the files' digests")
    parser.add_argument("--violation-every", type=int, default=0, metavar="N")
    parser.add_argument(
        "--odd-every",
        type=int,
        default=0,
        metavar="N",
        help="names with line ends and bytes that are no text",
    )
    parser.add_argument("--boots", type=int, default=1, help="boot_aggregate entries, as after kexec")
    parser.add_argument("--pcr", type=int, action="append", help="repeatable; the first takes most entries")
    parser.add_argument("--signatures", choices=["none", "noise", "p256"], default="noise")
    parser.add_argument("--pool", type=int, default=4096, help="number of different signed files")
    parser.add_argument("--replay", choices=BANKS, action="append", help="banks to compute, repeatable")
    return parser


if __name__ == "__main__":
    main()
