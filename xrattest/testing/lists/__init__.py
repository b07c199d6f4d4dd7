"""Measurement lists made to order, for tests and benches: any template, size, byte order and bank, the same for a seed.

    from xrattest.testing.lists import Recipe, write_list
    with open("list.bin", "wb") as out:
        known = write_list(Recipe(entries=1_000_000, template="ima-ng"), out)
    known.pcrs["sha256"][10]

The PCRs are computed with `hashlib` alone, apart from the readers that they judge. As a command:
`python -m xrattest.testing.lists --help`.
"""

from xrattest.testing.lists.fields import TEMPLATES
from xrattest.testing.lists.recipe import Expected, Recipe
from xrattest.testing.lists.signatures import certificate
from xrattest.testing.lists.writing import write_list

__all__ = ["TEMPLATES", "Expected", "Recipe", "certificate", "write_list"]
