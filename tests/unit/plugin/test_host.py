"""The host: what a bad plugin costs (itself), and what it says."""

from __future__ import annotations

import pytest

from xrattest.plugin.discovery import PluginProblem
from xrattest.plugin.host import Host

GOOD = "body.member('hello', 'world')"


def texts(host: Host, plugin: str) -> str:
    return "\n".join(
        f"{problem.stage}: {problem.text}" for problem in host.problems if problem.plugin == plugin
    )


def names(host: Host) -> list[str]:
    return [entry.collector.name for entry in host.collectors()]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "import no_such_module_anywhere",
            "import: ModuleNotFoundError: No module named 'no_such_module_anywhere'",
        ),
        ("raise SystemExit(3)", "import: SystemExit: 3"),
        ("class Odd(BaseException): pass\nraise Odd('x')", "import: Odd: x"),
        ("def broken(:", "import: SyntaxError"),
        ("class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute", "import: Mute"),
        ("raise ValueError('two\\nlines \\x1b[31m')", r"import: ValueError: two lines \x1b[31m"),
        ("XRATTEST_PLUGIN_API = 2", "register: is written for plugin API 2; this xrattest has plugin API 1"),
        ("nothing = 1", "register: implements no hook"),
    ],
)
def test_a_plugin_that_cannot_load_costs_itself_only(site, code, said):
    site.module("badone", code)
    site.collector("goodone", GOOD)
    host = Host.discover(allow=["badone", "goodone"])
    assert names(host) == ["goodone"]
    assert texts(host, "badone").startswith(said)
    assert "\n" not in texts(host, "badone")
    assert texts(host, "goodone") == ""


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("@hookimpl\ndef xrattest_register_collector(): return []",
         "register: unknown hook 'xrattest_register_collector'; did you mean 'xrattest_register_collectors'?"),
        ("def xrattest_do_magic(): return []", "register: unknown hook 'xrattest_do_magic'; known are"),
        ("@hookimpl\ndef frobnicate(): return []", "register: unknown hook 'frobnicate'"),
        ("def xrattest_register_collectors(): return []",
         "register: hook 'xrattest_register_collectors' lacks the mark @hookimpl"),
        ("@hookimpl\ndef xrattest_register_collectors(config): return []",
         "register: hook 'xrattest_register_collectors' has no argument 'config': it takes no arguments"),
        ("@hookimpl(wrapper=True)\ndef xrattest_register_collectors():\n    return (yield)",
         "register: hook 'xrattest_register_collectors' is a wrapper"),
    ],
)  # fmt: skip
def test_wrong_hooks_are_refused_by_name_and_argument(site, hook, said):
    site.module("badhook", f"from xrattest.plugin import hookimpl\n{hook}\n")
    host = Host.discover(allow=["badhook"])
    assert host.plugins == ()
    assert texts(host, "badhook").startswith(said)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("return 5", "hook 'xrattest_register_collectors' returned int, not an iterable"),
        ("pass", "hook 'xrattest_register_collectors' returned NoneType, not an iterable"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("sys.exit(1)", "SystemExit: 1"),
        ("return iter(int, 1)", "returned more than 1000 objects"),
        ("return [Mine]", "Mine is a class; return an instance of it"),
        ("return [object()]", "collector object has no attribute 'name'"),
        ("m = Mine(); m.name = 'No Name'; return [m]", "name 'No Name' is not lower-case words"),
        (
            "m = Mine(); m.selector = 'version'; return [m]",
            "selector 'version' is a key of the dossier itself",
        ),
        ("m = Mine(); m.model = 'x'; return [m]", "collector 'offers': model is str, not a Model"),
        (
            "m = Mine(); m.evidence_type = None; return [m]",
            "collector 'offers': evidence_type is NoneType, not a URI",
        ),
        ("m = Mine(); m.options = dict; return [m]", "collector 'offers' has no attribute 'options' that is"),
        ("m = Mine(); m.options = Needs; return [m]", "collector 'offers': option 'must' has no default"),
        ("m = Mine(); m.collect = 1; return [m]", "collector 'offers' has no method 'collect'"),
    ],
)
def test_what_a_hook_returns_is_checked(site, result, said):
    code = """
class Needs(BaseModel):
    must: int

@hookimpl
def xrattest_register_appraisers():
    return []
"""
    site.collector("offers", "pass", extra=code)
    path = site.directory / "offers.py"
    path.write_text(path.read_text().replace("return [Mine()]", result))
    site.collector("goodone", GOOD)
    host = Host.discover(allow=["offers", "goodone"])
    assert names(host) == ["goodone"]
    assert said in texts(host, "offers")
    assert "xrattest_register_collectors" in texts(host, "offers")


