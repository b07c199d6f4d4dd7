"""Other people's databases and packages: what they hold is known from librpm, damage included."""

from __future__ import annotations

import hashlib
import os
from collections import Counter

import pytest

from tests.rpm_model import fingerprint, main_header, read_tags
from xrattest.errors import RpmFormatError
from xrattest.hostroot import HostRoot
from xrattest.rpm import read_database, read_package_file

pytestmark = pytest.mark.corpus

# (database, packages, files), as `rpm -qa` and `rpm -qal` of rpm 4.18 count them without pseudo packages of keys
DATABASES = [
    ("go-rpmdb/cbl-mariner-2.0__rpmdb.sqlite", 129, 7269),
    ("rpm/misc__rpmdb.sqlite", 2, 8),
    ("scancode/rpmdb.sqlite", 2, 312),
]
# Header format v3: nothing in it is marked as signed.
WITHOUT_REGION = {"RPMS__hello-1.0-1.x86_64.rpm-v3", "fping-2.2b1-1.src.rpm"}


@pytest.fixture
def packages_at(corpus, tmp_path):
    def read(name):
        (tmp_path / "rpmdb.sqlite").symlink_to(corpus / "rpm" / name)
        return list(read_database(HostRoot("/"), str(tmp_path)))

    return read


def package_files(corpus):
    return [path for path in sorted((corpus / "rpm").rglob("*.rpm*")) if path.name != "rpmdb.sqlite"]


@pytest.mark.parametrize(("name", "packages", "files"), DATABASES)
def test_databases_are_read_whole(corpus, packages_at, name, packages, files):
    directory = (corpus / "rpm" / name).parent
    before = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(directory)}
    found = packages_at(name)
    assert (len(found), sum(package.files for package in found)) == (packages, files)
    assert Counter(package.header_digest for package in found) == {"ok": packages}
    assert all(len(package.fingerprint) == len(package.fingerprint_strict) == 64 for package in found)
    assert {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(directory)} == before


def test_a_distribution_is_signed_by_one_key(packages_at):
    found = packages_at("go-rpmdb/cbl-mariner-2.0__rpmdb.sqlite")
    assert {package.gpg_key_id for package in found} == {"0cd9fed33135ce90"}
    assert {package.digest_strength for package in found} == {"strong"}


def test_every_package_file_agrees_with_the_oracle_or_is_refused(corpus):
    read = number_refused = 0
    refused = set()
    for path in package_files(corpus):
        try:
            package = read_package_file(path)
        except RpmFormatError:
            refused.add(path.parent.name)
            number_refused += 1
            continue
        read += 1
        if path.name in WITHOUT_REGION:
            assert package.fingerprint == package.fingerprint_strict == "0"
            continue
        header = main_header(path.read_bytes())
        region, tags = read_tags(header)
        assert package.header_sha256 == hashlib.sha256(region).hexdigest()
        assert os.fsencode(package.name) == tags[1000][0]
        assert package.header_digest in {"ok", "absent"}, path
        assert package.fingerprint == fingerprint(header, 0), path
        assert package.fingerprint_strict == fingerprint(header, 1), path
    assert (read, number_refused, refused) == (126, 34, {"scancode"})


def test_signing_again_changes_the_key_and_not_the_value(corpus):
    place = corpus / "rpm/rpm"
    names = ["", "-signed", "-signed-with-subkey", "-signed-with-new-subkey", "-v3-signed", "-badima"]
    found = [read_package_file(place / f"RPMS__hello-2.0-1.x86_64{name}.rpm") for name in names]
    assert {package.fingerprint for package in found} == {
        "95899c9234d9796056cf3ca1ea2161824698da13f3c15d17559a79e2696b64cb"
    }
    # `rpm -qp --qf '%{RSAHEADER:pgpsig}'` names the same keys
    assert [package.gpg_key_id for package in found] == [
        "0", "4344591e1964c5fc", "1f71177215217ee0", "6323c42711450b6c", "4344591e1964c5fc", "4344591e1964c5fc",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["go-rpmdb/sle15-bci__Packages.db", "go-rpmdb/libuuid__Packages", "syft/Packages"]
)
def test_formats_that_are_not_read_are_named(corpus, tmp_path, name):
    (tmp_path / name.rpartition("/")[2].removeprefix("sle15-bci__").removeprefix("libuuid__")).symlink_to(
        corpus / "rpm" / name
    )
    with pytest.raises(RpmFormatError, match="NDB" if name.endswith(".db") else "Berkeley"):
        read_database(HostRoot("/"), str(tmp_path))


def test_a_real_database_cut_anywhere_is_refused(corpus, tmp_path):
    whole = (corpus / "rpm/rpm/misc__rpmdb.sqlite").read_bytes()
    place = tmp_path / "rpmdb.sqlite"
    for length in range(0, len(whole), 1021):
        place.write_bytes(whole[:length])
        with pytest.raises(RpmFormatError):
            list(read_database(HostRoot("/"), str(tmp_path)))
