"""Plugins are loaded one by one, checked at the border, ranked, and blamed by name."""

import re
import sys
import types
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amprenta_core import hookspecs, plugins
from amprenta_core.errors import (
    AmbiguousFile,
    ParseError,
    PluginError,
    UnrecognisedFile,
)
from amprenta_core.hookspecs import hookimpl
from amprenta_core.model import (
    Confidence,
    Dataset,
    Feature,
    FeatureRef,
    FeatureTable,
    Identity,
    Match,
    PluginInfo,
    Quantity,
)
from amprenta_core.plugins import Plugin, Plugins, load, load_from, register, trace_to_stderr
from amprenta_core.written import FileHead, ParsedFile

HEAD = FileHead(name="a.csv", kind="text", size=9, text="a,b\n")
MATCH = Match(format="f", confidence="certain", reason="says so")
PARSED = ParsedFile(path="a.csv", format="f", tables=())
TABLE = FeatureTable(
    omics_type="lipidomics",
    features=(FeatureRef(name="x", type="lipid"),),
    quantities=(Quantity(name="q", values=np.zeros((1, 0))),),
    rows_read=1,
    rows_measured=1,
)
Hooks = dict[str, Callable[..., Any] | None]


def toy(name: str = "toy", omics_type: str = "lipidomics", **changes: Callable[..., Any] | None) -> types.ModuleType:
    """A module with all hooks; ``changes`` replace them, None leaves one out."""

    def describe_plugin() -> PluginInfo:
        return PluginInfo(name=name, omics_type=omics_type, feature_types=("lipid",), formats=())

    def sniff_file(head: FileHead) -> Match | None:
        return None

    def parse_file(path: Path, match: Match) -> ParsedFile:
        return PARSED

    def extract_features(parsed: ParsedFile) -> FeatureTable:
        return TABLE

    def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[Identity, ...]]:
        return [() for _ in refs]

    def build_embedding_text(dataset: Dataset, features: Sequence[Feature]) -> str:
        return "text"

    own = (describe_plugin, sniff_file, parse_file, extract_features, normalize_features, build_embedding_text)
    hooks: Hooks = {**{hook.__name__: hook for hook in own}, **changes}
    module = types.ModuleType(f"amprenta_{name}")
    for hook, function in hooks.items():
        if function is not None:
            setattr(module, hook, hookimpl(function))
    return module


def plugin(name: str = "toy", omics_type: str = "lipidomics", **changes: Callable[..., Any] | None) -> Plugin:
    return register(toy(name, omics_type, **changes), name=name)


def claiming(name: str, confidence: Confidence = "certain", omics_type: str = "lipidomics") -> Plugin:
    def sniff_file(head: FileHead) -> Match:
        return Match(format=f"{name}-format", confidence=confidence, reason=f"{name} says so")

    return plugin(name, omics_type, sniff_file=sniff_file)


def several(*found: Plugin) -> Plugins:
    return Plugins(loaded={p.info.name: p for p in found})


class Distribution:
    """What an entry point knows of where it came from."""

    def __init__(self, name: str, version: str) -> None:
        self.name, self.version = name, version


@pytest.fixture
def point(monkeypatch: pytest.MonkeyPatch) -> Callable[..., EntryPoint]:
    """Makes entry points to modules that are installed for the test."""

    def make(name: str, source: object = None, *, value: str | None = None, distribution: str = "") -> EntryPoint:
        if source is not None:
            monkeypatch.setitem(sys.modules, f"toys_of_{name}", source)
        made = EntryPoint(name=name, value=value or f"toys_of_{name}", group=hookspecs.ENTRY_POINT_GROUP)
        if distribution:
            vars(made)["dist"] = Distribution(*distribution.split())
        return made

    return make


Point = Callable[..., EntryPoint]


