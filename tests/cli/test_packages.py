"""`xrattest packages` as a user runs it: what it prints, and its exit statuses."""

from __future__ import annotations

import json

import pytest

from tests.rpm_model import BINARY, STRING, File, Packed, fingerprint, make_database, pack_header
from xrattest.cli import run

TOOL = Packed(
    name=b"tool", epoch=1, files=[File(b"/usr/bin/tool", b"x"), File(b"/etc/tool.conf", b"y", flags=1)]
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "var/lib/rpm").mkdir(parents=True)
    return tmp_path


def database(root, *blobs):
    make_database(root / "var/lib/rpm/rpmdb.sqlite", list(blobs)).close()


def test_list_shows_every_package_whole(root, capsys):
    long = b"a-package-with-a-name-that-is-wider-than-any-pipe-is-said-to-be" * 2
    database(root, TOOL.installed(), Packed(name=long).installed())
    assert run(["packages", "list", "--root", str(root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["tool-1:1.0-1", "noarch", "2", "0", "ok", "strong"]
    assert lines[2].startswith(long.decode() + "-1.0-1")


def test_list_json_has_every_fact(root, capsys):
    database(root, TOOL.installed(), Packed(name=b"na\xefve").installed())
    assert run(["packages", "list", "--root", str(root), "--json"]) == 0
    tool, naive = json.loads(capsys.readouterr().out)
    assert (tool["format"], tool["name"], tool["epoch"], tool["files"]) == ("rpm", "tool", 1, 2)
    assert tool["unverified"] == [{"name": "/etc/tool.conf", "reason": "config"}]
    assert naive["name-bytes"] == "bmHvdmU="


@pytest.mark.parametrize("profile", ["standard", "strict"])
def test_fingerprint_of_a_database_and_of_a_file_are_one(root, tmp_path, capsys, profile):
    database(root, TOOL.installed())
    (tmp_path / "tool.rpm").write_bytes(TOOL.rpm())
    expected = fingerprint(TOOL.header(), int(profile == "strict")) + "  tool-1:1.0-1.noarch\n"
    assert run(["packages", "fingerprint", "--root", str(root), "--profile", profile]) == 0
    assert capsys.readouterr().out == expected
    assert run(["packages", "fingerprint", "--profile", profile, str(tmp_path / "tool.rpm")]) == 0
    assert capsys.readouterr().out == expected
    assert run(["packages", "fingerprint", "--profile", profile, "--json", str(tmp_path / "tool.rpm")]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["profile"], row["fingerprint"]) == (profile, expected[:64])


def test_what_cannot_be_known_has_its_own_exit_status(root, capsys):
    database(root, pack_header(TOOL.tags(), region=None), Packed().header([(273, STRING, b"00")]))
    assert run(["packages", "fingerprint", "--root", str(root)]) == 3
    output = capsys.readouterr()
    assert output.out.splitlines()[0] == "0  tool-1:1.0-1.noarch"
    first, second = output.err.splitlines()
    assert "tool-1:1.0-1.noarch: the header has no immutable region" in first
    assert "demo-1.0-1.noarch: the header is not the one" in second


def test_escape_sequences_of_a_header_do_not_reach_the_terminal(root, capsys):
    database(root, Packed(name=b"\x1b[31mred", version=b"1\n2").installed([(268, BINARY, b"junk")]))
    assert run(["packages", "list", "--root", str(root)]) == 3
    output = capsys.readouterr()
    assert "\x1b" not in output.out + output.err
    assert "\\x1b[31mred-1\\n2-1" in output.out
    assert len(output.out.splitlines()) == 2


def test_no_database_is_1_and_damage_is_2(root, capsys):
    for command in ("list", "fingerprint"):
        assert run(["packages", command, "--root", str(root)]) == 1
        assert "--dbpath" in capsys.readouterr().err
    place = root / "var/lib/rpm"
    (place / "Packages.db").write_bytes(b"RpmP" + bytes(4092))
    assert run(["packages", "list", "--root", str(root)]) == 2
    assert "NDB" in capsys.readouterr().err
    database(root, TOOL.installed(), TOOL.installed()[:-1])
    for command in ("list", "fingerprint"):
        assert run(["packages", command, "--root", str(root)]) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert "header 2" in output.err
        assert output.err.count("\n") == 1


def test_a_file_that_is_no_package_is_2_and_prints_nothing_of_the_others(tmp_path, capsys):
    (tmp_path / "tool.rpm").write_bytes(TOOL.rpm())
    (tmp_path / "cut.rpm").write_bytes(TOOL.rpm()[:-1])
    assert run(["packages", "fingerprint", str(tmp_path / "tool.rpm"), str(tmp_path / "cut.rpm")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "cut.rpm: byte" in output.err
    assert run(["packages", "fingerprint", str(tmp_path / "absent.rpm")]) == 2


def test_files_and_a_database_are_not_mixed(root, capsys):
    assert run(["packages", "fingerprint", "--root", str(root), "x.rpm"]) == 2
    assert "not both" in capsys.readouterr().err


def test_dbpath_alone_is_a_directory_of_this_system(root, capsys, monkeypatch):
    database(root, TOOL.installed())
    monkeypatch.chdir(root)
    assert run(["packages", "list", "--dbpath", "var/lib/rpm"]) == 0
    assert "tool-1:1.0-1" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[], ["list"], ["fingerprint"]])
def test_every_help_has_an_example(command, capsys):
    assert run(["packages", *command, "--help"]) == 0
    assert "Example:\n  xrattest packages" in capsys.readouterr().out.replace(
        "    xrattest", "  xrattest"
    ).replace("  Example", "Example")
