"""`python -m xrattest`, and the `xrattest` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; `--version` alone answers before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        from xrattest import __version__  # noqa: PLC0415 - the fast path stays free of imports

        sys.stdout.write(f"xrattest {__version__}\n")
        return 0
    from xrattest.cli import run  # noqa: PLC0415 - see above

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
