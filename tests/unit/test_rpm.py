"""Headers, databases and package files made by hand; the fingerprint against its second implementation."""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rpm_model import (
    BINARY,
    INT16,
    INT32,
    KEY_ID,
    MAGIC,
    SAMPLE,
    SIGNATURE,
    STRING,
    STRINGS,
    File,
    Packed,
    fingerprint,
    make_database,
    pack_header,
)
from xrattest.errors import RpmFormatError
from xrattest.hostroot import HostRoot
from xrattest.rpm import Package, UnattestedFile, read_database, read_package_file


@pytest.fixture
def root(tmp_path):
    (tmp_path / "var/lib/rpm").mkdir(parents=True)
    return tmp_path


def write_database(root, *blobs, **options):
    return make_database(root / "var/lib/rpm/rpmdb.sqlite", list(blobs), **options)


def read(root, dbpath=None) -> list[Package]:
    return list(read_database(HostRoot(root), dbpath))


def read_rpm(tmp_path, content: bytes) -> Package:
    path = tmp_path / "sample.rpm"
    path.write_bytes(content)
    return read_package_file(path)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_a_package_says_what_its_header_says(root):
    write_database(root, SAMPLE.installed([(268, BINARY, SIGNATURE)])).close()
    [package] = read(root)
    assert (package.name, package.evr, package.architecture) == ("every-kind", "3:1.0-1", "noarch")
    assert package.gpg_key_id == KEY_ID.hex()
    assert package.header_sha256 == hashlib.sha256(MAGIC + SAMPLE.header()).hexdigest()
    assert package.header_digest == "ok"
    assert (package.digest_algorithm, package.digest_strength) == (8, "strong")
    assert (package.files, package.size, package.source) == (9, 328, False)
    assert package.reason is None
    assert package.unattested == (
        UnattestedFile("/etc/tool.conf", "config"),
        UnattestedFile("/etc/tool.d/link", "config"),
        UnattestedFile("/var/log/tool.log", "ghost"),
        UnattestedFile("/var/lib/tool/state", "verify-flags"),
    )


def test_the_fingerprint_is_the_specified_one(root, tmp_path):
    write_database(root, SAMPLE.installed()).close()
    [installed] = read(root)
    published = read_rpm(tmp_path, SAMPLE.rpm())
    for package in (installed, published):
        assert package.fingerprint == fingerprint(SAMPLE.header(), 0)
        assert package.fingerprint_strict == fingerprint(SAMPLE.header(), 1)
    assert installed.fingerprint != installed.fingerprint_strict


def test_a_known_value_stays(tmp_path):
    package = read_rpm(tmp_path, SAMPLE.rpm())
    assert package.fingerprint == KNOWN_STANDARD
    assert package.fingerprint_strict == KNOWN_STRICT


KNOWN_STANDARD = "9f278588ffe56442fa5a762de6e2ebd38553901ab1aae95353e950575121ff4e"
KNOWN_STRICT = "ac5b9d9af9ffc7bc7e57dbce628687a8dae78361e92ff5c901d384520252fb21"


def test_dribbles_do_not_override_what_is_signed(root):
    forged = [
        (1000, STRING, b"forged"),
        (1001, STRING, b"9"),
        (5011, INT32, [1]),
        (1035, STRINGS, [b"00"] * 9),
    ]
    write_database(root, SAMPLE.installed(forged)).close()
    [package] = read(root)
    assert (package.name, package.version, package.header_digest) == ("every-kind", "1.0", "ok")
    assert package.fingerprint == fingerprint(SAMPLE.header(), 0)


def test_keys_are_no_packages_and_a_package_cannot_pose_as_one(root):
    key = Packed(name=b"gpg-pubkey", version=b"cb38048d")
    poser = Packed(name=b"gpg-pubkey", files=[File(b"/usr/bin/backdoor")])
    write_database(root, key.installed(), Packed().installed(), poser.installed()).close()
    assert [package.name for package in read(root)] == ["demo", "gpg-pubkey"]


def test_weak_digests_are_called_weak(tmp_path):
    for algorithm in (None, 1, 2):
        package = read_rpm(tmp_path, Packed(algorithm=algorithm, files=[File(b"/a", b"x")]).rpm())
        assert package.digest_strength == "weak"
        assert package.digest_algorithm == (algorithm or 1)


def test_a_digest_that_disagrees_is_reported(root):
    blob = Packed().header([(273, STRING, b"0" * 64)])
    write_database(
        root, blob, Packed(name=b"none").header(), Packed(name=b"junk").header([(269, STRING, b"no hex")])
    ).close()
    assert [package.header_digest for package in read(root)] == ["mismatch", "absent", "mismatch"]


