"""What every collector must keep, checked on a tree of files: call `assert_conforms` from a plugin's tests."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from typing import Any

from xrattest.evidence import ResultCode
from xrattest.hostroot import HostRoot
from xrattest.plugin.checks import check_collector
from xrattest.plugin.collector import Collector
from xrattest.testing.collecting import Collected, collect_here
from xrattest.testing.trees import tree_state

URI = re.compile(r"[a-z][a-z0-9+.-]*:\S*[0-9]\S*")


def assert_conforms(
    collector: Collector, root: HostRoot, *, options: Mapping[str, Any] | None = None
) -> Collected:
    """Check `collector` on `root`, a tree on which it is to succeed, and return what it collected there.

    Raises `AssertionError` for: names, model or options that the host would refuse; an evidence type that is no versioned
    URI; a failure on `root` or on an empty tree (where nothing is, a collector is `Unavailable` and says why); two runs
    under the same clock that differ; anything written into `root`; a body that is no strict JSON.
    """
    wrong = check_collector(collector)
    assert wrong is None, wrong
    assert URI.fullmatch(collector.evidence_type), (
        f"evidence_type {collector.evidence_type!r} is no versioned URI"
    )
    before = tree_state(root.path)
    first, second = (collect_here(collector, root, options=options) for _ in range(2))
    assert first.code in {ResultCode.SUCCESS, ResultCode.PARTIAL}, (
        f"{first.code} on the given root: {first.reason}"
    )
    assert first == second, "two runs on the same tree under the same clock differ"
    assert tree_state(root.path) == before, "the collector wrote into the root that it reads"
    _check_empty(collector, options)
    return first


def _check_empty(collector: Collector, options: Mapping[str, Any] | None) -> None:
    with tempfile.TemporaryDirectory(prefix="xrattest-empty-") as empty:
        outcome = collect_here(collector, HostRoot(empty), options=options)
    assert outcome.code is not ResultCode.FAILURE, (
        f"an empty tree is a failure, not Unavailable: {outcome.reason}"
    )
    if outcome.code is ResultCode.UNAVAILABLE:
        assert outcome.reason, "Unavailable without a reason"
