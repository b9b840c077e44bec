"""New plugins, what plugins see in a file, and expectations written anew."""

import json
from pathlib import Path
from typing import Any

import pytest

from amprenta_core import checking, plugins
from amprenta_core.cli import main
from amprenta_core.errors import NotFound, SettingsError
from amprenta_core.guarding import Watchdog
from amprenta_core.plugins import Plugins
from amprenta_core.scaffolding import NewPlugin, render, rendered
from amprenta_core.testing import head_of, toys
from amprenta_core.testing.updating import update_examples

ACME = NewPlugin(name="acme", omics="metabolomics", feature="metabolite")


class TestNew:
    def test_every_file_is_rendered(self, tmp_path: Path) -> None:
        made = render(ACME, tmp_path / "new" / "acme")
        names = {path.relative_to(tmp_path / "new" / "acme").as_posix() for path in made}
        assert {"pyproject.toml", "README.md", ".gitignore", ".github/workflows/check.yml"} <= names
        assert {"amprenta_acme/__init__.py", "tests/examples/basic/expected.json"} <= names
        assert not [path for path in made if "${" in path.read_text()]

    @pytest.mark.parametrize("name", ["", "Acme", "1st", "two words", "a/b", "../x", "a-b", "x" * 41, "ümlaut", "a\n"])
    def test_a_name_that_cannot_be_is_refused(self, name: str, tmp_path: Path) -> None:
        for plugin in (
            NewPlugin(name=name, omics="o", feature="f"),
            NewPlugin(name="acme", omics=name, feature="f"),
            NewPlugin(name="acme", omics="o", feature=name),
        ):
            with pytest.raises(SettingsError, match="no lower-case word"):
                render(plugin, tmp_path / "new")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("name", "what"), [("lipidomics", "installed already"), ("core", "Amprenta's own")])
    def test_a_name_that_is_taken_is_refused(self, name: str, what: str, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match=what):
            render(NewPlugin(name=name, omics="o", feature="f"), tmp_path / "new")
        with pytest.raises(SettingsError, match="installed already"):
            render(ACME, tmp_path / "new", taken={"acme"})

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "README.md").write_text("mine")
        with pytest.raises(SettingsError, match="is there already; nothing was written"):
            render(ACME, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
        with pytest.raises(SettingsError, match="is there already"):
            render(ACME, tmp_path / "README.md")
        with pytest.raises(SettingsError, match="cannot be written"):
            render(ACME, tmp_path / "README.md" / "below")

    def test_an_empty_folder_is_filled(self, tmp_path: Path) -> None:
        assert len(render(ACME, tmp_path)) == len(rendered(ACME))

    def test_the_command_says_what_it_wrote(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert main.main(["plugins", "new", "acme", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["name"], told["folder"]) == ("acme", "amprenta-acme")
        assert all((tmp_path / path).is_file() for path in told["files"])
        assert main.main(["plugins", "new", "acme"]) == 2
        assert "is there already" in capsys.readouterr().err


@pytest.fixture
def toy_plugins(monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """The toys alone, for commands too."""
    found = Plugins(loaded={"toys": plugins.register(toys, name="toys", distribution="amprenta-toys 1")})
    monkeypatch.setattr(plugins, "load", lambda **_: found)
    return found


class TestCheck:
    def test_a_missing_column_is_named(self, toy_plugins: Plugins) -> None:
        [answer] = checking.answers(toy_plugins, head_of("notes\n\ntoy,hue,n_Ann\nToy Ball,red,1\n"))
        nearest = {miss.format: miss for miss in answer.nearest}
        assert nearest["toy-rows"].said == "no column colour (has toy)"
        assert (nearest["toy-rows"].has, nearest["toy-rows"].missing) == (("toy",), ("colour",))
        assert "toy-columns" not in nearest

    def test_other_names_are_counted(self) -> None:
        assert checking._words("a|b|c") == "a or b or 1 other name"
        assert checking._words("a|b|c|d") == "a or b or 2 other names"

    def test_the_nearest_comes_first(self, toy_plugins: Plugins) -> None:
        [answer] = checking.answers(toy_plugins, head_of("child,toy,number\nAnn,Toy Ball,1\n"))
        assert [miss.format for miss in answer.nearest] == ["toy-long", "toy-rows", "toy-columns"]

    def test_columns_alone_are_not_enough(self, toy_plugins: Plugins) -> None:
        [answer] = checking.answers(toy_plugins, head_of("toy,colour,n_Ann\n"))
        assert answer.nearest[0].said.startswith("its columns are there, but no names or no numbers below them")

    def test_a_claim_needs_no_more(self, toy_plugins: Plugins) -> None:
        [answer] = checking.answers(toy_plugins, head_of("toy,colour,n_Ann\nToy Ball,red,1\n"))
        assert answer.claim.match is not None
        assert answer.nearest == ()

    def test_a_plugin_that_hangs_is_told_of(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from amprenta_core import hookimpl

        @hookimpl
        def sniff_file() -> None:
            while True:
                pass

        monkeypatch.setattr(toys, "sniff_file", sniff_file)
        slow = plugins.register(toys, name="toys", watchdog=Watchdog(seconds=0.2))
        [answer] = checking.answers(Plugins(loaded={"toys": slow}), head_of("a,b\n"))
        assert "gave no answer within 0.2 s" in answer.claim.said

    @pytest.mark.usefixtures("toy_plugins")
    def test_the_command_in_words_and_in_json(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("AMPRENTA_HOME", str(tmp_path / "home"))
        example = toys.write_examples(tmp_path / "examples") / "rows" / "input.csv"
        assert main.main(["plugins", "check", str(example)]) == 0
        said = capsys.readouterr().out
        assert "toys: toy-rows, certain: columns toy, colour" in said
        assert "4 read, 4 measured" in said
        assert main.main(["plugins", "check", "--json", str(example)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert [(p["plugin"], p["answer"], p["format"]) for p in told["plugins"]] == [("toys", "match", "toy-rows")]
        assert [(d["status"], d["n_features"]) for d in told["datasets"]] == [("checked", 4)]
        example.write_text("toy,hue,n_Ann\nToy Ball,red,1\n")
        assert main.main(["plugins", "check", "--json", str(example)]) == 3
        [declined] = json.loads(capsys.readouterr().out)["plugins"]
        assert (declined["answer"], declined["nearest"][0]["missing"]) == ("declined", ["colour"])
        assert main.main(["plugins", "check", str(example)]) == 3
        assert capsys.readouterr().out.count("toys: declined") == 1
        assert main.main(["plugins", "check", str(tmp_path)]) == 5
        assert not (tmp_path / "home").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the toys with their examples."""
    toys.write_examples(tmp_path / "tests" / "examples")
    points = '[project.entry-points."amprenta.omics.v1"]\ntoys = "amprenta_core.testing.toys"\n'
    (tmp_path / "pyproject.toml").write_text(points)
    return tmp_path


class TestExamples:
    def test_new_then_unchanged_then_changed(self, toy_plugins: Plugins, project: Path) -> None:
        assert {update.status for update in update_examples(toy_plugins, project)} == {"new"}
        assert {update.status for update in update_examples(toy_plugins, project)} == {"unchanged"}
        path = project / "tests" / "examples" / "rows" / "input.csv"
        path.write_text(path.read_text().replace("4.25", "4.5"))
        told = {update.case: update for update in update_examples(toy_plugins, project)}
        assert told["rows"].changes == ("table.quantities[0].values[1][1]: expected 4.25, found 4.5",)
        assert {case for case, update in told.items() if update.status == "changed"} == {"rows"}

    def test_one_case_or_the_folder_of_all(self, toy_plugins: Plugins, project: Path) -> None:
        folder = project / "tests" / "examples"
        assert [update.case for update in update_examples(toy_plugins, folder / "long")] == ["long"]
        cases = sorted(case.name for case in folder.iterdir())
        assert [update.case for update in update_examples(toy_plugins, folder)] == cases

    def test_what_is_declined_fails_and_is_left(self, toy_plugins: Plugins, project: Path) -> None:
        list(update_examples(toy_plugins, project))
        folder = project / "tests" / "examples" / "rows"
        before = (folder / "expected.json").read_text()
        (folder / "input.csv").write_text("a,b\n")
        [update] = update_examples(toy_plugins, folder)
        assert (update.status, update.changes) == ("failed", ("toys declines input.csv",))
        assert (folder / "expected.json").read_text() == before

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (None, "no pyproject.toml"),
            ("[project]\n", "declares no entry point"),
            ("not toml", "declares no entry point"),
            ('[project.entry-points."amprenta.omics.v1"]\nother = "x"\n', "is not installed"),
        ],
    )
    def test_a_project_that_is_no_installed_plugin(
        self, content: str | None, what: str, toy_plugins: Plugins, project: Path
    ) -> None:
        path = project / "pyproject.toml"
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises((NotFound, SettingsError), match=what):
            list(update_examples(toy_plugins, project))

    @pytest.mark.usefixtures("toy_plugins")
    def test_exit_codes(self, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        arguments: list[Any] = ["plugins", "examples", "update", str(project)]
        assert main.main(arguments) == 1
        assert "rows: new" in capsys.readouterr().out
        assert main.main([*arguments, "--json"]) == 0
        assert {json.loads(line)["status"] for line in capsys.readouterr().out.splitlines()} == {"unchanged"}
        (project / "tests" / "examples" / "rows" / "input.csv").write_text("a,b\n")
        assert main.main(arguments) == 3
        (tmp_path / "empty").mkdir()
        assert main.main([*arguments[:-1], str(tmp_path / "empty")]) == 5
