"""A broken plugin of somebody else never stops the others: not on import, in a hook, by ending, hanging or printing."""

import json
import sys
import time
import types
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from amprenta_core import FeatureTable, FileHead, Match, ParsedFile, PluginInfo, hookimpl, hookspecs, plugins
from amprenta_core.cli import ingest
from amprenta_core.errors import PluginError
from amprenta_core.guarding import Watchdog
from amprenta_core.plugins import Plugins, load_from
from amprenta_core.testing import toys

HOOKS = tuple(name for name in vars(hookspecs) if hasattr(toys, name) and name != "hookimpl")
Install = Callable[..., EntryPoint]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Writes a module and gives its entry point; the modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def write(name: str, source: str) -> EntryPoint:
        module = f"broken_{len(made)}_{abs(hash(source))}"
        (tmp_path / f"{module}.py").write_text(source)
        made.append(module)
        return EntryPoint(name=name, value=module, group=hookspecs.ENTRY_POINT_GROUP)

    yield write
    for module in made:
        sys.modules.pop(module, None)


def renamed(name: str, **changed: Callable[..., Any]) -> types.ModuleType:
    """The good plugin for toys under another name, some hooks replaced."""
    module = types.ModuleType(name)
    for hook in HOOKS:
        setattr(module, hook, getattr(toys, hook))
    changed.setdefault("describe_plugin", lambda: evolve(toys.describe_plugin(), name=name))
    for hook, function in changed.items():
        setattr(module, hook, hookimpl(function))
    return module


def both(name: str = "bad", seconds: float = 0.3, **changed: Callable[..., Any]) -> Plugins:
    """A plugin with some hooks of its own, and the good one beside it."""
    dog = Watchdog(seconds=seconds)
    bad = plugins.register(renamed(name, **changed), name=name, watchdog=dog)
    good = plugins.register(renamed("good"), name="good", watchdog=dog)
    return Plugins(loaded={name: bad, "good": good}, watchdog=dog)


@pytest.fixture
def head() -> FileHead:
    from amprenta_core.written import TableHead

    rows = (("toy", "colour", "n_Ann"), ("Toy Ball", "red", "1.5"), ("Toy Kite", "white", "2"))
    text = "\n".join(",".join(row) for row in rows)
    return FileHead(name="toys.csv", kind="text", size=60, text=text, tables=(TableHead(name="", rows=rows),))


IMPORTS = {
    "raise ImportError('no such library')": "ImportError: no such library",
    "1 / 0": "ZeroDivisionError: division by zero",
    "def broken(:": "SyntaxError",
    "raise SystemExit(3)": "SystemExit: 3",
    "import sys; sys.exit('stop')": "SystemExit: stop",
    "raise KeyboardInterrupt": "KeyboardInterrupt:",
    "raise GeneratorExit": "GeneratorExit:",
    "def f(): f()\nf()": "RecursionError",
    "while True: pass": "gave no answer in time",
    "import time; time.sleep(60)": "gave no answer in time",
    "class E(Exception):\n    def __str__(self): raise ValueError\nraise E": "E",
    "x = 1": "is not implemented",
}


@pytest.mark.parametrize("source", IMPORTS)
def test_whatever_an_import_does_the_others_are_loaded(source: str, install: Install) -> None:
    good = install("toys", "from amprenta_core.testing.toys import *")
    found = load_from([install("bad", source), good], watchdog=Watchdog(seconds=0.5))
    assert list(found.loaded) == ["toys"]
    [bad] = found.broken
    assert IMPORTS[source] in bad.why
    assert "\n" not in bad.why


def test_what_an_import_prints_is_no_output_of_ours(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    source = "print('hello from the plugin')\nfrom amprenta_core.testing.toys import *"
    assert list(load_from([install("toys", source)]).loaded) == ["toys"]
    assert capsys.readouterr() == ("", "hello from the plugin\n")


@pytest.mark.parametrize("name", ["Bad Name", "two words", "", "ümlaut", "a/b"])
def test_a_name_that_nobody_can_type_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="no lower-case word"):
        plugins.register(renamed(name), name=name)


@pytest.mark.parametrize(
    "change", [{"formats": ("toy-rows",)}, {"formats": None}, {"feature_types": (1,)}, {"feature_types": "toy"}]
)
def test_a_description_of_other_things_is_refused(change: dict[str, Any]) -> None:
    def describe_plugin() -> PluginInfo:
        return evolve(toys.describe_plugin(), name="bad", **change)

    with pytest.raises(PluginError, match=r"describes formats|names feature types"):
        plugins.register(renamed("bad", describe_plugin=describe_plugin), name="bad")


def _raises(error: BaseException) -> Callable[..., Any]:
    def hook() -> None:
        raise error

    return hook


def _never() -> None:
    while True:
        time.sleep(0.01)