class TestLoading:
    def test_a_working_plugin_has_the_version_of_its_distribution(self, point: Point) -> None:
        found = load_from([point("toy", toy(), distribution="amprenta-toy 1.2")])
        assert found.broken == ()
        loaded = found.loaded["toy"]
        assert (loaded.info.name, loaded.info.version, loaded.distribution) == ("toy", "1.2", "amprenta-toy 1.2")

    def test_its_own_version_wins(self, point: Point) -> None:
        def describe_plugin() -> PluginInfo:
            return PluginInfo(name="toy", omics_type="lipidomics", feature_types=(), formats=(), version="7")

        source = toy(describe_plugin=describe_plugin)
        assert load_from([point("toy", source, distribution="amprenta-toy 1.2")]).loaded["toy"].info.version == "7"

    @pytest.mark.parametrize(
        "failure", [ImportError("no numpy"), SyntaxError("bad"), SystemExit(3), RuntimeError("a\nb")]
    )
    def test_one_that_fails_on_import_stops_no_other(self, point: Point, failure: BaseException) -> None:
        class Falling(EntryPoint):
            def load(self) -> Any:
                raise failure

        falling = Falling(name="falling", value="x", group=hookspecs.ENTRY_POINT_GROUP)
        found = load_from([falling, point("toy", toy())])
        assert list(found.loaded) == ["toy"]
        [broken] = found.broken
        assert (broken.name, broken.why) == ("falling", " ".join(f"{type(failure).__name__}: {failure}".split()))

    @pytest.mark.parametrize("value", ["no_such_module_here", "sys:no_such_attribute", "sys:path"])
    def test_one_that_is_not_there_is_broken(self, point: Point, value: str) -> None:
        found = load_from([point("gone", value=value)])
        assert [b.name for b in found.broken] == ["gone"]
        assert found.broken[0].why

    def test_strict_makes_it_fatal(self, point: Point) -> None:
        with pytest.raises(PluginError, match="could not be loaded: ModuleNotFoundError") as caught:
            load_from([point("gone", value="no_such_module_here")], strict=True)
        assert caught.value.plugin == "gone"
        assert isinstance(caught.value.__cause__, ModuleNotFoundError)

    def test_two_distributions_under_one_name_are_both_refused(self, point: Point) -> None:
        points = [point("toy", toy(), distribution="one 1"), point("toy", toy(), distribution="two 2")]
        found = load_from([*points, point("other", toy("other"))])
        assert list(found.loaded) == ["other"]
        assert [(b.name, b.distribution, b.why) for b in found.broken] == [
            ("toy", "one 1", "several distributions use this name"),
            ("toy", "two 2", "several distributions use this name"),
        ]
        with pytest.raises(PluginError, match="several distributions"):
            load_from(points, strict=True)

    def test_only_the_wanted_are_loaded(self, point: Point, monkeypatch: pytest.MonkeyPatch) -> None:
        points = [point("b", toy("b")), point("a", toy("a"))]
        monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == "amprenta.omics.v1" else [])
        assert list(load().loaded) == ["a", "b"]
        assert list(load(names=["b", "c"]).loaded) == ["b"]


class TestInterface:
    def test_another_name_than_the_entry_points(self) -> None:
        with pytest.raises(PluginError, match="calls itself 'toy'"):
            register(toy("toy"), name="other")

    def test_an_argument_that_no_hook_has(self) -> None:
        def sniff_file(head: FileHead, path: Path) -> None: ...

        with pytest.raises(PluginError, match="path"):
            plugin(sniff_file=sniff_file)

    def test_a_hook_that_does_not_exist(self) -> None:
        def sniff_files(head: FileHead) -> None: ...

        with pytest.raises(PluginError, match="sniff_files"):
            plugin(sniff_files=sniff_files)

    @pytest.mark.parametrize(
        "hook", ["sniff_file", "parse_file", "extract_features", "normalize_features", "build_embedding_text"]
    )
    def test_a_missing_hook(self, hook: str) -> None:
        changes: dict[str, Any] = {hook: None}
        with pytest.raises(PluginError, match="is not implemented") as caught:
            plugin(**changes)
        assert (caught.value.plugin, caught.value.hook) == ("toy", hook)

    @pytest.mark.parametrize("source", [types.ModuleType("empty"), types.SimpleNamespace(), object()])
    def test_a_thing_without_hooks(self, source: object) -> None:
        with pytest.raises(PluginError, match="hook describe_plugin: is not implemented"):
            register(source, name="toy")

    @pytest.mark.parametrize("answer", [None, "toy", {"name": "toy"}])
    def test_a_description_of_another_type(self, answer: object) -> None:
        with pytest.raises(PluginError, match=f"answered with {type(answer).__name__}"):
            plugin(describe_plugin=lambda: answer)

    def test_a_description_that_cannot_be(self) -> None:
        with pytest.raises(PluginError, match="ValueError: omics_type must be a lower-case word"):
            plugin(omics_type="Lipid Omics")

    def test_arguments_may_be_left_out(self) -> None:
        assert plugin(sniff_file=lambda: MATCH).sniff(HEAD) is not None

    def test_an_object_with_methods_is_a_plugin(self) -> None:
        assert register(types.SimpleNamespace(**vars(toy())), name="toy").info.name == "toy"


