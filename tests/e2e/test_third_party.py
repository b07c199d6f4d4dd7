"""A plugin as an outsider writes, packages and installs it: listed, documented, and in the dossier of every run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-thermometer"
version = "2.3.4"
dependencies = ["xrattest"]

[project.entry-points.xrattest]
thermometer = "acme_thermometer"
"""

MODULE = '''\
"""Temperatures of thermal zones."""

import click
from pydantic import BaseModel
from xrattest.errors import Unavailable
from xrattest.evidence import Model
from xrattest.plugin import Finding, Section, hookimpl

ZONES = "/sys/class/thermal"


class Options(BaseModel):
    unit: str = "mC"


class Thermometer:
    name = "thermometer"
    selector = "temperatures"
    part = "zones"
    evidence_type = "urn:acme:temperatures:1"
    model = Model("acme-temperatures", "2026-01-01")
    options = Options

    def collect(self, context, body):
        if not context.root.exists(ZONES):
            raise Unavailable(f"no thermal zones in {ZONES}")
        zones = [zone.decode() for zone in context.root.listdir(ZONES)]
        body.member("zones", [
            {"name": zone, "unit": context.options.unit, "temp": context.root.read_text(f"{ZONES}/{zone}/temp").strip()}
            for zone in zones
        ])


class CoolEnough:
    name = "cool-enough"
    selector = "temperatures"

    def appraise(self, body):
        hot = [zone["name"] for zone in body["zones"] if int(zone["temp"]) > 90000]
        return [Finding("heat", "fail" if hot else "pass", f"too hot: {hot}")]


@click.command()
def temperature():
    """Print the temperature."""
    click.echo("mild")


@hookimpl
def xrattest_register_collectors():
    return [Thermometer()]


@hookimpl
def xrattest_register_appraisers():
    return [CoolEnough()]


@hookimpl
def xrattest_register_commands():
    return [temperature]


@hookimpl
def xrattest_register_config():
    return [Section("thermo", Options, ("thermometer",))]
'''


@pytest.fixture
def acme(tmp_path, install):
    source = tmp_path / "acme"
    (source / "acme_thermometer").mkdir(parents=True)
    (source / "pyproject.toml").write_text(PYPROJECT)
    (source / "acme_thermometer" / "__init__.py").write_text(MODULE)
    return install(source)


@pytest.fixture
def root(tmp_path):
    zone = tmp_path / "root" / "sys/class/thermal/zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("42000\n")
    return tmp_path / "root"


def test_listed_with_its_provenance(xrattest, acme):
    listed = json.loads(xrattest("plugins", "list", "--json", path=acme).stdout)
    (mine,) = [plugin for plugin in listed["plugins"] if plugin["name"] == "thermometer"]
    assert (mine["distribution"], mine["version"]) == ("acme-thermometer", "2.3.4")
    assert Path(mine["location"]) == acme / "acme_thermometer/__init__.py"
    assert mine["hooks"] == [
        "xrattest_register_appraisers", "xrattest_register_collectors", "xrattest_register_commands",
        "xrattest_register_config",
    ]  # fmt: skip
    assert {"ima", "filesystem", "rpm", "reboot"} < {plugin["name"] for plugin in listed["plugins"]}
    assert "acme-thermometer" in xrattest("plugins", "list", path=acme).stdout
    assert "option unit [default: mC]" in xrattest("plugins", "info", "thermometer", path=acme).stdout
    xrattest("plugins", "info", "thermometer", status=2)


def test_in_the_dossier(xrattest, acme, root):
    done = xrattest("dossier", "--root", str(root), "--include", "temperatures", "--nonce", "1580", path=acme)
    dossier = json.loads(done.stdout)
    assert (dossier["nonce"], done.stderr) == ("1580", "")
    temperatures = dossier["temperatures"]
    assert temperatures["result-code"] == "Success"
    assert temperatures["collectors"][0]["plugin"] == "thermometer"
    assert temperatures["collectors"][0]["version"] == "2.3.4"
    assert temperatures["zones"] == [{"name": "zone0", "unit": "mC", "temp": "42000"}]


def test_unavailable_and_options(xrattest, acme, root, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    done = xrattest("dossier", "--root", str(empty), "--include", "temperatures", path=acme, status=3)
    assert done.stderr == "xrattest: temperatures: Unavailable: no thermal zones in /sys/class/thermal\n"
    (tmp_path / "config.toml").write_text("[plugin.thermo]\nunit = 'K'\n")
    asked = ("dossier", "--root", str(root), "--include", "temperatures")
    assert json.loads(xrattest(*asked, path=acme).stdout)["temperatures"]["zones"][0]["unit"] == "K"
    given = xrattest(*asked, "--set", "thermometer.unit=F", path=acme).stdout
    assert json.loads(given)["temperatures"]["zones"][0]["unit"] == "F"
    xrattest(*asked, "--set", "thermometer.colour=red", path=acme, status=2)
    xrattest(*asked, "--display", "compact", path=acme, status=2)


def test_its_command_is_attached(xrattest, acme):
    assert xrattest("temperature", path=acme).stdout == "mild\n"
    assert "Print the temperature." in xrattest("--help", path=acme).stdout


def test_signed_and_verified_and_appraised(xrattest, acme, root, tmp_path):
    envelope, anchor, policy = (str(tmp_path / name) for name in ("e.json", "root.pem", "policy.toml"))
    done = xrattest(
        "attest",
        "--root",
        str(root),
        "--include",
        "temperatures",
        "--nonce",
        "1580",
        "-o",
        envelope,
        path=acme,
    )
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith(
        "xrattest: made a self-signed system-trustpoint: it proves plumbing"
    )
    again = xrattest(
        "attest",
        "--root",
        str(root),
        "--include",
        "temperatures",
        "--nonce",
        "1580",
        "-o",
        envelope,
        path=acme,
    )
    assert again.stderr == ""
    xrattest("pki", "certificate", "export", "--root", "-o", anchor)
    Path(policy).write_text("[appraisers]\nallow = ['cool-enough']\n")
    verify = ("verify", envelope, "--trust-anchor", anchor, "--nonce", "1580", "--json")
    verdict = json.loads(xrattest(*verify, "--policy", policy, path=acme).stdout)
    assert verdict["verdict"] == "pass"
    assert any("cool-enough" in check["id"] and check["status"] == "pass" for check in verdict["checks"])
    assert json.loads(xrattest(*verify).stdout)["verdict"] == "pass"


def test_blocked_or_broken_it_costs_itself_only(xrattest, acme, root):
    xrattest(
        "--plugin=-thermometer",
        "dossier",
        "--root",
        str(root),
        "--include",
        "temperatures",
        path=acme,
        status=2,
    )
    (acme / "acme_thermometer/__init__.py").write_text("raise SystemExit('rude')")
    done = xrattest("dossier", "--root", str(root), "--include", "reboot-history", path=acme, status=3)
    assert "plugin 'thermometer' (import): SystemExit: rude" in done.stderr
    assert json.loads(done.stdout)["reboot-history"]["result-code"] == "Unavailable"
    unknown = xrattest("dossier", "--include", "temperatures", path=acme, status=2)
    assert "rude" in unknown.stderr
    listed = xrattest("plugins", "list", path=acme, status=1).stdout
    assert "xrattest-ima" in listed
    assert "thermometer" not in listed
