"""A TPM in a process of its own, spoken to with tpm2-tools: its quotes pass, and forgeries fail for the right reason."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xrattest.tpm import parse_pcr_file

pytestmark = pytest.mark.peer

NAMES = ["/bin/sh", "/bin/ls", "/usr/bin/curl", "/usr/bin/tpm2_quote"]
RESET = bytes(32 * 8)
"""PCR 0 to 7 of a TPM that no firmware told anything."""
BANKS = "sha1:10+sha256:0,1,2,3,4,5,6,7,10"


class Tpm:
    """A software TPM of its own state; PCR 10 is extended as the kernel would."""

    def __init__(self, directory: Path, find, banks: str) -> None:
        self.directory = directory
        directory.mkdir()
        state = directory / "state"
        state.mkdir()
        setup = [
            find("swtpm_setup", package="swtpm-tools"),
            "--tpm2",
            "--tpmstate",
            state,
            "--pcr-banks",
            banks,
        ]
        subprocess.run(setup, check=True, capture_output=True)
        self.tools = Path(find("tpm2_quote", package="tpm2-tools")).parent
        port = two_ports()
        command = [
            find("swtpm", package="swtpm"), "socket", "--tpm2", "--tpmstate", f"dir={state}",
            "--server", f"type=tcp,port={port},bindaddr=127.0.0.1",
            "--ctrl", f"type=tcp,port={port + 1},bindaddr=127.0.0.1",
            "--flags", "not-need-init,startup-clear",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.environment = os.environ | {
            "TPM2TOOLS_TCTI": f"swtpm:host=127.0.0.1,port={port}",
            "TSS2_LOG": "all+NONE",
        }
        self.wait()

    def wait(self) -> None:
        for _ in range(100):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.run("getcap", "properties-fixed")
                return
            time.sleep(0.1)
        raise AssertionError("the TPM does not answer")

    def run(self, tool: str, *arguments: object) -> str:
        """Run a tool; objects are flushed afterwards, for a TPM without a resource manager keeps three."""
        done = None
        for command in ([f"tpm2_{tool}", *arguments], ["tpm2_flushcontext", "-t"]):
            program, *rest = command
            answer = subprocess.run(
                [self.tools / str(program), *map(str, rest)],
                check=True, capture_output=True, text=True, env=self.environment, cwd=self.directory,
            )  # fmt: skip
            done = done or answer
        assert done is not None
        return done.stdout

    def attestation_key(self, kind: str, name: str) -> Path:
        """Make an attestation key and return its public area."""
        scheme = {"rsa": "rsassa", "rsapss": "rsapss", "ecc": "ecdsa"}[kind]
        algorithm = "ecc" if kind == "ecc" else "rsa"
        self.run("createek", "-c", f"ek-{name}.ctx", "-G", algorithm, "-u", f"ek-{name}.pub")
        self.run(
            "createak", "-C", f"ek-{name}.ctx", "-c", f"{name}.ctx", "-G", algorithm, "-g", "sha256", "-s", scheme,
            "-u", f"{name}.pub", "-f", "tss", "-n", f"{name}.name",
        )  # fmt: skip
        return self.directory / f"{name}.pub"

    def measure(self, entries: list[bytes], banks: tuple[str, ...] = ("sha1", "sha256")) -> None:
        for entry in entries:
            data = entry[24 + 4 + len(b"ima-ng") + 4 :]
            self.run(
                "pcrextend",
                "10:" + ",".join(f"{bank}={hashlib.new(bank, data).hexdigest()}" for bank in banks),
            )

    def quote(self, key: str, extra: str, selection: str = BANKS) -> tuple[bytes, bytes, bytes]:
        """Return the quote, its signature and the PCR file."""
        # The tool assumes a scheme of its own and the key refuses any but its own.
        scheme = {"rsapss": "rsapss", "ecc": "ecdsa"}.get(key, "rsassa")
        self.run(
            "quote", "-c", f"{key}.ctx", "-l", selection, "-q", extra, "-m", "q", "-s", "s", "-o", "p", "-g", "sha256",
            "--scheme", scheme,
        )  # fmt: skip
        return tuple((self.directory / name).read_bytes() for name in ("q", "s", "p"))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def two_ports() -> int:
    """Return a free port whose successor is free too."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", first.getsockname()[1] + 1))
                return first.getsockname()[1]
    raise AssertionError("no two ports")


