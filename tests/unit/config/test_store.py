"""Commits: history, diff, rollback, hand edits, and what a crash between any two steps leaves."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrattest.config.model import Settings
from xrattest.config.store import ConfigStore
from xrattest.errors import ConfigError

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIFETIME = "trustpoints.system-trustpoint.lifetime-certificate"


def store_in(directory, sections=None) -> ConfigStore:
    ticks = iter(range(1_000_000))
    return ConfigStore(
        directory / "etc" / "config.toml",
        directory / "etc" / "commits",
        sections=sections,
        clock=lambda: START + timedelta(seconds=next(ticks)),
    )


@pytest.fixture
def store(tmp_path):
    return store_in(tmp_path)


def everything_below(directory):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in directory.rglob("*")
    }


def test_reading_never_writes(store, tmp_path):
    assert store.load() == Settings()
    assert store.history() == []
    assert not store.hand_edited()
    assert list(tmp_path.iterdir()) == []
    store.set("hostname", "a", user="u")
    before = everything_below(tmp_path)
    store.load(), store.history(), store.diff("1000000001"), store.hand_edited()
    assert everything_below(tmp_path) == before


def test_a_commit_records_who_what_when_and_why(store):
    store.set("hostname", "a", user="alice", label="first", comment="a name", client="cli")
    store.set(LIFETIME, 300, user="bob")
    first, second = store.history()
    assert first.summary() == {"id": "1000000001", "time": "2026-11-23T12:00:00.000000Z", "user": "alice", "client": "cli",
                               "label": "first", "comment": "a name"}  # fmt: skip
    assert (second.id, second.user, second.label) == ("1000000002", "bob", None)
    assert '+hostname = "a"' in first.diff
    assert "+lifetime-certificate = 300" in second.diff
    assert "hostname" not in "".join(line for line in second.diff.splitlines() if line.startswith("+"))
    assert store.load().trustpoints["system-trustpoint"].lifetime_certificate == 300


def test_an_invalid_change_leaves_everything_as_it_was(store):
    store.set("hostname", "a", user="u")
    before = store.text()
    for key, value in ((LIFETIME, 20), ("nonsense", 1), ("plugins.timeout", "x")):
        with pytest.raises(ConfigError):
            store.set(key, value, user="u")
    assert store.text() == before
    assert len(store.history()) == 1


def test_a_change_that_changes_nothing_is_no_commit(store):
    store.set("hostname", "a", user="u")
    with pytest.raises(ConfigError, match="nothing to commit"):
        store.set("hostname", "a", user="u")


def test_rollback_is_a_new_commit(store):
    store.set("hostname", "a", user="u")
    store.set("hostname", "b", user="u")
    store.delete("hostname", user="u")
    done = store.rollback("1000000001", user="u")
    assert (done.id, done.comment) == ("1000000004", "rollback to 1000000001")
    assert store.load().hostname == "a"
    assert len(store.history()) == 4
    with pytest.raises(ConfigError, match="no commit 1000000009"):
        store.rollback("1000000009", user="u")
    with pytest.raises(ConfigError, match="ten digits"):
        store.rollback("../../etc/passwd", user="u")


def test_diff_between_any_two(store):
    for name in "abc":
        store.set("hostname", name, user="u")
    assert '-hostname = "a"' in store.diff("1000000001", "1000000003")
    assert '+hostname = "c"' in store.diff("1000000001", "1000000003")
    assert store.diff("1000000003") == ""
    assert "b/" not in store.diff("1000000003", "1000000001")


def test_a_hand_edit_becomes_a_commit_of_its_own_at_the_next_write(store):
    store.set("hostname", "a", user="u")
    store.path.write_text('hostname = "byhand"  # mine\n')
    assert store.load().hostname == "byhand"
    assert store.hand_edited()
    assert len(store.history()) == 1
    store.set("domain", "example.com", user="u")
    _, adopted, last = store.history()
    assert (adopted.client, adopted.text) == ("file", 'hostname = "byhand"  # mine\n')
    assert "# mine" in last.text
    assert not store.hand_edited()


def test_a_file_that_was_there_first_is_the_first_commit(store):
    store.path.parent.mkdir()
    store.path.write_text('hostname = "old"\n')
    store.set("hostname", "new", user="u")
    assert [commit.client for commit in store.history()] == ["file", "cli"]


def test_a_removed_file_is_a_hand_edit_too(store):
    store.set("hostname", "a", user="u")
    store.path.unlink()
    assert store.load() == Settings()
    store.set("domain", "x", user="u")
    assert [commit.text for commit in store.history()][1] == ""


def test_an_invalid_hand_edit_stops_a_change_and_is_set_aside_by_a_rollback(store):
    store.set("hostname", "a", user="u")
    store.path.write_text("hostname = [broken\n")
    with pytest.raises(ConfigError, match="edited by hand and is not valid"):
        store.set("domain", "x", user="u")
    store.rollback("1000000001", user="u")
    assert store.load().hostname == "a"
    (kept,) = (store.path.parent / "commits").glob("invalid-*.toml")
    assert kept.read_text() == "hostname = [broken\n"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_files_are_private_whatever_the_umask(store, mask):
    before = os.umask(mask)
    try:
        store.set("hostname", "a", user="u")
    finally:
        os.umask(before)
    commits = store.path.parent / "commits"
    assert stat.S_IMODE(commits.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in commits.iterdir()} == {0o600}


def test_a_damaged_record_is_named(store):
    store.set("hostname", "a", user="u")
    record = store.path.parent / "commits" / "1000000001.json"
    record.write_text(record.read_text().replace("hostname", "hostnome"))
    with pytest.raises(ConfigError, match=r"1000000001\.json: damaged"):
        store.history()


def test_a_file_that_is_not_text_is_refused(store):
    store.path.parent.mkdir()
    store.path.write_bytes(b"hostname = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 12"):
        store.load()


def scenario_set(store):
    store.set("hostname", "new", user="u")


def scenario_rollback(store):
    store.rollback("1000000001", user="u")


def scenario_adopt(store):
    store.path.write_text('hostname = "byhand"\n')
    store.set("hostname", "new", user="u")


@pytest.mark.parametrize("scenario", [scenario_set, scenario_rollback, scenario_adopt])
def test_a_crash_at_any_step_leaves_old_or_new_and_a_history_that_agrees(tmp_path, scenario, crash_after):
    finished, steps = False, 0
    while not finished:
        directory = tmp_path / str(steps)
        directory.mkdir()
        store = store_in(directory)
        store.set("hostname", "first", user="u")
        store.set("hostname", "old", user="u")
        finished = crash_after(steps, lambda store=store: scenario(store))
        check_after_crash(store, scenario)
        steps += 1
    assert steps > 8


def check_after_crash(store, scenario):
    after = {"scenario_rollback": "first"}.get(scenario.__name__, "new")
    between = {"byhand"} if scenario is scenario_adopt else set()
    seen = store.load().hostname
    assert seen in {"old", after, *between}
    # A reader's view agrees with itself before any writer mends anything.
    history = store.history()
    assert [commit.id for commit in history] == [str(1000000001 + n) for n in range(len(history))]
    if not store.hand_edited():
        assert history[-1].text == store.text()
    store.set("domain", "example.com", user="next")
    assert store.load().hostname == seen
    mended = store.history()
    assert [commit.id for commit in mended] == [str(1000000001 + n) for n in range(len(mended))]
    assert mended[-1].text == store.text()
    assert mended[: len(history)] == history
    assert not (store.path.parent / "commits" / "pending.json").exists()


edits = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"),
            st.sampled_from(["hostname", "domain", LIFETIME, "plugins.timeout"]),
            st.integers(30, 60),
        ),
        st.tuples(st.just("delete"), st.sampled_from(["hostname", "domain", LIFETIME]), st.none()),
        st.tuples(st.just("rollback"), st.integers(0, 9), st.none()),
        st.tuples(st.just("hand"), st.sampled_from(["hostname = 'h1'\n", "# only\n", ""]), st.none()),
    ),
    max_size=10,
)


@settings(max_examples=40, deadline=None)
@given(edits)
def test_any_sequence_keeps_file_and_history_together(tmp_path_factory, changes):
    store = store_in(tmp_path_factory.mktemp("config"))
    for kind, what, value in changes:
        try:
            if kind == "set":
                store.set(what, f"n{value}" if what in {"hostname", "domain"} else value, user="u")
            elif kind == "delete":
                store.delete(what, user="u")
            elif kind == "rollback":
                before = store.history()
                done = store.rollback(str(1000000001 + what), user="u")
                assert done.text == before[what].text
            else:
                store.path.parent.mkdir(exist_ok=True)
                store.path.write_text(what)
                continue
        except ConfigError:
            continue
        assert store.history()[-1].text == store.text()
    commits = store.history()
    assert [commit.id for commit in commits] == [str(1000000001 + n) for n in range(len(commits))]
    store.load()
