"""The pytest fixtures, a plugin of pytest. What they need is imported when a test asks for it: pytest always loads this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xrattest.hostroot import HostRoot
    from xrattest.plugin.host import Host
    from xrattest.testing.collecting import Collected
    from xrattest.testing.trees import Content


@pytest.fixture
def fake_root(tmp_path: Path) -> Callable[[Mapping[str | bytes, Content]], HostRoot]:
    """Return a function that makes files under a new directory and returns the `HostRoot` of that directory."""
    from xrattest.hostroot import HostRoot  # noqa: PLC0415 - see the module's text
    from xrattest.testing.trees import build_tree  # noqa: PLC0415

    made = 0

    def build(files: Mapping[str | bytes, Content]) -> HostRoot:
        nonlocal made
        made += 1
        top = tmp_path / f"root{made}"
        top.mkdir()
        return HostRoot(build_tree(top, files))

    return build


@pytest.fixture
def collect() -> Callable[..., Collected]:
    """Return `xrattest.testing.collecting.collect_here`."""
    from xrattest.testing.collecting import collect_here  # noqa: PLC0415 - see the module's text

    return collect_here


@pytest.fixture
def isolated_host() -> Callable[[Mapping[str, object]], Host]:
    """Return a function that makes a `Host` of plugin objects by name, whatever is installed."""
    from xrattest.plugin.host import Host  # noqa: PLC0415 - see the module's text

    return Host.of