@pytest.fixture(scope="module")
def entries(quoting):
    return [quoting.entry("boot_aggregate", RESET), *(quoting.entry(name) for name in NAMES)]


@pytest.fixture(scope="module")
def tpm(require_peer, tmp_path_factory, entries):
    """A TPM whose PCR 10 holds the list, with keys `rsa`, `rsapss` and `ecc`."""
    device = Tpm(tmp_path_factory.mktemp("tpm") / "device", require_peer, "sha1,sha256")
    try:
        for kind in ("rsa", "rsapss", "ecc"):
            device.attestation_key(kind, kind)
        device.measure(entries)
        yield device
    finally:
        device.stop()


class Device:
    """The command line on a host, with state of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir()
        self.run("pki", "trustpoint", "enroll")
        self.run("pki", "certificate", "export", "--root", "-o", home / "root.pem")

    def run(self, *arguments: object, status: int = 0, stdin: str = "") -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("XRATTEST_")}
        environment |= {"HOME": str(self.home), "XRATTEST_STATE_DIR": str(self.home / "state")}
        command = [sys.executable, "-m", "xrattest", "--config", self.home / "config.toml", *arguments]
        done = subprocess.run(
            list(map(str, command)), input=stdin, capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    def attest(self, dossier: str, nonce: str) -> Path:
        envelope = self.home / "envelope.json"
        envelope.write_text(self.run("sign", "--nonce", nonce, "--include-certificate", stdin=dossier))
        return envelope

    def verdict(self, envelope: Path, nonce: str, keys: list[Path], *more: str, status: int) -> dict:
        named = [part for key in keys for part in ("--ak", key)]
        anchors = ("--trust-anchor", self.home / "root.pem")
        told = json.loads(
            self.run("verify", envelope, *anchors, "--nonce", nonce, *named, *more, "--json", status=status)
        )
        return next(check for check in told["checks"] if check["id"] == "ima.matches-quote") | {
            "verdict": told
        }


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    return Device(tmp_path_factory.mktemp("host") / "home")


@pytest.fixture
def attested(tpm, host, quoting, entries):
    """Return a function: quote and attest, by default as an honest device does; it gives the envelope."""

    def run(nonce="1580", *, key="rsa", extra=None, log=None, quote=None, selection=BANKS):
        extra = extra or host.run("pki", "quote-nonce", "--nonce", nonce).strip()
        message, signature, values = quote or tpm.quote(key, extra, selection)
        node = quoting.node_data(b"".join(entries if log is None else log))
        registers = quoting.registers(message, signature, parse_pcr_file(values))
        return host.attest(quoting.dossier([node], [registers], nonce), nonce)

    return run


@pytest.mark.parametrize("key", ["rsa", "rsapss", "ecc"])
def test_an_honest_device_passes(tpm, host, attested, entries, key):
    check = host.verdict(attested(key=key), "1580", [tpm.directory / f"{key}.pub"], status=0)
    assert (check["status"], check["required"]) == ("pass", True)
    assert f"covers {len(entries)} of {len(entries)} entries" in check["detail"]


def test_the_list_may_have_grown_since(tpm, host, attested, quoting, entries):
    grown = [*entries, quoting.entry("/usr/bin/xrattest")]
    check = host.verdict(attested(log=grown), "1580", [tpm.directory / "rsa.pub"], status=0)
    assert (check["status"], "covers 5 of 6 entries" in check["detail"]) == ("pass", True)


def kinds(check: dict) -> set[str]:
    return {
        finding["kind"] for finding in check["verdict"]["findings"] if finding["check"] == "ima.matches-quote"
    }


def test_an_edited_list_fails(tpm, host, attested, quoting, entries):
    for log in ([*entries[:3], quoting.entry("/usr/bin/true"), entries[4]], entries[:3] + entries[4:]):
        check = host.verdict(attested(log=log), "1580", [tpm.directory / "rsa.pub"], status=1)
        assert (check["status"], kinds(check)) == ("fail", {"never-reached"})


def test_a_quote_of_another_time_or_key_fails(tpm, host, attested, tmp_path):
    keys = [tpm.directory / "rsa.pub"]
    old = host.run("pki", "quote-nonce", "--nonce", "1580").strip()
    replayed = host.verdict(attested("1581", extra=old), "1581", keys, status=1)
    assert (replayed["status"], kinds(replayed)) == ("fail", {"extra-data"})
    other = Device(tmp_path / "other").run("pki", "quote-nonce", "--nonce", "1580").strip()
    relayed = host.verdict(attested(extra=other), "1580", keys, status=1)
    assert (relayed["status"], kinds(relayed)) == ("fail", {"extra-data"})


def test_a_quote_over_the_bare_nonce_is_another_mode(tpm, host, attested):
    keys = [tpm.directory / "ecc.pub"]
    envelope = attested(key="ecc", extra="1580")
    assert kinds(host.verdict(envelope, "1580", keys, status=1)) == {"extra-data"}
    check = host.verdict(envelope, "1580", keys, "--quote-binding", "nonce", status=0)
    assert "another machine's TPM may have answered" in check["detail"]


def test_another_key_fails(tpm, host, attested):
    tpm.attestation_key("rsa", "second")
    check = host.verdict(
        attested(key="second"), "1580", [tpm.directory / "rsa.pub", tpm.directory / "ecc.pub"], status=1
    )
    assert (check["status"], kinds(check)) == ("fail", {"bad-signature"})


def test_a_quote_without_the_pcr_of_the_list_fails(tpm, host, attested):
    check = host.verdict(attested(selection="sha256:0,1"), "1580", [tpm.directory / "rsa.pub"], status=1)
    assert (check["status"], kinds(check)) == ("fail", {"pcr-not-quoted"})


def test_a_key_that_signs_anything_is_not_taken(tpm, host, attested):
    tpm.run("createprimary", "-C", "o", "-c", "primary.ctx")
    tpm.run("create", "-C", "primary.ctx", "-G", "rsa2048:rsassa-sha256:null", "-u", "free.pub", "-r", "free.priv",
            "-a", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign")  # fmt: skip
    named = ("--trust-anchor", host.home / "root.pem", "--nonce", "1580", "--ak", tpm.directory / "free.pub")
    host.run("verify", attested(), *named, status=2)


def test_check_quote_reads_what_the_tools_write(tpm, host, tmp_path, entries):
    for name, content in zip(("q", "s", "p"), tpm.quote("ecc", "1580"), strict=True):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "list").write_bytes(b"".join(entries))
    given = ["--quote", tmp_path / "q", "--signature", tmp_path / "s", "--ak", tpm.directory / "ecc.pub"]
    given += ["--pcrs", tmp_path / "p", "--nonce", "1580"]
    assert "list: 5 of 5 entries covered" in host.run(
        "ima", "check-quote", *given, "--log", tmp_path / "list"
    )
    host.run("ima", "check-quote", *given)
    assert "refused (extra-data)" in host.run("ima", "check-quote", *given, "--nonce", "1581", status=1)


def test_a_bank_that_is_not_active_gives_an_empty_selection(require_peer, tmp_path, host):
    device = Tpm(tmp_path / "device", require_peer, "sha256")
    try:
        key = device.attestation_key("rsa", "rsa")
        message, signature, _ = device.quote("rsa", "1580", "sha1:10")
        (tmp_path / "q").write_bytes(message)
        (tmp_path / "s").write_bytes(signature)
    finally:
        device.stop()
    given = ("--quote", tmp_path / "q", "--signature", tmp_path / "s", "--ak", key, "--nonce", "1580")
    assert "refused (selection-empty)" in host.run("ima", "check-quote", *given, status=1)