def test_a_header_without_region_has_no_fingerprint(root):
    write_database(root, pack_header(SAMPLE.tags(), region=None)).close()
    [package] = read(root)
    assert (package.name, package.fingerprint, package.fingerprint_strict) == ("every-kind", "0", "0")
    assert package.header_sha256 is None
    assert "immutable region" in package.reason


def test_old_whole_file_names_mean_the_same_paths(tmp_path):
    tags = [
        tag
        for tag in Packed(files=[File(b"/etc/a", b"1"), File(b"/b", b"2")]).tags()
        if tag[0] not in {1116, 1117, 1118}
    ]
    signature = pack_header([(1000, INT32, [0])], region=62)
    header = pack_header([*tags, (1027, STRINGS, [b"/etc/a", b"/b"])])
    content = (
        b"\xed\xab\xee\xdb" + bytes(92) + MAGIC + signature + bytes(-len(signature) % 8) + MAGIC + header
    )
    package = read_rpm(tmp_path, content)
    assert (package.files, package.header_digest) == (2, "absent")
    assert len(package.fingerprint) == 64


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (File(b"/a", caps=b"cap_unheard_of=ep"), "cap_unheard_of"),
        (File(b"/a", caps=b"cap_net_admin=ep cap_net_raw=p"), "effective"),
        (File(b"/a", mode=0o644), "no type of file"),
    ],
)
def test_what_cannot_be_known_is_zero_with_a_reason(tmp_path, file, word):
    package = read_rpm(tmp_path, Packed(files=[file]).rpm())
    assert (package.fingerprint, package.fingerprint_strict) == ("0", "0")
    assert word in package.reason


def test_an_unreadable_signature_is_not_called_unsigned(tmp_path):
    package = read_rpm(tmp_path, Packed().rpm([(268, BINARY, b"\x88\x02\x04\x00")]))
    assert package.gpg_key_id == "0"
    assert "issuer" in package.reason
    assert len(package.fingerprint) == 64


# --- properties ------------------------------------------------------------------------------------------------------

names = st.binary(min_size=1, max_size=12).map(lambda raw: raw.replace(b"\0", b"0").replace(b"/", b"."))
files = st.builds(
    File,
    path=st.lists(names, min_size=1, max_size=4).map(lambda parts: b"/" + b"/".join(parts)),
    content=st.binary(max_size=20),
    mode=st.sampled_from([0o100644, 0o104755, 0o040755, 0o120777, 0o010600, 0o060660]),
    user=names,
    group=names,
    target=names,
    rdev=st.integers(0, 0xFFFF),
    caps=st.sampled_from([b"", b"cap_net_raw=ep", b"= cap_chown,cap_setuid+ip", b"=p"]),
    flags=st.sampled_from([0, 1, 2, 16, 17, 64]),
    verify=st.sampled_from([0xFFFFFFFF, 0xFFFFFFFE, 0]),
)
packages = st.builds(
    Packed,
    name=names,
    epoch=st.none() | st.integers(0, 0xFFFFFFFF),
    version=names,
    release=names,
    arch=names,
    files=st.lists(files, max_size=8, unique_by=lambda file: file.path),
    algorithm=st.sampled_from([None, 1, 2, 8]),
)


@given(package=packages)
@settings(max_examples=150, deadline=None)
def test_any_package_comes_back_with_the_oracles_fingerprint(tmp_path_factory, package):
    found = read_rpm(tmp_path_factory.mktemp("p"), package.rpm())
    assert [os.fsencode(text) for text in (found.name, found.version, found.release, found.architecture)] == [
        package.name, package.version, package.release, package.arch,
    ]  # fmt: skip
    assert (found.epoch, found.files, found.header_digest) == (package.epoch, len(package.files), "ok")
    assert found.fingerprint == fingerprint(package.header(), 0)
    assert found.fingerprint_strict == fingerprint(package.header(), 1)


@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(max_examples=400, deadline=None)
def test_a_flipped_bit_is_refused_or_seen(tmp_path_factory, position, bit):
    whole = bytearray(SAMPLE.rpm())
    clean = read_rpm(tmp_path_factory.mktemp("p"), bytes(whole))
    position %= len(whole)
    whole[position] ^= 1 << bit
    try:
        package = read_rpm(tmp_path_factory.mktemp("p"), bytes(whole))
    except RpmFormatError:
        return
    header = len(whole) - len(SAMPLE.header()) - len(MAGIC)
    if position >= header:
        assert package.header_digest == "mismatch"
        assert package.fingerprint != clean.fingerprint


