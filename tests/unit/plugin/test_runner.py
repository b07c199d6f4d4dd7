"""Collectors in processes of their own: whatever they do, it is their own part's result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xrattest import strictjson
from xrattest.dossier.parts import spools
from xrattest.evidence import ResultCode
from xrattest.plugin.host import Host
from xrattest.plugin.processes import Limits
from xrattest.plugin.runner import Surroundings, Task, run_collectors

SUCCESS, PARTIAL, UNAVAILABLE, FAILURE = ResultCode
GOOD = "body.member('hello', 'world')"


@pytest.fixture
def run(site, tmp_path):
    """Run the collectors of plugins written with `site`, and return their parts and bodies by collector name."""

    def runner(*names, options=None, **limits):
        host = Host.discover(allow=list(names))
        assert host.problems == []
        tasks = [Task(entry, (options or {}).get(entry.collector.name, {})) for entry in host.collectors()]
        surroundings = Surroundings(root=tmp_path, limits=Limits(**limits))
        results = {}
        with spools(tmp_path) as made:
            for task, part in zip(tasks, run_collectors(tasks, surroundings, made), strict=True):
                body = strictjson.loads(part.body.read_bytes()) if part.body else None
                results[task.entry.collector.name] = (part, body)
        return results

    return runner


@pytest.fixture
def run_one(site, run):
    """Run one collector and return its part and body."""

    def runner(collect, *, extra="", attributes="", options=None, **limits):
        site.collector("subject", collect, extra=extra, attributes=attributes)
        return run("subject", options=options, **limits)["subject"]

    return runner


def gone(pid: int) -> bool:
    """Whether the process ends within two seconds."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_success(run_one):
    part, body = run_one("""
        body.member('a', [1, 2])
        with body.stream('b') as fd:
            os.write(fd, b'{"raw": tr')
            os.write(fd, b'ue}')
        body.member('c', 'ü')
    """)
    assert part.code is SUCCESS
    assert body == {"a": [1, 2], "b": {"raw": True}, "c": "ü"}
    assert [member.key for member in part.members] == ["a", "b", "c"]
    assert part.start <= part.end
    assert (part.plugin, part.version, part.selector, part.part) == ("subject", "1.0", "subject", "main")


def test_every_other_part_is_whole(site, run):
    bad = {
        "a-raises": "raise ValueError", "c-exits": "os._exit(0)", "e-killed": "os.kill(os.getpid(), 9)",
        "g-garbles": "os.write(1, b'x'); os.closerange(0, 200)", "i-endless": "time.sleep(600)",
    }  # fmt: skip
    for name, collect in bad.items():
        site.collector(name.replace("-", ""), collect)
        site.collector("zz" + name.replace("-", ""), GOOD)
    names = [prefix + name.replace("-", "") for name in bad for prefix in ("", "zz")]
    results = run(*names, timeout=10.0)
    for name, (part, body) in results.items():
        good = name.startswith("zz")
        assert (part.code, body) == ((SUCCESS, {"hello": "world"}) if good else (FAILURE, None))


def test_partial(run_one):
    part, body = run_one(
        "body.member('a', 1); body.problem('cannot read', '/x'); body.problem('odd', b'/\\xff')"
    )
    assert (part.code, body, part.reason) == (PARTIAL, {"a": 1}, None)
    assert part.problems == (
        {"reason": "cannot read", "path": "/x"},
        {"reason": "odd", "path": "/\ufffd", "path-bytes": "L/8="},
    )


def test_problems_are_bounded(run_one):
    part, _ = run_one("""
        body.member('a', 1)
        for n in range(5000): body.problem('p' * 100000, '/' + 'x' * 100000)
    """)
    assert len(part.problems) == 1001
    assert part.problems[-1] == {"reason": "4000 more problems are not listed"}
    assert max(len(row.get("path", "")) for row in part.problems) == 4096
    assert max(len(row["reason"]) for row in part.problems) == 400


