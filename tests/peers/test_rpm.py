"""rpm itself as oracle: packages that rpmbuild makes, installed by rpm, named and hashed by rpm."""

from __future__ import annotations

import hashlib
import os
import subprocess

import pytest

from tests.rpm_model import caps_bytes, fingerprint, main_header
from xrattest.hostroot import HostRoot
from xrattest.rpm import read_database, read_package_file

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]

SPECS = {
    "peer-kinds": """
Name: peer-kinds
Epoch: 2
Version: 1.4
Release: 7
Summary: every kind of file
License: MIT
BuildArch: noarch
%description
Every kind of file.
%install
mkdir -p %{buildroot}/etc/peer %{buildroot}/usr/bin %{buildroot}/var/log %{buildroot}/var/lib/peer
echo key=1 > %{buildroot}/etc/peer/a.conf
printf '#!/bin/sh\\n' > %{buildroot}/usr/bin/peer
cp %{buildroot}/usr/bin/peer %{buildroot}/usr/bin/peer-raw
ln -s peer %{buildroot}/usr/bin/peer-link
echo state > %{buildroot}/var/lib/peer/state
ln %{buildroot}/var/lib/peer/state %{buildroot}/var/lib/peer/twin
echo unusual > "%{buildroot}/var/lib/peer/a name-é"
: > %{buildroot}/var/log/peer.log
%files
%dir %attr(0750,root,root) /etc/peer
%config(noreplace) /etc/peer/a.conf
%attr(4755,root,root) /usr/bin/peer
%caps(cap_net_raw=p) %attr(0755,root,root) /usr/bin/peer-raw
/usr/bin/peer-link
%dir /var/lib/peer
%verify(not md5 size mtime) /var/lib/peer/state
/var/lib/peer/twin
"/var/lib/peer/a name-é"
%ghost /var/log/peer.log
""",
    "peer-caps": """
Name: peer-caps
Version: 0.1~rc1
Release: 1
Summary: capabilities in several forms
License: MIT
BuildArch: noarch
%description
Capabilities.
%install
mkdir -p %{buildroot}/opt/peer
for name in a b c d; do echo $name > %{buildroot}/opt/peer/$name; done
%files
%caps(cap_net_admin,cap_net_raw=ep) /opt/peer/a
%caps(cap_setuid=eip cap_setgid+ep) /opt/peer/b
%caps(cap_chown=i) /opt/peer/c
/opt/peer/d
""",
    "peer-empty": """
Name: peer-empty
Version: 1
Release: 1
Summary: no file
License: MIT
BuildArch: noarch
%description
No file.
%files
""",
}


@pytest.fixture(scope="module")
def rpm(require_peer):
    return require_peer("rpm", package="rpm")


@pytest.fixture(scope="module")
def built(require_peer, tmp_path_factory):
    """The packages as files, by name."""
    rpmbuild = require_peer("rpmbuild", package="rpm")
    top = tmp_path_factory.mktemp("rpmbuild")
    packages = {}
    for name, spec in SPECS.items():
        (top / f"{name}.spec").write_text(spec)
        command = [
            rpmbuild,
            "-bb",
            "--quiet",
            "--define",
            f"_topdir {top}",
            "--define",
            "_build_name_fmt %%{NAME}.rpm",
        ]
        algorithm = 8 if name != "peer-caps" else 1
        command += ["--define", f"_binary_filedigest_algorithm {algorithm}", str(top / f"{name}.spec")]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "HOME": str(top)})
        packages[name] = top / "RPMS" / f"{name}.rpm"
    return packages


@pytest.fixture(scope="module")
def installed(rpm, built, tmp_path_factory):
    """A root in which rpm installed them; the database is SQLite, where Debian's rpm puts it."""
    root = tmp_path_factory.mktemp("root")
    options = ["--root", str(root), "--dbpath", "/var/lib/rpm", "--define", "_db_backend sqlite"]
    # Only root may install; a capability or an owner that cannot be set fails the installation.
    if os.geteuid() != 0:
        pytest.skip("rpm installs as root only")
    subprocess.run([rpm, *options, "--initdb"], check=True)
    install = [rpm, *options, "-i", "--nodeps", "--noscripts", "--nosignature", *map(str, built.values())]
    subprocess.run(install, check=True, capture_output=True)
    return root


def query(rpm, *arguments):
    return subprocess.run([rpm, *arguments], check=True, capture_output=True, text=True).stdout


def test_package_files_agree_with_rpm_and_with_the_oracle(rpm, built):
    for path in built.values():
        package = read_package_file(path)
        header = main_header(path.read_bytes())
        asked = query(
            rpm, "-qp", "--qf", "%{SHA256HEADER} %{SHA1HEADER} %{EPOCH}:%{VERSION}-%{RELEASE}", str(path)
        )
        sha256, sha1, evr = asked.split(" ")
        assert package.header_sha256 == sha256
        assert hashlib.sha1(b"\x8e\xad\xe8\x01\0\0\0\0" + header).hexdigest() == sha1
        assert package.header_digest == "ok"
        assert package.evr == evr.removeprefix("(none):")
        assert package.gpg_key_id == "0"
        assert package.fingerprint == fingerprint(header, 0)
        assert package.fingerprint_strict == fingerprint(header, 1)


def test_what_is_installed_has_the_value_of_the_package_file(rpm, built, installed):
    before = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(installed / "var/lib/rpm")}
    found = {package.name: package for package in read_database(HostRoot(installed))}
    assert {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(installed / "var/lib/rpm")} == before
    assert sorted(found) == sorted(built)
    for name, path in built.items():
        assert found[name] == read_package_file(path)
    assert found["peer-caps"].digest_strength == "weak"


def test_rpm_lists_the_same_packages(rpm, installed):
    options = ["--root", str(installed), "--dbpath", "/var/lib/rpm"]
    theirs = query(
        rpm, *options, "-qa", "--qf", "%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} %{LONGSIZE}\n"
    )
    ours = {
        f"{package.name} {'(none)' if package.epoch is None else package.epoch} {package.version} {package.release}"
        f" {package.architecture} {package.size}"
        for package in read_database(HostRoot(installed))
    }
    assert ours == set(theirs.splitlines())


def test_capability_texts_mean_what_rpm_gave_the_files(rpm, built, installed):
    texts = query(rpm, "-qp", "--qf", "[%{FILENAMES}|%{FILECAPS}\n]", str(built["peer-caps"]))
    for line in texts.splitlines():
        path, text = line.split("|")
        try:
            raw = os.getxattr(installed / path[1:], "security.capability")
        except OSError:
            raw = b""
        assert decode_vfs(raw) == caps_bytes(text), text


def decode_vfs(raw: bytes) -> bytes:
    """struct vfs_cap_data (linux/capability.h), little-endian, to the encoding of a fingerprint."""
    if not raw:
        return b""
    words = [int.from_bytes(raw[at : at + 4], "little") for at in range(0, 20, 4)]
    permitted, inheritable = words[1] | words[3] << 32, words[2] | words[4] << 32
    return bytes([words[0] & 1]) + permitted.to_bytes(8, "big") + inheritable.to_bytes(8, "big")


@pytest.mark.parametrize("name", SPECS)
def test_the_header_digest_of_what_is_installed_is_the_one_rpm_keeps(rpm, installed, name):
    options = ["--root", str(installed), "--dbpath", "/var/lib/rpm"]
    sha256 = query(rpm, *options, "-q", "--qf", "%{SHA256HEADER}", name)
    [package] = [package for package in read_database(HostRoot(installed)) if package.name == name]
    assert package.header_sha256 == sha256
