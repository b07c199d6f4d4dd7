"""What the operator can set: the rules of the inventory."""

from __future__ import annotations

from xrattest.inventory import RulesOptions


class Options(RulesOptions):
    """Rules of the inventory, in kebab case: roots, excludes, max-file-size, digests, one-file-system, file-timeout, threads."""
