"""Whole lists judged: what a host measured is what is allowed, and one change is one finding."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrattest.verify.ima.golden import Golden
from xrattest.verify.ima.policy import ImaPolicy
from xrattest.verify.ima.rules import Rules
from xrattest.verify.ima.survey import RECORDS_LIMIT, survey
from xrattest.verify.policy import Policy

VECTORS = Path(__file__).parents[3] / "vectors" / "ima"

PATHS = st.binary(min_size=1, max_size=30).map(lambda raw: b"/" + raw.replace(b"\0", b"."))
FILES = st.lists(
    st.tuples(
        PATHS, st.sampled_from(["sha1", "sha256", "sha512", "md5"]), st.binary(max_size=3), st.booleans()
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("lists") / "list"


def written(make, files) -> list[bytes]:
    entries = [make.binary(b"boot_aggregate", bytes(32))]
    for path, algorithm, content, violation in files:
        digest = hashlib.new(algorithm, content).digest()
        entries.append(make.binary(path, digest, algorithm, violation=violation))
    return entries


def golden(content: bytes) -> ImaPolicy:
    taken = Golden()
    taken.take(content)
    # As it is read again: a policy that cannot be written is of no use.
    return ImaPolicy.model_validate(
        json.loads(taken.policy().model_dump_json(by_alias=True, exclude_unset=True))
    )


@given(files=FILES)
def test_what_a_list_measured_passes_and_is_counted(make, place, files):
    entries = written(make, files)
    place.write_bytes(b"".join(entries))
    found = survey(place, Rules(golden(b"".join(entries))))
    assert found.judged["fail"].count == 0
    assert sum(found.rules.values()) == found.entries == len(entries)
    assert sum(told.count for told in found.violations.values()) == sum(violation for *_, violation in files)


@given(files=FILES.filter(lambda files: not all(one[3] for one in files)), data=st.data())
def test_one_other_digest_or_path_is_exactly_one_finding(make, place, files, data):
    entries = written(make, files)
    policy = golden(b"".join(entries))
    which = data.draw(st.sampled_from([number for number, one in enumerate(files) if not one[3]]))
    path, algorithm, content, _ = files[which]
    if data.draw(st.booleans()):
        kind, changed = (
            "changed",
            make.binary(path, hashlib.new(algorithm, b"other" + content).digest(), algorithm),
        )
    else:
        kind, changed = (
            "unlisted",
            make.binary(path + b"~" * 40, hashlib.new(algorithm, content).digest(), algorithm),
        )
    entries[which + 1] = changed
    place.write_bytes(b"".join(entries))
    found = survey(place, Rules(policy))
    assert found.judged["fail"].count == 1
    record = found.judged["fail"].records[0]
    assert (record["entry"], record["kind"]) == (which + 1, kind)
    assert record["got"].startswith(f"{algorithm}:")


def test_records_are_bounded_and_everything_is_counted(make, place):
    place.write_bytes(
        b"".join(make.binary(f"/{number}".encode(), bytes(32)) for number in range(RECORDS_LIMIT + 50))
    )
    found = survey(place, Rules(ImaPolicy(unlisted="fail", violations="fail")))
    assert found.judged["fail"].count == found.rules["unlisted", "fail", "unlisted"] == RECORDS_LIMIT + 50
    assert len(found.judged["fail"].records) == RECORDS_LIMIT


def test_a_list_that_begins_later_has_no_boot_aggregate_to_excuse(make, place):
    place.write_bytes(make.binary(b"boot_aggregate", bytes(32)) + make.binary(b"/x", bytes(32)))
    found = survey(place, Rules(ImaPolicy(unlisted="fail")), first=7)
    assert [record["entry"] for record in found.judged["fail"].records] == [7, 8]


def test_paths_that_cannot_be_printed_are_told_whole(make, place):
    place.write_bytes(make.binary(b"/\xff\x1b[2J", bytes(32)))
    found = survey(place, Rules(ImaPolicy(unlisted="fail")))
    assert found.judged["fail"].records[0]["path-bytes"] == "L/8bWzJK"


@pytest.mark.parametrize("name", ["ng-sha256", "sig-sha256", "ima-sha1"])
def test_real_lists_pass_their_own_policy_and_not_anothers(name):
    log = VECTORS / f"{name}.bin"
    found = survey(log, Rules(golden(log.read_bytes())))
    assert found.judged["fail"].count == 0
    assert found.rules["boot-aggregate", "accept", "accepted"] == 1
    assert found.violations["warn"].count == len(
        json.loads(log.with_suffix(".json").read_text())["violation_indices"]
    )
    assert (found.rules["allow-weak", "warn", "weak-digest"] > 100) == (name == "ima-sha1")
    other = VECTORS / ("sig-sha256.bin" if name != "sig-sha256" else "ng-sha256.bin")
    assert survey(other, Rules(golden(log.read_bytes()))).judged["fail"].count > 0


@pytest.mark.corpus
def test_the_lists_of_the_lab_pass_their_own_policy(corpus):
    judged = 0
    for log in sorted((corpus / "vm").glob("*/ima/binary_runtime_measurements")):
        taken = Golden()
        taken.take(log)
        policy = taken.policy()
        found = survey(log, Rules(policy))
        expected = json.loads((log.parents[1] / "expected.json").read_text("utf-8"))
        assert found.entries == expected["entries"]
        assert sum(told.count for told in found.violations.values()) == expected["violations"], log
        assert found.judged["fail"].count == found.rules["opaque", "fail", "opaque"] == taken.opaque, log
        assert Policy.model_validate({"ima": json.loads(policy.model_dump_json(by_alias=True))}).ima == policy
        judged += 1
    assert judged >= 10