def test_a_package_file_cut_anywhere_is_refused(tmp_path):
    whole = SAMPLE.rpm()
    assert read_rpm(tmp_path, whole).files == 9
    for length in range(len(whole)):
        with pytest.raises(RpmFormatError):
            read_rpm(tmp_path, whole[:length])


# --- hostile headers -------------------------------------------------------------------------------------------------


def test_a_header_cut_anywhere_stops_the_read(root):
    path = root / "var/lib/rpm/rpmdb.sqlite"
    connection = write_database(root, Packed(name=b"before").installed(), b"")
    blob = SAMPLE.installed()
    for length in range(0, len(blob), 7):
        connection.execute("UPDATE Packages SET blob = ? WHERE hnum = 2", (blob[:length],))
        with pytest.raises(RpmFormatError) as caught:
            read(root)
        assert str(path) in caught.value.place
        assert "header 2" in caught.value.place
        assert caught.value.offset <= length


def test_the_error_names_the_package_when_its_name_can_be_read(root):
    tags = [tag if tag[0] != 1030 else (1030, INT16, [0o100644]) for tag in SAMPLE.tags()]
    write_database(root, Packed().installed(), pack_header(tags)).close()
    with pytest.raises(
        RpmFormatError, match=r"header 2 \(every-kind\): byte \d+: tag 1030 has 1 values for 9 files"
    ):
        read(root)


def bad_headers():
    tags = SAMPLE.tags()
    plain = Packed(files=[File(b"/a")]).tags()
    name = (1000, STRING, b"demo")
    yield "twice", [*tags, name], "twice"
    yield "no name", [tag for tag in tags if tag[0] != 1000], "name"
    yield "wrong type", [*[tag for tag in tags if tag[0] != 1000], (1000, INT32, [1])], "no string"
    yield "two epochs", [*[tag for tag in tags if tag[0] != 1003], (1003, INT32, [1, 2])], "2 numbers"
    yield "path twice", Packed(files=[File(b"/a"), File(b"/a")]).tags(), "'/a'|\"/a\""
    yield "path too long", Packed(files=[File(b"/" + b"a" * 4096)]).tags(), "longer than 4096"
    yield "directory index", [*[tag for tag in plain if tag[0] != 1116], (1116, INT32, [7])], "directory 7"
    yield "no hex", [*[tag for tag in plain if tag[0] != 1035], (1035, STRINGS, [b"xy"])], "no hex"
    yield "short digest", [*[tag for tag in plain if tag[0] != 1035], (1035, STRINGS, [b"abcd"])], "2 bytes"
    yield "both name forms", [*plain, (1027, STRINGS, [b"/a"])], "beside"
    yield "no modes", [tag for tag in plain if tag[0] != 1030], "0 values for 1"


@pytest.mark.parametrize(
    ("tags", "reason"), [pytest.param(tags, reason, id=name) for name, tags, reason in bad_headers()]
)
def test_a_header_that_contradicts_itself_is_refused(root, tags, reason):
    write_database(root, pack_header(tags)).close()
    with pytest.raises(RpmFormatError, match=reason):
        read(root)


def test_entries_that_share_data_are_refused(root):
    blob = bytearray(pack_header([(1000, STRING, b"aaaa"), (1001, STRING, b"bbbb")]))
    struct.pack_into(">I", blob, 8 + 32 + 8, 2)
    write_database(root, bytes(blob)).close()
    with pytest.raises(RpmFormatError, match="share data"):
        read(root)


@pytest.mark.parametrize("field", [0, 4])
def test_lengths_beyond_what_rpm_takes_are_refused(root, tmp_path, field):
    blob = bytearray(SAMPLE.header())
    struct.pack_into(">I", blob, field, 0xFFFFFFFF)
    write_database(root, bytes(blob)).close()
    with pytest.raises(RpmFormatError, match="possible"):
        read(root)


def test_the_seeds_of_the_fuzzer_are_the_sample():
    seeds = Path(__file__).parents[2] / "core_rs/fuzz/seeds/rpm_header"
    made = {
        "header": SAMPLE.installed([(268, BINARY, SIGNATURE)]),
        "package": SAMPLE.rpm(),
        "signature": SIGNATURE,
    }
    assert {path.name: path.read_bytes() for path in seeds.iterdir()} == made
