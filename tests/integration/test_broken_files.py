"""A folder with broken files: the others are stored, and each failure is told to whoever must act."""

import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from amprenta_core.app import App, Outcome, Wish
from amprenta_core.errors import FileError, NotFound, ParseError, UnrecognisedFile

if TYPE_CHECKING:
    from conftest import Ingest, NewWorkspace, Shell, Workspace

GOOD = "name,s1,s2\nPC 34:1,1,2\nPE 36:2,3,4\n"
MZTAB = (
    "MTD\tmzTab-version\t1.0.0\n"
    "SMH\tidentifier\tdescription\texp_mass_to_charge\tretention_time\tsmallmolecule_abundance_assay[1]\n"
    + "".join(f"SML\tid{n}\tPC {n}:1\t{700 + n}.5\t{n}.0\t{n}.25\n" for n in range(30, 40))
)
BROKEN = {
    "b_gzip.csv.gz": gzip.compress(GOOD.encode() * 4000, mtime=0)[:-400],
    "c_binary.csv": bytes(range(256)) * 20,
    "d_mztab.mztab": re.sub(r"\d+\.25\n", "null\n", MZTAB).encode(),
    "e_prose.txt": b"Dear colleague,\nplease find the results elsewhere.\n",
    "f_empty.csv": b"",
}


@pytest.fixture
def mixed(folder: Path) -> Path:
    """A folder with good files before, between and after broken ones."""
    for name in ("a", "d", "z"):
        (folder / f"{name}.csv").write_text(GOOD.replace("4", str(ord(name))))
    for name, content in BROKEN.items():
        (folder / name).write_bytes(content)
    return folder


def test_the_good_files_are_in_and_the_broken_are_named(shell: "Shell", mixed: Path, workspace: "Workspace") -> None:
    ran = shell.ingest(mixed, "--json")
    assert ran.code == 1
    created = {one["name"] for one in ran.objects if one["status"] == "created"}
    assert created == {"a", "d", "z"} == {row[0] for row in workspace.query("SELECT name FROM datasets")}
    failed = {Path(one["path"]).name: one["error"] for one in ran.objects if one["status"] == "failed"}
    assert set(failed) == set(BROKEN)
    for name, error in failed.items():
        (line,) = [said for said in ran.err.splitlines() if f"/{name}" in said]
        assert line.startswith("  failed: ")
        assert error["what"] in line
        assert error["hint"] or error["line"]
    assert "5 failed" in ran.err
    assert "3 created" in ran.err


def test_each_broken_file_alone_says_what_is_wrong_with_it(app: App, mixed: Path, ingest_all: "Ingest") -> None:
    errors = {}
    for name in BROKEN:
        (outcome,) = ingest_all(app, mixed / name)
        assert isinstance(outcome.error, FileError)
        errors[name] = outcome.error
    assert "damaged or cut" in str(errors["b_gzip.csv.gz"])
    assert isinstance(errors["e_prose.txt"], UnrecognisedFile)
    assert set(errors["e_prose.txt"].seen.values()) == {"declined"}


def test_a_file_that_was_read_says_the_plugin_and_the_line(app: App, mixed: Path, ingest_all: "Ingest") -> None:
    (outcome,) = ingest_all(app, mixed / "d_mztab.mztab")
    assert isinstance(outcome.error, ParseError)
    assert (outcome.error.plugin, outcome.error.line) == ("lipidomics", 2)
    assert str(outcome.error).startswith(f"{mixed / 'd_mztab.mztab'}, line 2: ")


def test_a_row_that_a_cut_file_ends_in_is_set_aside(app: App, folder: Path, ingest_all: "Ingest") -> None:
    (folder / "cut.mztab").write_text(MZTAB + "SML\tid41\tPC 41:1\t741")
    (outcome,) = ingest_all(app, folder / "cut.mztab")
    assert outcome.report is not None
    assert (outcome.report.rows_read, outcome.report.rows_measured) == (11, 10)
    assert [problem.where for problem in outcome.report.problems if problem.row is not None] == ["line 13"]


def test_one_broken_file_alone_is_exit_code_3(shell: "Shell", mixed: Path) -> None:
    for name in BROKEN:
        ran = shell.ingest(mixed / name)
        assert (ran.code, "Traceback" in ran.err + ran.out) == (3, False)


def test_a_broken_file_leaves_nothing_behind(
    app: App, mixed: Path, workspace: "Workspace", ingest_all: "Ingest"
) -> None:
    for name in BROKEN:
        ingest_all(app, mixed / name)
    content = workspace.content()
    assert all(not rows for rows in content.values())
    files = Path(str(workspace.settings.files))
    assert not [path for path in files.rglob("*") if path.is_file()]


def test_the_only_path_that_is_not_there_ends_the_command(shell: "Shell", folder: Path, workspace: "Workspace") -> None:
    ran = shell.ingest(folder / "nowhere.csv")
    assert ran.code == 5
    assert "nowhere.csv is not there" in ran.err
    assert workspace.content()["datasets"] == []


def test_a_folder_without_files_is_not_found(app: App, folder: Path, ingest_all: "Ingest") -> None:
    with pytest.raises(NotFound, match="there is no file in"):
        ingest_all(app, folder)


def told(outcomes: list[Outcome]) -> list[tuple[str, str, str | None, str]]:
    return [(o.path, o.status, o.name, str(o.error)) for o in outcomes]


@pytest.mark.slow
def test_workers_store_and_say_the_same_as_one(mixed: Path, new_workspace: "NewWorkspace") -> None:
    for n in range(20):
        (mixed / f"n{n:02}.csv").write_text(f"name,s1,s2\nPC 34:1,{n},2\nTG {40 + n}:2,3,4\n")
    said, content, errors = [], [], []
    for workers in (1, 2):
        workspace = new_workspace()
        workspace.settle(UUID(int=1))
        app = App(settings=workspace.settings)
        outcomes = list(app.ingest([str(mixed)], Wish(program="P"), workers=workers))
        app.database.close()
        said.append(told(outcomes))
        errors.append([vars(o.error) for o in outcomes if o.error is not None])
        content.append(workspace.content())
    assert said[0] == said[1]
    assert errors[0] == errors[1]
    assert content[0] == content[1]


@pytest.mark.slow
def test_workers_by_command_give_the_same_lines(shell: "Shell", mixed: Path) -> None:
    alone, together = (shell.ingest(mixed, "--json", "--check", "--workers", n) for n in (1, 2))
    assert alone.code == together.code == 1
    assert [{**one, "elapsed_ms": 0} for one in alone.objects] == [{**one, "elapsed_ms": 0} for one in together.objects]
    assert alone.err == together.err


def test_of_several_paths_one_that_is_not_there_fails_alone(shell: "Shell", folder: Path) -> None:
    (folder / "good.csv").write_text(GOOD)
    ran = shell.ingest(folder / "gone.csv", folder / "good.csv", "--json")
    assert ran.code == 1
    gone, stored = ran.objects
    assert (gone["status"], gone["error"]["kind"]) == ("failed", "NotFound")
    assert stored["status"] == "created"
    assert "gone.csv is not there" in ran.err
