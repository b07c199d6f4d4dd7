"""Every measurement list that other projects publish: read as its source says, or refused with the right reason."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path

import pytest

from xrattest import ima
from xrattest.errors import AsciiListWarning, ImaFormatError

pytestmark = pytest.mark.corpus

# Entries, of them with a wrong template hash, violations.
READ = {
    "cc-api-evidence-api/ima_log.bin": (1, 0, 0),
    "hpe-keylime-perf-tests/ima_log.txt": (780, 0, 0),
    "ima-evm-utils/sample-ascii_runtime_measurements-pcrs-8-9": (1, 0, 0),
    "ima-evm-utils/test_ascii_runtime_measurements": (3, 0, 0),
    "keylime/ima-log-sha1": (2, 0, 1),
    "keylime/ima-log-sha256": (2, 0, 0),
    "keylime/ima-log-sha384": (2, 0, 1),
    "keylime/ima-log-sha512": (2, 0, 1),
    # Its template hashes are SM3, which the checker that SOURCE.txt quotes did not know.
    "keylime/ima-log-sm3_256": (2, 0, 1),
    "keylime/ima-log-unknown": (2, 1, 1),
    "keylime-embedded/test_create_runtime_policy-line150.log": (1, 0, 1),
    "keylime-embedded/test_create_runtime_policy-line155.log": (1, 0, 1),
    "keylime-embedded/test_create_runtime_policy-line170.log": (1, 0, 0),
    "keylime-embedded/test_create_runtime_policy-line175.log": (1, 1, 0),
    "keylime-embedded/test_create_runtime_policy-line180.log": (1, 1, 0),
    "keylime-embedded/test_create_runtime_policy-line492.log": (3, 0, 0),
    "keylime-embedded/test_create_runtime_policy-line516.log": (1, 0, 0),
    "keylime-embedded/test_ima_ast-line12.log": (1, 0, 0),
    "keylime-embedded/test_ima_ast-line16.log": (1, 0, 0),
    "keylime-embedded/test_ima_ast-line20.log": (1, 0, 0),
    "keylime-embedded/test_ima_ast-line24.log": (1, 0, 0),
    "keylime-embedded/test_ima_ast-line28.log": (1, 0, 0),
    "keylime-embedded/test_ima_ast-line32.log": (1, 0, 0),
    **{f"keylime-embedded/test_ima_dm-line{line}.log": (1, 0, 0)
       for line in (11, 14, 17, 20, 23, 26, 29, 34, 37, 40, 43, 89, 92, 95, 98)},
    "keylime-embedded/test_ima_verification-line73.log": (3, 0, 0),
    "keylime-embedded/test_ima_verification-line81.log": (2, 0, 0),
    "keylime-embedded/test_ima_verification-line88.log": (1, 1, 0),
    "keylime-embedded/test_ima_verification-line90.log": (1, 0, 0),
    "kgoldman-acs/imasig.log": (1083, 1, 0),
    "linux-integrity-ima-doc/sigv2-verity.log": (1, 0, 0),
    "puiterwijk-ima-measurements-rs/imang": (3, 0, 0),
    "rust-keylime/ascii_runtime_measurements": (826, 0, 0),
    "rust-keylime/ima_log.txt": (1, 0, 0),
}  # fmt: skip

_NO_LIST = "neither the kernel's binary measurement list nor its ascii one"

REFUSED = {
    "cc-api-evidence-api/vmsdk-eventlog-sample-output-with-IMA.txt": _NO_LIST,
    "ima-evm-utils/sample-binary_bios_measurements-pcrs-8-9": _NO_LIST,
    "ima-evm-utils/sample-tpm-2.0-pcrs-8-9": _NO_LIST,
    "ima-evm-utils/test_binary_bios_measurements": _NO_LIST,
    "keylime-embedded/test_create_runtime_policy-line160.log": "line 1: template ima: a digest of 21 bytes, where 20 are possible",
    "keylime-embedded/test_create_runtime_policy-line511.log": "line 1: template ima-ng: 1 fields, where the template has 2",
    "keylime-embedded/test_ima_ast-line39.log": "line 1: template ima-ng: a field that is not hexadecimal",
    "kgoldman-acs/imakey.der": _NO_LIST,
    "rust-keylime/invalid_ima_log.txt": _NO_LIST,
}

BINARY = {"kgoldman-acs/imasig.log", "puiterwijk-ima-measurements-rs/imang"}


def known_pcrs(path: Path) -> dict[str, dict[int, str]]:
    """Return what SOURCE.txt says that `path` replays to."""
    found: dict[str, dict[int, str]] = {}
    inside = False
    for line in (path.parent / "SOURCE.txt").read_text().splitlines():
        if line.startswith("  ") and not line.startswith("   "):
            inside = line.strip().startswith(f"{path.name}: ")
        if inside and (pcr := re.fullmatch(r"\s+PCR(\d+) (\w+) ([0-9a-f]+)", line)):
            found.setdefault(pcr[2], {})[int(pcr[1])] = pcr[3]
    return found


def test_no_file_is_forgotten(corpus):
    found = {str(path.relative_to(corpus / "ima")) for path in (corpus / "ima").glob("*/*")}
    assert {name for name in found if not name.endswith("/SOURCE.txt")} == {*READ, *REFUSED}


@pytest.mark.parametrize("name", READ)
def test_lists_are_read_as_their_source_says(name, corpus):
    path = corpus / "ima" / name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        replay = ima.replay(path)
    assert (replay.entries, replay.mismatch_count, replay.violations) == READ[name]
    pcrs = {
        bank: {index: value.hex() for index, value in values.items()} for bank, values in replay.pcrs.items()
    }
    assert pcrs == known_pcrs(path)
    said = [one.message for one in caught]
    assert [type(one) for one in said] == ([] if name in BINARY else [AsciiListWarning])
    if said:
        assert (said[0].entries, said[0].unproven, said[0].violations, said[0].joined) == (*READ[name], 0)


@pytest.mark.parametrize("profile", ["xr", "minimal"])
@pytest.mark.parametrize("name", READ)
def test_ascii_lists_are_lists_like_others(name, profile, corpus):
    out, blocks, again = io.BytesIO(), io.BytesIO(), io.BytesIO()
    ima.join([corpus / "ima" / name], out)
    ima.compact(out.getvalue(), blocks, profile)
    ima.expand(blocks.getvalue(), again)
    assert again.getvalue() == out.getvalue()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_list_is_refused_with_the_reason(name, corpus):
    with pytest.raises(ImaFormatError) as caught:
        ima.replay(corpus / "ima" / name)
    assert REFUSED[name] in str(caught.value)
    assert (caught.value.index, caught.value.offset) == (0, 0)
