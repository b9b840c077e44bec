"""``amprenta-ingest`` without a database: arguments, exit codes, and what ``--check`` leaves untouched."""

import json
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from amprenta_core import FeatureRef, FileHead, FormatInfo, Match, ParsedFile, PluginInfo, hookimpl, plugins
from amprenta_core.cli import ingest
from amprenta_core.hookspecs import ENTRY_POINT_GROUP

GOOD = "name,s1,s2\nPC 34:1,1,2\nPE 36:2,3,4\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that stays empty, where no database may be started."""
    home = tmp_path / "home"
    for name in ("POSTGRES_URL", "POSTGRES_HOST", "AMPRENTA_FILES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AMPRENTA_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


def run(*arguments: str) -> int:
    try:
        return ingest.main(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)


Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes these hooks the only installed plugin."""

    def put(name: str, **hooks: Any) -> None:
        monkeypatch.setitem(sys.modules, f"the_{name}", SimpleNamespace(**hooks))
        point = EntryPoint(name=name, value=f"the_{name}", group=ENTRY_POINT_GROUP)
        monkeypatch.setattr(plugins, "entry_points", lambda group: [point] if group == ENTRY_POINT_GROUP else [])

    return put


@hookimpl
def describe_plugin() -> PluginInfo:
    info = FormatInfo(name="toy", versions="1", title="toy")
    return PluginInfo(name="toy", omics_type="lipidomics", feature_types=("lipid",), formats=(info,))


@hookimpl
def sniff_file(head: FileHead) -> Match:
    return Match(format="toy", confidence="certain", reason="everything is")


@hookimpl
def parse_file(path: Path, match: Match) -> ParsedFile:
    raise RuntimeError("a fault of mine")


@hookimpl(specname="parse_file")
def parse_to_nothing(path: Path) -> ParsedFile:
    return ParsedFile(path=str(path), format="toy", tables=())


@hookimpl
def extract_features(parsed: ParsedFile) -> str:
    return "no table"


@hookimpl
def normalize_features(refs: Sequence[FeatureRef]) -> Sequence[tuple[()]]:
    return [() for _ in refs]


@hookimpl
def build_embedding_text(dataset: object, features: object) -> str:
    return ""


HOOKS = {
    "describe_plugin": describe_plugin,
    "sniff_file": sniff_file,
    "parse_file": parse_file,
    "extract_features": extract_features,
    "normalize_features": normalize_features,
    "build_embedding_text": build_embedding_text,
}


def test_check_starts_no_database_and_keeps_no_file(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    assert run("--check", "--json", "a.csv") == 0
    one = json.loads(capsys.readouterr().out)
    assert (one["status"], one["n_features"], one["n_samples"]) == ("checked", 2, 2)
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["--workers", "0", "a.csv"], ["--workers", "x", "a.csv"], ["--no-such-option", "a.csv"], ["--name"]],
)
def test_wrong_usage_is_exit_code_2(home: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith("usage: amprenta-ingest")) == ("", True)


def test_a_wrong_setting_is_exit_code_2(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    monkeypatch.setenv("POSTGRES_ECHO", "perhaps")
    assert run("--check", "a.csv") == 2
    assert capsys.readouterr().err == "error: POSTGRES_ECHO is 'perhaps'. Set it to true or false\n"


def test_one_name_for_several_files_is_exit_code_2(home: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(GOOD)
    assert run("--check", "--name", "mine", "a.csv", "b.csv") == 2
    assert not home.exists()


def test_a_file_nobody_understands_is_exit_code_3(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("Dear colleague\n")
    assert run("--check", "a.txt") == 3
    out = capsys.readouterr().out
    assert "no installed plugin recognises this" in out
    assert "lipidomics: declined" in out


def test_a_type_nobody_has_is_exit_code_3_and_says_which_there_are(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    assert run("--check", "--type", "lipidomic", "a.csv") == 3
    said = capsys.readouterr().out
    assert "no plugin for lipidomic is installed. Check the spelling; installed are: lipidomics" in said
    assert "amprenta-lipidomic" not in said, "nobody made such a package, and anybody could"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "plugin toy, hook parse_file: RuntimeError: a fault of mine"),
        (
            {"parse_file": parse_to_nothing},
            "plugin toy, hook extract_features: answered with str",
        ),
    ],
)
def test_a_plugin_at_fault_is_exit_code_4(
    home: Path, tmp_path: Path, install: Install, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], said: str
) -> None:
    install("toy", **{**HOOKS, **changed})
    (tmp_path / "a.csv").write_text(GOOD)
    assert run("--check", "--json", "a.csv") == 4
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["kind"], error["what"].startswith(said)) == ("PluginError", True)


def test_a_broken_plugin_is_exit_code_4_only_where_strict(
    home: Path,
    tmp_path: Path,
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install("broken")
    (tmp_path / "a.csv").write_text(GOOD)
    assert run("--check", "a.csv") == 3
    monkeypatch.setenv("AMPRENTA_STRICT_PLUGINS", "1")
    assert run("--check", "a.csv") == 4
    assert "plugin broken" in "".join(capsys.readouterr())


def test_a_path_that_is_not_there_is_exit_code_5(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", "nowhere.csv") == 5
    assert capsys.readouterr().err == "error: nowhere.csv is not there. Check the path\n"


def test_an_empty_path_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", "") == 5
    assert "an empty path names no file" in capsys.readouterr().err


def test_the_summary_names_the_file_whatever_failed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    assert run("--check", "--quantity", "height", "a.csv", "nowhere.csv") == 1
    _, first, second, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("  failed: a.csv: the file has no quantity height")
    assert second == "  failed: nowhere.csv is not there. Check the path"


def test_some_failed_is_exit_code_1(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    (tmp_path / "b.txt").write_text("Dear colleague\n")
    assert run("--check", "a.csv", "b.txt") == 1
    err = capsys.readouterr().err
    assert "1 checked, 1 failed" in err
    assert "b.txt: no installed plugin recognises this" in err


def test_markup_in_a_name_is_text(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a [bold].csv").write_text(GOOD)
    assert run("--check", "a [bold].csv") == 0
    assert "a [bold].csv" in capsys.readouterr().out


def test_help_says_the_exit_codes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert all(f"{code} " in out for code in range(7))
    assert "3 file not understood" in out