Calls: dict[str, Callable[[Plugin], object]] = {
    "sniff_file": lambda p: p.sniff(HEAD),
    "parse_file": lambda p: p.parse(Path("a.csv"), MATCH),
    "extract_features": lambda p: p.extract(PARSED),
    "normalize_features": lambda p: p.normalize([FeatureRef(name="x", type="lipid")]),
    "build_embedding_text": lambda p: p.embedding_text(None, []),  # type: ignore[arg-type]  # not looked at
}


class TestAnswers:
    @pytest.mark.parametrize("hook", Calls)
    def test_a_hook_that_falls_is_blamed_in_one_line(self, hook: str) -> None:
        def fall(**_: object) -> None:
            raise KeyError("a\nb")

        with pytest.raises(PluginError, match=r"KeyError: 'a\\nb'") as caught:
            Calls[hook](_with(hook, fall))
        error = caught.value
        assert (error.plugin, error.hook, type(error.__cause__)) == ("toy", hook, KeyError)
        assert "\n" not in str(error)

    @pytest.mark.parametrize("hook", Calls)
    def test_an_answer_of_another_type_is_blamed(self, hook: str) -> None:
        with pytest.raises(PluginError, match="answered with int") as caught:
            Calls[hook](_with(hook, lambda **_: 7))
        assert caught.value.hook == hook

    @pytest.mark.parametrize("hook", [h for h in Calls if h != "sniff_file"])
    def test_no_answer_is_none(self, hook: str) -> None:
        with pytest.raises(PluginError, match="answered with NoneType"):
            Calls[hook](_with(hook, lambda **_: None))

    def test_declining_is_an_answer(self) -> None:
        assert plugin().sniff(HEAD) is None

    @pytest.mark.parametrize("answers", [[], [(), ()], ((), (), ())])
    def test_as_many_answers_as_names(self, answers: Sequence[object]) -> None:
        with pytest.raises(PluginError, match=f"gave {len(answers)} answers to 1 names"):
            Calls["normalize_features"](_with("normalize_features", lambda **_: answers))

    @pytest.mark.parametrize("answers", [[None], [[]], ["a"], [("a",)], "x"])
    def test_answers_are_tuples_of_identities(self, answers: Sequence[object]) -> None:
        with pytest.raises(PluginError, match="not a tuple of Identity"):
            Calls["normalize_features"](_with("normalize_features", lambda **_: answers))

    def test_an_error_about_the_file_names_the_plugin_that_was_reading(self) -> None:
        def parse_file(path: Path, match: Match) -> ParsedFile:
            raise ParseError("no", path=path, line=4)

        with pytest.raises(ParseError) as caught:
            plugin(parse_file=parse_file).parse(Path("a.csv"), MATCH)
        assert str(caught.value) == "a.csv, line 4: no (read by toy)"

    def test_the_omics_of_a_match_is_the_plugins_unless_it_says_another(self) -> None:
        own = plugin(sniff_file=lambda: MATCH).sniff(HEAD)
        other = Match(format="f", confidence="certain", reason="", omics_type="metabolomics")
        said = plugin(sniff_file=lambda: other).sniff(HEAD)
        assert own is not None
        assert said is not None
        assert (own.omics_type, said.omics_type) == ("lipidomics", "metabolomics")


def _with(hook: str, answer: Callable[..., object]) -> Plugin:
    """The toy with one hook that takes anything: pluggy reads argument names, so it is put behind the border."""
    whole = plugin()
    return Plugin(info=whole.info, distribution="", hooks={**whole.hooks, hook: answer})


class TestTracing:
    def test_each_call_is_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        traced = register(toy(), name="toy", trace=trace_to_stderr)
        traced.sniff(HEAD)
        traced.extract(PARSED)
        lines = capsys.readouterr().err.splitlines()
        assert re.fullmatch(r"\[plugin\] toy\.sniff_file \d+\.\d ms -> None", lines[1])
        assert lines[2].startswith("[plugin] toy.extract_features ")
        assert len(lines) == 3
        assert all(len(line) < 260 for line in lines)

    def test_without_it_nothing_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        plugin().sniff(HEAD)
        assert capsys.readouterr() == ("", "")


