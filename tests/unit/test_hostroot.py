"""A root is never left: links, dots, magic links, races; and nothing in it can make a reader wait."""

from __future__ import annotations

import ctypes
import os
import pickle
import socket
import threading
from pathlib import Path

import pytest

from xrattest.errors import HostRootError, LimitError
from xrattest.hostroot import HostRoot

SECRET = "outside"


@pytest.fixture(params=[False, True], ids=["openat2", "per-component"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> HostRoot:
    (tmp_path / "secret").write_text(SECRET)
    tree = tmp_path / "root"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/hostname").write_text("inside")
    return HostRoot(tree, per_component=request.param)


def link(root: HostRoot, name: str, target: str | Path) -> str:
    (root.path / name).symlink_to(target)
    return name


def test_absolute_links_mean_the_root(root: HostRoot) -> None:
    assert root.read_text(link(root, "a", "/etc/hostname")) == "inside"
    assert root.read_bytes(b"/a", limit=6) == b"inside"


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../secret", "../../../../../../etc/passwd", "etc/../../secret"]
)
def test_a_link_out_leads_nowhere(root: HostRoot, target: str) -> None:
    name = link(root, "out", target)
    with pytest.raises(FileNotFoundError):
        root.read_text(name)
    with pytest.raises(FileNotFoundError):
        root.local_path(name)
    assert not root.exists(name)


def test_a_link_to_the_outside_by_its_full_name_leads_nowhere(root: HostRoot) -> None:
    with pytest.raises(FileNotFoundError):
        root.read_text(link(root, "out", root.path.parent / "secret"))


@pytest.mark.parametrize("path", ["../secret", "/../secret", "etc/../../secret", "./../../secret"])
def test_dots_stop_at_the_root(root: HostRoot, path: str) -> None:
    assert not root.exists(path)
    (root.path / "secret").write_text("the inner one")
    assert root.read_text(path) == "the inner one"


def test_a_directory_link_in_the_middle(root: HostRoot) -> None:
    link(root, "conf", "/etc")
    link(root, "conf2", "conf/../conf")
    assert root.read_text("conf2/hostname") == "inside"
    assert root.local_path("conf2/hostname") == root.path / "etc/hostname"
    link(root, "up", "..")
    with pytest.raises(FileNotFoundError):
        root.read_text("up/secret")


@pytest.mark.parametrize(
    "path", ["/proc/self/root/etc/passwd", "/proc/self/cwd", "/proc/self/exe", "/proc/self/ns/net"]
)
@pytest.mark.parametrize("per_component", [False, True])
def test_magic_links_are_refused(path: str, per_component: bool) -> None:
    with pytest.raises(HostRootError, match="magic link"):
        HostRoot("/", per_component=per_component).open(path)


@pytest.mark.parametrize("per_component", [False, True])
def test_ordinary_links_of_procfs_work(per_component: bool) -> None:
    assert HostRoot("/", per_component=per_component).read_text("/proc/self/status").startswith("Name:")


def test_loops_and_long_chains_are_refused(root: HostRoot) -> None:
    link(root, "loop", "loop")
    with pytest.raises(HostRootError, match="too many links"):
        root.read_text("loop")
    link(root, "c0", "etc/hostname")
    for number in range(1, 60):
        link(root, f"c{number}", f"c{number - 1}")
    assert root.read_text("c39") == "inside"
    with pytest.raises(HostRootError, match="too many links"):
        root.read_text("c40")


@pytest.mark.timeout(20)
def test_fifos_sockets_and_directories_are_refused_at_once(root: HostRoot) -> None:
    os.mkfifo(root.path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root.path)  # a socket's name may be 107 bytes long at most
        try:
            server.bind("sock")
        finally:
            os.chdir(here)
    with pytest.raises(HostRootError, match="fifo, not a regular file"):
        root.open("fifo")
    with pytest.raises(HostRootError, match="socket, not a regular file"):
        root.open("sock")
    with pytest.raises(IsADirectoryError):
        root.open("etc")
    with root.open("fifo", any_kind=True) as file:
        assert file.read() == b""


def test_no_follow_refuses_a_link(root: HostRoot) -> None:
    with pytest.raises(HostRootError, match="symbolic link"):
        root.open(link(root, "a", "etc/hostname"), follow=False)
    assert root.stat("a", follow=False).st_size == len("etc/hostname")


def test_limit_is_exact(root: HostRoot) -> None:
    assert root.read_bytes("etc/hostname", limit=6) == b"inside"
    with pytest.raises(LimitError, match="over the limit of 5"):
        root.read_bytes("etc/hostname", limit=5)


def test_names_are_bytes(root: HostRoot) -> None:
    name = b"caf\xe9"
    (root.path / os.fsdecode(name)).write_bytes(b"x")
    assert root.listdir("/") == [name, b"etc"]
    assert root.read_bytes(name, limit=1) == root.read_bytes(os.fsdecode(name), limit=1) == b"x"
    assert os.fsencode(root.local_path(name).name) == name


def test_errors_name_the_file(root: HostRoot) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        root.open("absent/file")
    assert os.fsdecode(caught.value.filename) == str(root.path / "absent/file")
    with pytest.raises(NotADirectoryError):
        root.open("etc/hostname/..")
    with pytest.raises(OSError, match="too long"):
        root.open("x/" * 3000)
    with pytest.raises(HostRootError, match="zero byte"):
        root.open("etc\0/hostname")


def test_reading_does_not_move_the_access_time(root: HostRoot) -> None:
    file = root.path / "etc/hostname"
    os.utime(file, ns=(1, 1))
    root.read_text("etc/hostname")
    assert file.stat().st_atime_ns == 1


def test_live_root() -> None:
    live = HostRoot("/")
    assert live.is_live
    assert live.local_path("/etc/mtab") == Path("/etc/mtab")
    assert not HostRoot("/etc").is_live
    with pytest.raises(FileNotFoundError):
        HostRoot("/nonexistent")


def test_a_root_can_be_sent_to_another_process(root: HostRoot) -> None:
    copy = pickle.loads(pickle.dumps(root))
    assert copy.path == root.path
    assert copy.read_text("etc/hostname") == "inside"


@pytest.mark.timeout(60)
def test_swapping_a_directory_for_a_link_never_leads_out(root: HostRoot, tmp_path: Path) -> None:
    """A directory and a link to the outside take each other's place while paths through it are opened."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "hostname").write_text(SECRET)
    link(root, "evil", outside)
    stop = threading.Event()
    exchange = _exchange(root.path / "etc", root.path / "evil")

    def swap() -> None:
        while not stop.is_set():
            exchange()

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    try:
        for _ in range(3000):
            try:
                seen.add(root.read_text("etc/hostname"))
            except (OSError, HostRootError):
                seen.add("refused")
    finally:
        stop.set()
        thread.join()
    assert SECRET not in seen
    assert "inside" in seen


def _exchange(one: Path, other: Path):
    renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    at_fdcwd, rename_exchange = -100, 2
    names = os.fsencode(one), os.fsencode(other)
    return lambda: renameat2(at_fdcwd, names[0], at_fdcwd, names[1], rename_exchange)
