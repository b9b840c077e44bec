"""The same content is stored once; other content is a new revision or a conflict; no row is lost on the way."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid5

import pytest

from amprenta_core.app import App, Outcome, Wish
from amprenta_core.errors import Conflict, NotFound, SettingsError
from amprenta_core.ingest import Options

if TYPE_CHECKING:
    from conftest import Ingest, Shell, ToyBox, Workspace

FIRST = "name,s1,s2\nPC 34:1,1,2\nPE 36:2,3,4\n"
SECOND = "name,s1,s2\nPC 34:1,10,20\nSM 36:1,30,40\n"


def only(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def refused(outcomes: list[Outcome], error: type[Exception]) -> str:
    outcome = only(outcomes)
    assert outcome.status == "failed"
    assert isinstance(outcome.error, error)
    return str(outcome.error)


@pytest.fixture
def first(folder: Path) -> Path:
    path = folder / "a.csv"
    path.write_text(FIRST)
    return path


@pytest.fixture
def other(folder: Path) -> Path:
    """Another file that would have the same name."""
    path = folder / "copy" / "run" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(SECOND)
    return path


def test_the_same_file_again_writes_nothing(
    app: App, first: Path, workspace: "Workspace", ingest_all: "Ingest"
) -> None:
    created = only(ingest_all(app, first))
    before = workspace.rows()
    for again in (app, App(settings=workspace.settings)):
        unchanged = only(ingest_all(again, first))
        assert unchanged.status == "unchanged"
        assert (unchanged.dataset_id, unchanged.revision) == (created.dataset_id, 1)
        assert unchanged.report == created.report
    assert workspace.rows() == before


@pytest.mark.parametrize("place", ["copy/run/a.csv", "copy/run/b.csv", "other.csv"])
def test_the_same_content_elsewhere_writes_nothing(
    app: App, first: Path, workspace: "Workspace", ingest_all: "Ingest", place: str
) -> None:
    created = only(ingest_all(app, first))
    before = workspace.rows()
    copy = first.parent / place
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(first, copy)
    again = only(ingest_all(app, copy))
    assert (again.status, again.dataset_id, again.name) == ("unchanged", created.dataset_id, "run/a")
    assert workspace.rows() == before


def test_the_same_file_by_another_spelling_of_its_path_is_the_same(shell: "Shell", first: Path) -> None:
    assert shell.ingest("a.csv").code == 0
    first.write_text(SECOND)
    assert shell.ingest("./a.csv", "--json").objects[0]["status"] == "updated"
    first.write_text(FIRST.replace("4", "5"))
    assert shell.ingest(first, "--json").objects[0]["status"] == "updated"


def test_other_content_of_the_same_path_is_a_new_revision(app: App, first: Path, ingest_all: "Ingest") -> None:
    created = only(ingest_all(app, first))
    first.write_text(SECOND)
    updated = only(ingest_all(app, first))
    assert (updated.status, updated.revision, updated.dataset_id) == ("updated", 2, created.dataset_id)
    now, then = (app.read_dataset("run/a", revision=number)[0] for number in (None, 1))
    assert now.names == ("PC 34:1", "SM 36:1")
    assert now.quantities[0].values.tolist() == [[10, 20], [30, 40]]
    assert then.names == ("PC 34:1", "PE 36:2")
    assert then.quantities[0].values.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(NotFound, match="revision 3"):
        app.read_dataset("run/a", revision=3)


def test_only_current_revisions_are_shown_of_a_feature(app: App, first: Path, ingest_all: "Ingest") -> None:
    ingest_all(app, first)
    first.write_text(SECOND)
    ingest_all(app, first)
    ((_, measured),) = app.show_feature("PC 34:1")
    assert [row["numbers"] for row in measured] == [[10, 20]]
    ((_, measured),) = app.show_feature("PE 36:2")
    assert measured == []


def test_older_content_again_becomes_current(app: App, first: Path, ingest_all: "Ingest") -> None:
    for content in (FIRST, SECOND, FIRST):
        first.write_text(content)
        ingest_all(app, first)
    assert app.read_dataset("run/a")[0].quantities[0].values.tolist() == [[1, 2], [3, 4]]
    assert only(ingest_all(app, first)).status == "unchanged"


def test_a_taken_name_is_a_conflict(
    app: App, first: Path, other: Path, workspace: "Workspace", ingest_all: "Ingest"
) -> None:
    ingest_all(app, first)
    before = workspace.rows()
    said = refused(ingest_all(app, other, program="P"), Conflict)
    assert said == (
        f"the name run/a is taken by other content from {first}. "
        "Say --update to make this its new revision, or --name for another dataset"
    )
    assert workspace.rows() == before


def test_a_conflict_is_exit_code_5(shell: "Shell", first: Path, other: Path) -> None:
    assert shell.ingest(first).code == 0
    assert shell.ingest(other).code == 5
    assert shell.ingest(other, "--update").code == 0
    assert shell.ingest(first).code == 5
    assert shell.ingest(first, "--name", "mine").code == 0


def test_update_makes_it_a_revision(app: App, first: Path, other: Path, ingest_all: "Ingest") -> None:
    created = only(ingest_all(app, first))
    updated = only(ingest_all(app, other, update=True))
    assert (updated.status, updated.revision, updated.dataset_id) == ("updated", 2, created.dataset_id)
    assert app.read_dataset("run/a")[0].summary["source_path"] == str(other)


def test_a_name_makes_another_dataset_of_the_same_content(app: App, first: Path, ingest_all: "Ingest") -> None:
    created = only(ingest_all(app, first))
    named = only(ingest_all(app, first, name="mine"))
    assert (named.status, named.name) == ("created", "mine")
    assert named.dataset_id != created.dataset_id
    assert only(ingest_all(app, first, name="mine")).status == "unchanged"
    assert [row["name"] for row in app.list_datasets()] == ["mine", "run/a"]


def test_a_name_for_several_files_is_refused(app: App, first: Path, other: Path, ingest_all: "Ingest") -> None:
    with pytest.raises(SettingsError, match="--name names one dataset"):
        ingest_all(app, first, other, name="mine")


def test_other_reading_options_are_other_content(toys: "ToyBox", workspace: "Workspace") -> None:
    path = toys.file("t.tsv", ["A\t1\t2", "B\t3\t4"], header="toy name\tArea s1\tHeight s1")
    toy_app = toys.app(workspace)
    statuses = []
    for quantity in (None, "Height", "Height", None):
        found = toy_app.ingest([str(path)], Wish(options=Options(quantity=quantity)))
        statuses += [(outcome.status, outcome.revision) for outcome in found]
    assert statuses == [("created", 1), ("updated", 2), ("unchanged", 2), ("updated", 3)]
    toy_app.database.close()


def test_ids_are_those_of_the_names_in_the_workspace(app: App, first: Path, ingest_all: "Ingest") -> None:
    outcome = only(ingest_all(app, first, program="P", experiment="E"))
    assert outcome.dataset_id == uuid5(app.database.workspace, "dataset:run/a")


def test_program_and_experiment_are_made_once_and_linked(
    app: App, first: Path, other: Path, workspace: "Workspace", ingest_all: "Ingest"
) -> None:
    ingest_all(app, first, program="P", experiment="E", description="one")
    ingest_all(app, other, name="b", program="P", experiment="E")
    within = "SELECT e.name, p.name FROM experiments e FULL JOIN programs p ON p.id = e.program_id"
    assert workspace.query(within) == [("E", "P")]
    found = [(row["name"], row["program"], row["experiment"], row["description"]) for row in app.list_datasets()]
    assert found == [("b", "P", "E", None), ("run/a", "P", "E", "one")]


def test_an_unchanged_dataset_is_linked_too(
    app: App, first: Path, workspace: "Workspace", ingest_all: "Ingest"
) -> None:
    ingest_all(app, first)
    linked = only(ingest_all(app, first, program="P", experiment="E", description="said later"))
    assert linked.status == "unchanged"
    (row,) = app.list_datasets()
    assert (row["program"], row["experiment"], row["description"]) == ("P", "E", "said later")
    assert row["updated_at"] > row["created_at"]
    before = workspace.rows()
    ingest_all(app, first, program="P", experiment="E", description="said later")
    ingest_all(app, first)
    assert workspace.rows() == before


def test_every_row_is_measured_or_set_aside_with_a_reason(
    app: App, folder: Path, ingest_all: "Ingest", workspace: "Workspace"
) -> None:
    rows = ["PC 34:1,1,2", ",3,4", "PE 36:2,5,6", ",,", "PC 34:1,7,8", "SM 36:1,,", "TG 52:3,x,9"]
    (folder / "a.csv").write_text("\n".join(["name,s1,s2", *rows]) + "\n")
    report = only(ingest_all(app, folder / "a.csv")).report
    assert report is not None
    aside = [problem for problem in report.problems if problem.row is not None]
    assert report.rows_read == report.rows_measured + len(aside)
    assert workspace.one('SELECT count(*) FROM problems WHERE "row" IS NOT NULL') == len(aside)
    stored = workspace.query("SELECT rows_read, rows_measured, n_features FROM revisions")
    assert stored == [(report.rows_read, report.rows_measured, report.n_features)]
    assert workspace.one("SELECT count(*) FROM measured") == report.n_features
