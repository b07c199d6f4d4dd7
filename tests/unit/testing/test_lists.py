"""Generated lists: the same for a seed, of the size that is said, and read as what they are said to be."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys

import pytest

from xrattest import ima
from xrattest.testing.lists import TEMPLATES, Recipe, certificate, write_list

BANKS = ("sha1", "sha256", "sha384", "sha512")
FORMAT = "d-ng|n-ng|sig|iuid|igid|imode"


def made(**options):
    binary, text = io.BytesIO(), io.BytesIO()
    known = write_list(Recipe(**options), binary, text)
    return known, binary.getvalue(), text.getvalue()


def test_a_seed_fixes_every_byte():
    _, binary, text = made(entries=50, template="ima-ng,evm-sig", seed=3, odd_every=4, violation_every=9)
    assert (
        hashlib.sha256(binary).hexdigest()
        == "985539946994d5385ccc2824f30f2d5e562fa7ec0faaa780da4e09e3587e9de9"
    )
    assert (
        hashlib.sha256(text).hexdigest() == "98f56572a743e648f30197b05d360a4971817202834f1af15e69e62ffe77012f"
    )
    assert made(entries=50, template="ima-ng,evm-sig", seed=4, odd_every=4, violation_every=9)[1] != binary


def test_usual_sizes():
    known, binary, text = made(entries=4000)
    assert (known.binary_size, known.ascii_size) == (len(binary), len(text))
    assert 122.0 < len(binary) / 4000 < 122.5
    assert 159.0 < len(text) / 4000 < 159.5


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize("endian", ["little", "big"])
@pytest.mark.parametrize("template", [*TEMPLATES, FORMAT, ",".join([*TEMPLATES, FORMAT])])
def test_lists_are_read_as_said(template, endian, bank):
    known, binary, _ = made(entries=60, template=template, endian=endian, bank=bank, replay=BANKS, pcrs=(10, 11, 12), violation_every=9,
                            odd_every=5, boots=2)  # fmt: skip
    replay = ima.replay(binary, BANKS)
    assert replay.is_consistent
    assert (replay.entries, replay.violations) == (60, len(known.violations))
    assert replay.pcrs == known.pcrs
    assert replay.templates == known.templates
    assert known.boot_aggregates == [0, 30]
    assert known.violations == [entry.number for entry in ima.read(binary) if entry.is_violation]


def test_signatures_are_of_the_certificate():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    _, binary, _ = made(entries=20, template="ima-sig", signatures="p256", pool=5, seed=7)
    assert certificate(7) == certificate(7)
    key = x509.load_der_x509_certificate(certificate(7)).public_key()
    signed = [entry for entry in ima.read(binary) if entry.signature]
    for entry in signed:
        assert entry.signature[:3] == b"\x03\x02\x04"
        key.verify(entry.signature[9:], entry.digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    assert 3 <= len({entry.signature for entry in signed}) <= 5


@pytest.mark.parametrize("options", [{"template": "ima-nh"}, {"bank": "md5"}, {"replay": ("sha2",)}, {"boots": 0},
                                     {"entries": 2, "boots": 3}, {"signatures": "p256", "digest": "sha1"}])  # fmt: skip
def test_what_no_kernel_writes_is_refused(options):
    with pytest.raises(ValueError, match=r"no bank|boots|p256|neither"):
        Recipe(**options)


def test_as_a_command(tmp_path):
    target = tmp_path / "list"
    command = [
        sys.executable,
        "-m",
        "xrattest.testing.lists",
        "--entries",
        "30",
        "-o",
        target,
        "--certificate",
        tmp_path / "der",
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    known, binary, _ = made(entries=30)
    assert target.read_bytes() == binary
    assert json.loads(done.stdout)["pcrs"]["sha256"]["10"] == known.pcrs["sha256"][10].hex()
    assert (tmp_path / "der").read_bytes() == certificate(0)
    refused = subprocess.run([*command, "--template", "none"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr == "'none' is neither a template nor a format of known fields\n"
