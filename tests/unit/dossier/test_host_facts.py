"""The texts that every dossier carries, and what must not be in them."""

from __future__ import annotations

import os
import subprocess

import pytest

from xrattest.dossier.host_facts import host_facts, license_udi, os_release, platform, version
from xrattest.dossier.identity import APPLICATION, application_id
from xrattest.evidence import Node, ResultCode
from xrattest.hostroot import HostRoot

MACHINE_ID = "0123456789abcdef0123456789abcdef"
OS_RELEASE = (
    'PRETTY_NAME="Some \\"OS\\" 12"\n# comment\nID=some\nVERSION_ID=\'12\'\nHOME_URL=x\nno assignment\n'
)


@pytest.fixture
def live():
    """Make a tree of files pass for the running host."""

    def pretend(root):
        root.is_live = True
        return root

    return pretend


def test_names_and_order(fake_root):
    facts = host_facts(fake_root({"etc/machine-id": MACHINE_ID, "etc/os-release": OS_RELEASE}), Node())
    assert [fact.name for fact in facts] == ["license-udi", "version", "platform"]
    assert [list(fact.to_json()) for fact in facts] == [["result-code", fact.name] for fact in facts]


def test_machine_id_itself_is_never_told(fake_root):
    root = fake_root({"etc/machine-id": MACHINE_ID + "\n"})
    derived = application_id(root)
    assert derived is not None
    assert len(derived) == 32
    assert MACHINE_ID not in "".join(fact.text for fact in host_facts(root, Node()))
    assert license_udi(root).text == f"UDI: PID:unknown,SN:{derived}\n"


def test_the_derivation_is_that_of_systemd(require_peer):
    program = require_peer("systemd-id128", package="systemd")
    done = subprocess.run(
        [program, "machine-id", f"--app-specific={APPLICATION.hex}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"systemd-id128 cannot tell: {done.stderr.strip()}")
    assert application_id(HostRoot("/")) == done.stdout.strip()


@pytest.mark.parametrize("content", ["", "uninitialized\n", "0" * 32, "xyz", "ABC" * 50, b"\xff\xfe"])
def test_without_identity_the_udi_is_unavailable(fake_root, content):
    fact = license_udi(fake_root({"etc/machine-id": content}))
    assert fact.code is ResultCode.UNAVAILABLE
    assert "machine-id" in fact.reason
    assert fact.to_json()["license-udi"] == "UDI: PID:unknown,SN:unknown\n"


def test_firmware_names_the_device(fake_root, live):
    dmi = "sys/class/dmi/id/"
    files = {
        dmi + "product_name": "Shelf 9000\n",
        dmi + "product_serial": "FOX1234\n",
        "etc/machine-id": MACHINE_ID,
    }
    assert license_udi(live(fake_root(files))).text == "UDI: PID:Shelf 9000,SN:FOX1234\n"
    assert "Shelf 9000" in platform(live(fake_root(files)), Node()).text
    files[dmi + "product_serial"] = "To Be Filled By O.E.M.\n"
    root = live(fake_root(files))
    assert license_udi(root).text == f"UDI: PID:Shelf 9000,SN:{application_id(root)}\n"


def test_device_tree_names_the_device(fake_root, live):
    base = "sys/firmware/devicetree/base/"
    root = live(fake_root({base + "model": b"Board 4\0", base + "serial-number": b"100000\0"}))
    assert license_udi(root).text == "UDI: PID:Board 4,SN:100000\n"


def test_firmware_lines_cannot_forge_others(fake_root, live):
    root = live(fake_root({"sys/class/dmi/id/product_name": "A\nB\x1b[0m\0", "etc/machine-id": MACHINE_ID}))
    assert license_udi(root).text.startswith("UDI: PID:A B\ufffd[0m")
    assert license_udi(root).text.count("\n") == 1


def test_an_image_makes_no_claim_of_the_running_kernel(fake_root):
    root = fake_root({
        "etc/os-release": OS_RELEASE, "sys/class/dmi/id/product_name": "Live", "proc/uptime": "5.0 1.0",
        "proc/sys/kernel/osrelease": "6.66-live",
    })  # fmt: skip
    text = "".join(fact.text for fact in host_facts(root, Node()))
    for claim in ("Live", "Uptime", "6.66-live", os.uname().release, os.uname().machine, "RUNNING"):
        assert claim not in text
    assert "OFFLINE" in text


def test_version_of_the_running_host():
    text = version(HostRoot("/")).text
    assert os.uname().release in text
    assert os.uname().version in text
    assert "Uptime: " in text


def test_os_release(fake_root):
    assert os_release(fake_root({"usr/lib/os-release": "ID=lib\n"})) == {"ID": "lib"}
    root = fake_root({"etc/os-release": OS_RELEASE})
    assert os_release(root)["PRETTY_NAME"] == 'Some "OS" 12'
    assert version(root).text.startswith('Some "OS" 12\nos-release: ID=some VERSION_ID=12\n')


def test_a_host_without_os_release(fake_root):
    fact = version(fake_root({}))
    assert fact.code is ResultCode.UNAVAILABLE
    assert "os-release" in fact.reason


def test_hostile_files_are_bounded(fake_root, tmp_path):
    root = fake_root({"etc/os-release": "X" * (1 << 20), "etc/empty": None})
    os.mkfifo(root.path / "etc/machine-id")
    assert [fact.code for fact in host_facts(root, Node())][:2] == [ResultCode.UNAVAILABLE] * 2


def test_platform_table():
    lines = platform(HostRoot("/"), Node("0/RSP1/CPU0")).text.splitlines()
    assert lines[0].split() == ["Node", "Type", "State", "Architecture"]
    assert set(lines[1]) == {"-"}
    assert lines[2].startswith("0/RSP1/CPU0  ")