def test_a_good_object_beside_a_bad_one_is_kept(site):
    site.collector("mixed", GOOD)
    path = site.directory / "mixed.py"
    path.write_text(path.read_text().replace("return [Mine()]", "return [object(), Mine()]"))
    host = Host.discover(allow=["mixed"])
    assert names(host) == ["mixed"]
    assert "collector object has no attribute 'name'" in texts(host, "mixed")


def test_two_distributions_with_one_plugin_name_are_both_refused(site):
    site.collector("first", GOOD)
    site.metadata("second-dist", "[xrattest]\nfirst = elsewhere\n", "2.0")
    site.collector("goodone", GOOD)
    host = Host.discover(allow=["first", "goodone"])
    assert names(host) == ["goodone"]
    assert "first-dist 1.0 and second-dist 2.0 both claim this name; none is loaded" in texts(host, "first")


def test_one_part_of_a_selector_claimed_twice_is_refused_for_both(site):
    shared = "selector = 'shared'\nmodel = Model('urn:example:shared', '1')"
    site.collector("alpha", GOOD, attributes=shared)
    site.collector("beta", GOOD, attributes=shared)
    site.collector("gamma", GOOD, attributes=shared + "\npart = 'other'")
    host = Host.discover(allow=["alpha", "beta", "gamma"])
    assert names(host) == ["gamma"]
    reason = "part 'main' of selector 'shared' is claimed by plugins 'alpha' and 'beta'; none of them is used"
    assert {(entry.plugin.name, entry.reason) for entry in host.refused} == {
        ("alpha", reason),
        ("beta", reason),
    }
    assert texts(host, "alpha") == texts(host, "beta") == f"register: {reason}"


def test_one_collector_name_claimed_twice_is_refused_for_both(site):
    site.collector("alpha", GOOD, attributes="name = 'same'")
    site.collector("beta", GOOD, attributes="name = 'same'")
    host = Host.discover(allow=["alpha", "beta"])
    assert names(host) == []
    assert [entry.reason for entry in host.refused] == [
        "collector name 'same' is claimed by plugins 'alpha' and 'beta'; none of them is used"
    ] * 2


def test_parts_that_disagree_about_the_model_are_refused(site):
    site.collector("alpha", GOOD, attributes="selector = 'shared'")
    site.collector("beta", GOOD, attributes="selector = 'shared'\npart = 'other'")
    host = Host.discover(allow=["alpha", "beta"])
    assert names(host) == []
    assert "parts of selector 'shared' follow different models" in host.refused[0].reason
    assert "'alpha' and 'beta'" in host.refused[0].reason


def test_allow_and_block_lists_go_by_plugin_name(site):
    site.collector("alpha", GOOD)
    site.module("bursts", "raise AssertionError('a blocked plugin must not be imported')")
    host = Host.discover(allow=["alpha", "bursts", "absent"], block=["bursts"])
    assert names(host) == ["alpha"]
    assert host.problems == [PluginProblem("absent", "discovery", "is allowed by name but not installed")]
    assert names(Host.discover(allow=[])) == []


def test_without_an_allow_list_everything_installed_is_loaded(site):
    site.collector("alpha", GOOD)
    assert "alpha" in names(Host.discover())


def test_unreadable_metadata_costs_its_own_distribution(site):
    site.collector("alpha", GOOD)
    site.metadata("garbled", "[xrattest]\nthis is no entry point\n")
    host = Host.discover(allow=["alpha"])
    assert names(host) == ["alpha"]
    assert any("unreadable metadata" in problem.text for problem in host.problems)


def test_provenance(site):
    site.module("alpha", "from xrattest.plugin import hookimpl\n@hookimpl\ndef xrattest_register_config(): return []",
                plugin="letters", version="3.1")  # fmt: skip
    (plugin,) = Host.discover(allow=["letters"]).plugins
    assert (plugin.name, plugin.distribution, plugin.version) == ("letters", "alpha-dist", "3.1")
    assert plugin.location == str(site.directory / "alpha.py")
    assert plugin.hooks == ("xrattest_register_config",)


def test_printing_while_loading_does_not_reach_standard_output(site, capsys):
    site.module("noisy", "print('garbage')\nfrom xrattest.plugin import hookimpl\n"
                "@hookimpl\ndef xrattest_register_collectors():\n    print('more')\n    return []")  # fmt: skip
    Host.discover(allow=["noisy"])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "garbage\nmore\n"