SNIFFS: dict[str, tuple[Callable[..., Any], str]] = {
    "error": (_raises(ValueError("boom")), "ValueError: boom"),
    "exit": (_raises(SystemExit(0)), "SystemExit: 0"),
    "interrupt": (_raises(KeyboardInterrupt()), "KeyboardInterrupt:"),
    "type": (lambda: "toy-rows", "answered with str"),
    "confidence": (lambda: Match(format="a", confidence=["sure"], reason="b"), "of its confidence"),  # type: ignore[arg-type]  # that is the point
    "reason": (lambda: Match(format="a", confidence="certain", reason=None), "no text"),  # type: ignore[arg-type]  # as above
    "parts": (lambda: Match(format="a", confidence="certain", reason="b", parts=(1,)), "no text"),  # type: ignore[arg-type]  # as above
    "hangs": (_never, "gave no answer within 0.3 s"),
}


@pytest.mark.parametrize("fault", SNIFFS)
def test_whatever_a_sniffer_does_the_others_are_asked(fault: str, head: FileHead) -> None:
    hook, said = SNIFFS[fault]
    found = both(sniff_file=hook)
    chosen, _ = found.choose("toys.csv", head)
    assert chosen.info.name == "good"
    [failed] = [claim for claim in found.claims(head) if claim.error]
    assert failed.plugin == "bad"
    assert said in failed.said


def _tables(**change: Any) -> Callable[..., FeatureTable]:
    def extract_features(parsed: ParsedFile) -> FeatureTable:
        return evolve(toys.extract_features(parsed), **change)

    return extract_features


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"features": ("Toy Ball",)}, "FeatureRef"),
        ({"samples": None}, "Sample"),
        ({"problems": ["odd"]}, "Problem"),
        ({"quantities": ({"name": "count"},)}, "Quantity"),
    ],
)
def test_a_table_of_other_things_is_refused(change: dict[str, Any], what: str, tmp_path: Path) -> None:
    case = toys.write_examples(tmp_path) / "rows" / "input.csv"
    bad = both(extract_features=_tables(**change)).loaded["bad"]
    parsed = bad.parse(case, Match(format="toy-rows", confidence="certain", reason="columns"))
    with pytest.raises(PluginError, match=f"something else among its values of {what}"):
        bad.extract(parsed)


@pytest.mark.parametrize("values", [[[1.0]], np.zeros((1, 1), dtype=np.float32), np.zeros(3)])
def test_numbers_that_are_no_matrix_are_refused(values: Any, tmp_path: Path) -> None:
    def extract_features(parsed: ParsedFile) -> FeatureTable:
        table = toys.extract_features(parsed)
        return evolve(table, quantities=tuple(evolve(q, values=values) for q in table.quantities))

    case = toys.write_examples(tmp_path) / "rows" / "input.csv"
    bad = both(extract_features=extract_features).loaded["bad"]
    parsed = bad.parse(case, Match(format="toy-rows", confidence="certain", reason="columns"))
    with pytest.raises(PluginError, match="no matrix of float64"):
        bad.extract(parsed)


def test_one_that_hangs_costs_its_time_once(head: FileHead, capsys: pytest.CaptureFixture[str]) -> None:
    found = both(sniff_file=_never, seconds=0.5)
    began = time.perf_counter()
    for _ in range(1000):
        assert found.choose("toys.csv", head)[0].info.name == "good"
    assert time.perf_counter() - began < 5
    told = "bad: sniff_file gave no answer within 0.5 s: it is set aside for the rest of this run"
    assert capsys.readouterr().err == f"[plugin] {told}\n"
    with pytest.raises(PluginError, match="set aside") as caught:
        found.loaded["bad"].normalize([])
    assert caught.value.plugin == "bad"


@pytest.mark.parametrize("hook", ["sniff_file", "parse_file", "extract_features", "normalize_features"])
def test_a_run_goes_on_past_a_hook_that_hangs(
    hook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files of the bad plugin fail by its name; all others are read, and stdout is JSON alone."""

    def sniff_file(head: FileHead) -> Match | None:
        print("looking")
        match = toys.sniff_file(head)
        return match if "slow" in head.name else None

    def other(head: FileHead) -> Match | None:
        return None if "slow" in head.name else toys.sniff_file(head)

    changed: dict[str, Any] = {"sniff_file": sniff_file, hook: _never}
    found = both(**changed)
    good = plugins.register(renamed("good", sniff_file=other), name="good", watchdog=found.watchdog)
    monkeypatch.setattr(plugins, "load", lambda **_: evolve(found, loaded={**found.loaded, "good": good}))
    monkeypatch.setenv("AMPRENTA_HOME", str(tmp_path / "home"))
    content = (toys.write_examples(tmp_path / "examples") / "rows" / "input.csv").read_bytes()
    paths = [tmp_path / name for name in ("a.csv", "slow_b.csv", "c.csv", "slow_d.csv", "e.csv")]
    for path in paths:
        path.write_bytes(content)
    assert ingest.main(["--check", "--json", *map(str, paths)]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["status"] for one in told] == ["checked", "failed", "checked", "failed", "checked"]
    said = str(told[1]["error"]) + str(told[3]["error"])
    assert "bad" in said
    assert f"{hook} gave no answer within 0.3 s" in said
