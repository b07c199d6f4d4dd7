"""`xrattest config`, as a user types it."""

from __future__ import annotations

import json
import tomllib

import pytest
from pydantic import BaseModel, ConfigDict

from xrattest.cli import run


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid")
    depth: int = 1


@pytest.fixture
def xrattest(tmp_path, capfd, monkeypatch):
    """Run a command line with one known plugin section; returns (exit status, standard output, standard error)."""
    monkeypatch.setattr("xrattest.cli.config.plugin_sections", lambda app: {"known": Section})

    def call(*arguments):
        status = run(
            ["--config", str(tmp_path / "config.toml"), "--state-dir", str(tmp_path / "state"), *arguments]
        )
        out, err = capfd.readouterr()
        return status, out, err

    return call


def test_what_is_in_force_is_shown_without_a_file(xrattest, tmp_path):
    status, out, _ = xrattest("config", "show")
    assert status == 0
    assert tomllib.loads(out)["trustpoints"]["system-trustpoint"]["lifetime-certificate"] == 200
    assert json.loads(xrattest("config", "show", "--json")[1])["plugins"]["timeout"] == 300
    assert xrattest("config", "show", "--written") == (0, "", "")
    assert not list(tmp_path.iterdir())


def test_what_is_shown_is_a_configuration(xrattest, tmp_path):
    (tmp_path / "config.toml").write_text(xrattest("config", "show")[1])
    assert xrattest("config", "show")[0] == 0


def test_set_history_diff_rollback(xrattest):
    assert xrattest("config", "set", "hostname", "lab1", "--label", "l[b]", "--comment", "why") == (
        0,
        "committed 1000000001\n",
        "",
    )
    assert (
        xrattest("config", "set", "trustpoints.system-trustpoint.lifetime-certificate", "300")[1]
        == "committed 1000000002\n"
    )
    assert (
        xrattest("config", "show", "--written")[1]
        == 'hostname = "lab1"\n\n[trustpoints.system-trustpoint]\nlifetime-certificate = 300\n'
    )
    assert "+lifetime-certificate = 300" in xrattest("config", "diff")[1]
    assert "+lifetime-certificate = 300" in xrattest("config", "diff", "1000000001")[1]
    assert "-lifetime-certificate = 300" in xrattest("config", "diff", "1000000002", "1000000001")[1]
    listed = json.loads(xrattest("config", "history", "--json")[1])
    assert [(commit["id"], commit["label"], commit["comment"]) for commit in listed] == [
        ("1000000002", None, None),
        ("1000000001", "l[b]", "why"),
    ]
    assert "l[b]" in xrattest("config", "history")[1]
    assert xrattest("config", "rollback", "1000000001")[1] == "committed 1000000003\n"
    assert (
        json.loads(xrattest("config", "show", "--json")[1])["trustpoints"]["system-trustpoint"][
            "lifetime-certificate"
        ]
        == 200
    )
    assert xrattest("config", "set", "--delete", "hostname")[1] == "committed 1000000004\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("set", "trustpoints.system-trustpoint.lifetime-certificate", "5475"), "30 to 5474 days"),
        (("set", "nonsense", "1"), "nonsense: no such setting"),
        (("set", "hostname"), "give KEY and VALUE"),
        (("set", "hostname", "x", "--delete"), "give KEY and VALUE"),
        (("set", "--delete", "hostname"), "not set"),
        (("set", "plugin.known.depht", "2"), "plugin.known.depht: no such setting"),
        (("set", "a b", "2"), "dotted path"),
        (("rollback", "1000000009"), "no commit"),
        (("rollback", "x"), "ten digits"),
        (("diff",), "no commits"),
        (("diff", "1000000001"), "no commit"),
    ],
)
def test_refusals(xrattest, tmp_path, arguments, words):
    status, out, err = xrattest("config", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not (tmp_path / "config.toml").exists()


def test_a_section_of_an_absent_plugin_is_kept(xrattest, tmp_path):
    assert xrattest("config", "set", "plugin.absent.x", "[1, 2]")[0] == 0
    assert xrattest("config", "set", "plugin.known.depth", "2")[0] == 0
    assert tomllib.loads((tmp_path / "config.toml").read_text())["plugin"] == {
        "absent": {"x": [1, 2]},
        "known": {"depth": 2},
    }


def test_a_hand_edit_is_announced_and_a_broken_one_can_be_rolled_back(xrattest, tmp_path):
    xrattest("config", "set", "hostname", "a")
    (tmp_path / "config.toml").write_text("hostname = [\n")
    assert "edited by hand" in xrattest("config", "history")[2]
    status, _, err = xrattest("config", "show")
    assert status == 2
    assert "config.toml" in err
    assert xrattest("config", "rollback", "1000000001")[0] == 0
    assert xrattest("config", "show", "--written")[1] == 'hostname = "a"\n'


def test_the_user_behind_sudo_is_recorded(xrattest, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "alice")
    xrattest("config", "set", "hostname", "a")
    assert json.loads(xrattest("config", "history", "--json")[1])[0]["user"].endswith("(sudo alice)")