class TestChoosing:
    def test_the_most_confident_wins(self) -> None:
        found = several(claiming("a", "possible"), claiming("b", "likely"), claiming("c"), plugin("d"))
        chosen, match = found.choose("a.csv", HEAD)
        assert (chosen.info.name, match.format) == ("c", "c-format")
        assert [c.plugin for c in found.claims(HEAD)] == ["c", "b", "a", "d"]

    def test_a_tie_names_both_and_how_to_decide(self) -> None:
        found = several(claiming("a", "likely"), claiming("b", "likely"), claiming("c", "possible"))
        with pytest.raises(AmbiguousFile, match="a and b claim it alike") as caught:
            found.choose("a.csv", HEAD)
        assert caught.value.seen == {"a": "likely: a says so", "b": "likely: b says so", "c": "possible: c says so"}
        assert caught.value.hint == "Say which with --type a or --type b"
        assert found.choose("a.csv", HEAD, "b")[0].info.name == "b"

    def test_a_possible_claim_needs_to_be_told(self) -> None:
        found = several(claiming("a", "possible"))
        with pytest.raises(UnrecognisedFile, match="say --type a if it is"):
            found.choose("a.csv", HEAD)
        assert found.choose("a.csv", HEAD, "lipidomics")[1].confidence == "possible"
        assert found.choose("a.csv", HEAD, "a")[1].confidence == "possible"

    def test_a_sniffer_that_falls_stops_no_other_and_is_told(self) -> None:
        def sniff_file(head: FileHead) -> Match:
            raise ValueError("boom")

        falling = plugin("falling", sniff_file=sniff_file)
        assert several(falling, claiming("a")).choose("a.csv", HEAD)[0].info.name == "a"
        with pytest.raises(UnrecognisedFile, match="no working plugin") as caught:
            several(falling, plugin("b")).choose("a.csv", HEAD)
        assert caught.value.seen["b"] == "declined"
        assert caught.value.seen["falling"].startswith("failed: plugin falling, hook sniff_file: ValueError: boom")

    def test_a_confidence_that_is_no_word_of_ours_is_a_failure(self) -> None:
        found = several(claiming("a", "sure"), claiming("b", "likely"))  # type: ignore[arg-type]  # that is the point
        assert found.choose("a.csv", HEAD)[0].info.name == "b"
        assert "says 'sure' of its confidence" in (found.claims(HEAD)[-1].error or "")

    def test_nobody_claims_it(self) -> None:
        with pytest.raises(UnrecognisedFile, match="no installed plugin recognises") as caught:
            several(plugin("a")).choose("a.csv", HEAD)
        assert caught.value.path == "a.csv"
        assert "amprenta plugins" in (caught.value.hint or "")

    def test_no_plugin_at_all(self) -> None:
        with pytest.raises(UnrecognisedFile):
            several().choose("a.csv", HEAD)

    def test_the_package_to_install_is_named(self) -> None:
        with pytest.raises(
            UnrecognisedFile, match=r"no plugin for proteomics is installed\. Install amprenta-proteomics"
        ):
            several(claiming("a")).choose("a.csv", HEAD, "proteomics")

    def test_a_broken_plugin_is_not_to_be_installed_again(self, point: Point) -> None:
        found = load_from([point("proteomics", value="no_such_module_here")])
        with pytest.raises(UnrecognisedFile, match=r"the plugin for proteomics is broken .*no_such_module_here"):
            found.choose("a.csv", HEAD, "proteomics")

    def test_a_wrong_type_says_what_the_file_seems_to_be(self) -> None:
        found = several(claiming("a"), plugin("b", "metabolomics"))
        with pytest.raises(UnrecognisedFile) as caught:
            found.choose("a.csv", HEAD, "metabolomics")
        assert "not recognised as metabolomics; it seems to be lipidomics, a-format (a says so)" in str(caught.value)
        assert "--type a" in (caught.value.hint or "")
        assert caught.value.seen == {"b": "declined"}

    @pytest.mark.parametrize(
        ("kind", "size", "what", "hint"),
        [
            ("text", 0, "empty", "Export or copy it again"),
            ("other", 9, "binary", "Export it as a table"),
            ("text", 9, "no installed plugin", "See the formats"),
        ],
    )
    def test_what_is_no_table_is_called_by_its_name(self, kind: str, size: int, what: str, hint: str) -> None:
        with pytest.raises(UnrecognisedFile, match=what) as caught:
            several(plugin("a")).choose("a.csv", FileHead(name="a.csv", kind=kind, size=size))
        assert hint in (caught.value.hint or "")
