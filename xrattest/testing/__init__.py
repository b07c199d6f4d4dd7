"""A test kit for authors of collectors; its pytest fixtures come with xrattest.

    def test_uptime(collect, fake_root):
        root = fake_root({"proc/uptime": "42.00 40.00"})
        assert collect(Uptime(), root).body == {"uptime": "42.00"}

* `fake_root` builds a tree of files and returns its `HostRoot`; `Symlink` stands for a link in it.
* `collect` runs one collector in this process, into a real spool, and returns a `Collected`.
* `isolated_host` makes a `Host` of nothing but the plugin objects given.
* `xrattest.testing.conformance.assert_conforms` checks what every collector must keep.
"""

from xrattest.testing.trees import Symlink

__all__ = ["Symlink"]
