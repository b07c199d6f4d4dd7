"""Filesystem inventory: walk trees of a root, hash their files, write snapshots whose blocks are chained.

The walk and the JSON are the Rust core's (`core_rs/src/walk`, `core_rs/src/snapshot.rs`, where the canonical rows and the
block digest are written down byte for byte); no Python object is made per file.
"""

from xrattest.inventory.rules import DEFAULT_ROOTS, Rules, RulesOptions
from xrattest.inventory.snapshot import NO_PARENT, Progress, SnapshotSummary, write_snapshot
from xrattest.inventory.store import SnapshotStore, StoredSnapshot

__all__ = [
    "DEFAULT_ROOTS",
    "NO_PARENT",
    "Progress",
    "Rules",
    "RulesOptions",
    "SnapshotStore",
    "SnapshotSummary",
    "StoredSnapshot",
    "write_snapshot",
]