@pytest.mark.parametrize(
    ("collect", "code", "reason"),
    [
        ("raise Unavailable('no such device; load the module')", UNAVAILABLE, "no such device; load the module"),
        ("body.member('a', 1); raise Unavailable('half way')", UNAVAILABLE, "half way"),
        ("raise CollectError('cannot read it')", FAILURE, "cannot read it"),
        ("raise ValueError('bad\\nvalue')", FAILURE, "ValueError: bad value"),
        ("open('/no/such/file')", FAILURE, "FileNotFoundError: /no/such/file: No such file or directory"),
        ("sys.exit(0)", FAILURE, "SystemExit: 0"),
        ("raise BaseException", FAILURE, "BaseException"),
        ("raise ValueError('x' * 10**7)", FAILURE, "ValueError: " + "x" * 387 + "…"),
        ("return {'a': 1}", FAILURE, "collect() returned dict instead of writing to its body"),
        ("yield 'a'", FAILURE, "collect() returned generator instead of writing to its body"),
        ("pass", FAILURE, "collect() wrote no member"),
        ("body.member('a', float('nan'))", FAILURE,
         "member 'a' is no JSON value: Out of range float values are not JSON compliant"),
        ("body.member('a', object())", FAILURE, "member 'a' is no JSON value: Object of type object is not JSON serializable"),
        ("body.member('a', '\\udcff')", FAILURE,
         "member 'a' holds text that is not Unicode; carry raw bytes with xrattest.evidence.text_members"),
        ("body.member('a', 1); body.member('a', 2)", FAILURE, "member 'a' is written twice"),
        ("body.member(5, 2)", FAILURE, "member name 5 is no text"),
        ("def f(): f()\nf()", FAILURE, "RecursionError: maximum recursion depth exceeded"),
        ("os._exit(0)", FAILURE, "its process ended with status 0 and without a report"),
        ("os._exit(7)", FAILURE, "its process ended with status 7 and without a report"),
        ("print('last words', file=sys.stderr, flush=True); os._exit(7)", FAILURE,
         "its process ended with status 7 and without a report (its last words: last words)"),
        ("os.kill(os.getpid(), 11)", FAILURE, "killed by signal 11 (SIGSEGV)"),
        ("os.kill(os.getpid(), 9)", FAILURE, "killed by signal 9 (SIGKILL)"),
        ("os.kill(os.getppid(), 9); time.sleep(60)", FAILURE, "its process was ended from outside"),
        ("import ctypes; ctypes.string_at(0)", FAILURE, "killed by signal 11 (SIGSEGV)"),
        ("os.closerange(0, 200)", FAILURE, "its process ended with status 0 and without a report"),
    ],
)  # fmt: skip
def test_endings(run_one, collect, code, reason):
    part, body = run_one(collect)
    assert (part.code, part.reason, body) == (code, reason, None)
    assert part.members == ()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('{"x": 1', "its body is no valid JSON: JSON: byte"),
        ('1, "a": 2', "its body is no valid JSON: JSON: byte"),
        ('{"d": 1, "d": 2}', "its body is no valid JSON: JSON: byte"),
        ('"\\xff"', "its body is no valid JSON: JSON: byte"),
        ('"\\ud800"', "its body is no valid JSON: JSON: byte"),
        ("NaN", "its body is no valid JSON: JSON: byte"),
        ("[" * 100 + "]" * 100, "its body is no valid JSON: "),
        ("", "member 'a' was streamed without a value"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_costs_its_own_part(run_one, written, reason):
    part, body = run_one(f"with body.stream('a') as fd: os.write(fd, {written!r}.encode('latin-1'))")
    assert part.code is FAILURE
    assert part.reason.startswith(reason)
    assert body is None


def test_garbage_over_the_whole_spool_is_contained(run_one):
    part, _ = run_one("""
        body.member('a', 1)
        with body.stream('b') as fd:
            os.lseek(fd, 0, 0)
            os.write(fd, b'garbage' * 9)
    """)
    assert (part.code, part.reason) == (FAILURE, "its body is no JSON object")


def test_a_garbled_report_is_contained(run_one):
    part, _ = run_one("""
        body.member('a', 1)
        for fd in range(3, 64):
            try: os.write(fd, b'garbage')
            except OSError: pass
    """)
    assert part.code is FAILURE
    assert part.reason == "its process left a report that cannot be read"


def test_standard_output_is_discarded(run_one, capfd):
    part, body = run_one(
        "print('garbage'); os.write(1, b'more'); os.system('echo third'); body.member('a', 1)"
    )
    assert (part.code, body) == (SUCCESS, {"a": 1})
    assert capfd.readouterr().out == ""


def test_standard_input_is_empty(run_one):
    assert run_one("body.member('a', sys.stdin.read())")[1] == {"a": ""}


def test_timeout(run_one):
    started = time.monotonic()
    part, body = run_one("body.member('a', 1); time.sleep(600)", timeout=2.0)
    assert (part.code, part.reason, body) == (FAILURE, "timed out after 2 s", None)
    assert time.monotonic() - started < 30


def test_a_collector_that_ignores_signals_times_out(run_one):
    part, _ = run_one("""
        import signal
        for n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)
        while True:
            try: time.sleep(600)
            except BaseException: pass
    """, timeout=2.0)  # fmt: skip
    assert part.reason == "timed out after 2 s"


def test_threads_left_behind_do_not_hold_up_a_report(run_one):
    part, _ = run_one(
        "import threading; threading.Thread(target=time.sleep, args=(600,)).start(); body.member('a', 1)",
        timeout=60.0,
    )
    assert part.code is SUCCESS


CHILDREN = """
    child = subprocess.Popen(['sleep', '600'])
    daemon = subprocess.Popen(['sleep', '600'], start_new_session=True)
    inner = "import os, time; os.setsid(); print(os.fork(), flush=True); time.sleep(600)"
    nested = subprocess.Popen([sys.executable, '-c', inner], stdout=subprocess.PIPE)
    grandchild = int(nested.stdout.readline())
    body.member('pids', [child.pid, daemon.pid, nested.pid, grandchild])
"""


def test_children_and_daemons_are_ended(run_one):
    part, body = run_one(CHILDREN)
    assert part.code is SUCCESS
    assert len(body["pids"]) == 4
    assert all(gone(pid) for pid in body["pids"])


def test_children_are_ended_after_a_timeout(run_one, tmp_path):
    pids = tmp_path / "pids"
    collect = (
        CHILDREN.replace("body.member('pids', ", f"open({str(pids)!r}, 'w').write(str(")
        + "    time.sleep(600)\n"
    )
    part, _ = run_one(collect.replace("grandchild])", "grandchild]))"), timeout=5.0)
    assert part.reason == "timed out after 5 s"
    assert all(gone(int(pid)) for pid in pids.read_text().strip("[]").split(","))


@pytest.mark.parametrize(
    "collect",
    ["x = bytearray(1 << 30)", "x = []\nwhile True: x.append(bytes(1 << 20))"],
)
def test_memory_limit(run_one, collect):
    part, _ = run_one(collect, memory=512 << 20)
    assert (part.code, part.reason) == (FAILURE, "over the memory limit of 512 MiB")


def test_output_limit(run_one):
    part, body = run_one("body.member('a', 'x' * (3 << 20))", output=1 << 20)
    assert (part.code, part.reason, body) == (FAILURE, "wrote more than the output limit of 1 MiB", None)


def test_output_limit_behind_another_error(run_one):
    part, _ = run_one("""
        with body.stream('a') as fd:
            try:
                while True: os.write(fd, b'"' + b'x' * 65536)
            except OSError as error:
                raise RuntimeError('writing went wrong') from error
    """, output=1 << 20)  # fmt: skip
    assert part.reason == "wrote more than the output limit of 1 MiB"


def test_no_core_is_dumped_and_nothing_is_left_in_the_working_directory(run_one, tmp_path, monkeypatch):
    empty = tmp_path / "cwd"
    empty.mkdir()
    monkeypatch.chdir(empty)
    run_one("os.abort()")
    assert list(empty.iterdir()) == []


def test_modules_of_the_working_directory_are_not_imported(run_one, tmp_path, monkeypatch):
    trap = tmp_path / "cwd"
    trap.mkdir()
    (trap / "json.py").write_text("raise SystemExit('taken from the working directory')")
    monkeypatch.chdir(trap)
    assert run_one(GOOD)[0].code is SUCCESS


def test_options_reach_the_collector(run_one):
    extra = "class Mine2(BaseModel):\n    depth: int = 1\n    names: list[str] = []"
    part, body = run_one("body.member('got', [context.options.depth, context.options.names, context.node.name])",
                         extra=extra, attributes="options = Mine2", options={"subject": {"depth": 3}})  # fmt: skip
    assert (part.code, body) == (SUCCESS, {"got": [3, [], "0/RP0/CPU0"]})


def test_the_root_is_the_given_one(run_one, tmp_path):
    (tmp_path / "hello").write_text("world")
    assert run_one("body.member('hello', context.root.read_text('/hello'))")[1] == {"hello": "world"}


def test_a_plugin_that_offers_something_else_in_its_own_process(run_one):
    part, _ = run_one(
        GOOD,
        attributes="name = 'subject' if sys.argv[0].endswith('pytest') or 'xrattest' not in sys.argv[0] else 'liar'",
    )
    assert part.code is FAILURE
    assert part.reason == "plugin 'subject' does not offer collector 'subject' in its own process"


def test_a_plugin_that_fails_to_load_in_its_own_process(site, run):
    site.collector("fickle", GOOD)
    path = site.directory / "fickle.py"
    path.write_text(
        "import sys\nif 'plugin/worker' in sys.argv[0]: raise ImportError('not here')\n" + path.read_text()
    )
    part, _ = run("fickle")["fickle"]
    assert part.reason == "plugin 'fickle' (import): ImportError: not here"


def test_refused_collectors_become_failures(site, tmp_path):
    shared = "selector = 'shared'\nmodel = Model('urn:example:shared', '1')"
    site.collector("alpha", GOOD, attributes=shared)
    site.collector("beta", GOOD, attributes=shared)
    host = Host.discover(allow=["alpha", "beta"])
    with spools(tmp_path) as made:
        parts = run_collectors([Task(entry) for entry in host.refused], Surroundings(), made)
    assert [(part.plugin, part.code) for part in parts] == [("alpha", FAILURE), ("beta", FAILURE)]
    assert "'alpha' and 'beta'" in parts[0].reason


def test_nothing_is_left_behind_when_the_asking_process_is_killed(site, tmp_path):
    pids = tmp_path / "pids"
    site.collector("slow", CHILDREN.replace("body.member('pids', ", f"open({str(pids)!r}, 'w').write(str(os.getpid()) + ' ' + str(")
                   .replace("grandchild])", "grandchild]))") + "    time.sleep(600)\n")  # fmt: skip
    asking = f"""
from pathlib import Path
from xrattest.dossier.parts import spools
from xrattest.plugin.host import Host
from xrattest.plugin.runner import Surroundings, Task, run_collectors
host = Host.discover(allow=['slow'])
with spools(Path({str(tmp_path)!r})) as made:
    run_collectors([Task(entry) for entry in host.collectors()], Surroundings(), made)
"""
    before = sorted(tmp_path.iterdir())
    process = subprocess.Popen([sys.executable, "-c", asking], env=os.environ)
    deadline = time.monotonic() + 30
    while not (pids.exists() and pids.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    worker, _, listed = pids.read_text().partition(" ")
    everyone = [int(worker), *(int(pid) for pid in listed.strip("[]").split(","))]
    assert len(everyone) == 5
    assert all(gone(pid) for pid in everyone)
    assert sorted(tmp_path.iterdir()) == sorted([*before, pids])
