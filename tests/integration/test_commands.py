"""The commands on a real database: what they print for people and for programs, and how they end."""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from amprenta_core import plugins

if TYPE_CHECKING:
    from conftest import Shell, Workspace

KEYS = [
    "path", "status", "dataset_id", "revision", "name", "omics_type", "format", "quantity", "n_features", "n_samples",
    "n_cells", "rows_read", "rows_measured", "rows_set_aside", "n_linked", "n_ambiguous", "n_unresolved", "problems",
    "signatures", "notion_page_id", "elapsed_ms", "error",
]  # fmt: skip
SKYLINE = (
    "Molecule Name,Replicate,Area,Precursor Mz,Retention Time\n"
    "PC 34:1,s1,10,760.5,1.5\nPC 34:1,s2,20,760.5,1.6\nPE 36:2,s1,30,744.5,2.5\nPE 36:2,s2,40,744.5,2.6\n"
)


@pytest.fixture
def table(folder: Path) -> Path:
    path = folder / "a.csv"
    path.write_text("name,s1,s2,s3\nPC 34:1,1,2,3\n,4,5,6\nPE 36:2,7,<LOD,9\n")
    return path


@pytest.fixture
def sheet(folder: Path) -> Path:
    path = folder / "sheet.csv"
    path.write_text("sample,group,age\ns1,case,30\ns2,control,\ns9,case,50\n")
    return path


def test_json_has_the_promised_keys_in_order(shell: "Shell", table: Path) -> None:
    for options in ([], ["--update"], ["--check"]):
        (one,) = shell.ingest(table, "--json", *options).objects
        assert list(one) == KEYS
    (table.parent / "bad.csv").write_bytes(b"\0")
    (failed,) = shell.ingest(table.parent / "bad.csv", "--json").objects
    assert list(failed) == KEYS
    assert list(failed["error"]) == ["kind", "what", "hint", "line", "plugin", "seen"]


def test_json_says_what_became_of_the_file(shell: "Shell", table: Path) -> None:
    ran = shell.ingest("a.csv", "--json")
    (one,) = ran.objects
    assert ran.code == 0
    wanted: dict[str, Any] = {
        "path": "a.csv", "status": "created", "revision": 1, "name": "run/a", "omics_type": "lipidomics",
        "n_features": 2, "n_samples": 3, "n_cells": None, "rows_read": 3, "rows_measured": 2, "rows_set_aside": 1,
        "n_linked": 2, "n_ambiguous": 0, "n_unresolved": 0, "signatures": [], "notion_page_id": None, "error": None,
    }  # fmt: skip
    assert {key: one[key] for key in wanted} == wanted
    assert [list(problem) for problem in one["problems"]] == [["where", "code", "what"]]
    assert one["problems"][0]["where"] == "line 3"
    assert one["elapsed_ms"] > 0
    assert shell.ingest("a.csv", "--json").objects[0]["status"] == "unchanged"


def test_stdout_carries_only_json(shell: "Shell", table: Path) -> None:
    (table.parent / "bad.csv").write_bytes(b"\0")
    ran = shell.ingest(".", "--json")
    assert ran.code == 1
    assert len(ran.objects) == 2
    assert "1 created, 1 failed" in ran.err


def test_text_says_the_same_to_a_person(shell: "Shell", table: Path) -> None:
    out = shell.ingest(table).out
    for said in (
        "created",
        "lipidomics",
        "2 lipids, 3 samples",
        "3 read, 2 measured, 1 set aside",
        "run/a, revision 1",
    ):
        assert said in out


def test_a_sample_sheet_describes_samples_and_says_what_it_missed(shell: "Shell", table: Path, sheet: Path) -> None:
    (one,) = shell.ingest(table, "--samples", sheet, "--json").objects
    codes = {problem["code"]: problem["what"] for problem in one["problems"]}
    assert "1 (s3 first)" in codes["sample_not_described"]
    assert "1 (s9 first)" in codes["sample_not_measured"]
    (shown,) = shell.amprenta("datasets", "show", "run/a", "--json").objects
    assert [(s["name"], s["attributes"]) for s in shown["samples"]] == [
        ("s1", {"group": "case", "age": "30"}),
        ("s2", {"group": "control"}),
        ("s3", {}),
    ]
    assert shell.ingest(table, "--samples", sheet, "--json").objects[0]["status"] == "unchanged"


def test_a_sheet_that_fits_nothing_or_is_not_there_is_exit_code_3(shell: "Shell", table: Path) -> None:
    (table.parent / "wrong.csv").write_text("sample,group\nx,1\ny,2\n")
    ran = shell.ingest(table, "--samples", "wrong.csv")
    assert (ran.code, "names none of the file's samples" in ran.out) == (3, True)
    ran = shell.ingest(table, "--samples", "nowhere.csv")
    assert (ran.code, "the sample sheet is not there" in ran.err) == (3, True)


def test_an_unknown_quantity_lists_what_there_is(shell: "Shell", folder: Path, workspace: "Workspace") -> None:
    (folder / "sky.csv").write_text(SKYLINE)
    (one,) = shell.ingest("sky.csv", "--quantity", "Height", "--json").objects
    assert one["error"]["kind"] == "SettingsError"
    assert one["error"]["hint"] == "It has: Area, Retention Time"
    assert shell.ingest("sky.csv", "--quantity", "Height").code == 2
    assert workspace.content()["datasets"] == []
    (one,) = shell.ingest("sky.csv", "--quantity", "retention time", "--json").objects
    assert one["quantity"] == "Retention Time"


def test_check_writes_nothing(shell: "Shell", table: Path, workspace: "Workspace") -> None:
    before = workspace.rows()
    ran = shell.ingest(table, "--check", "--json")
    (one,) = ran.objects
    assert (ran.code, one["status"], one["dataset_id"], one["revision"]) == (0, "checked", None, None)
    assert (one["name"], one["n_features"], one["n_linked"]) == ("run/a", 2, 2)
    assert workspace.rows() == before
    assert not Path(str(workspace.settings.files)).exists()


def test_datasets_are_listed(shell: "Shell", table: Path) -> None:
    assert shell.amprenta("datasets", "list").code == 0
    assert shell.amprenta("datasets", "list", "--json").objects == []
    shell.ingest(table, "--program", "P", "--experiment", "E", "--description", "about it")
    (one,) = shell.amprenta("datasets", "list", "--json").objects
    assert (one["name"], one["program"], one["experiment"], one["description"]) == ("run/a", "P", "E", "about it")
    assert (one["n_features"], one["n_samples"], one["revision"]) == (2, 3, 1)
    assert "run/a" in shell.amprenta("datasets", "list").out


def test_a_dataset_is_shown_by_name_and_by_id(shell: "Shell", table: Path) -> None:
    (one,) = shell.ingest(table, "--json").objects
    (shown,) = shell.amprenta("datasets", "show", "run/a", "--json").objects
    assert shell.amprenta("datasets", "show", one["dataset_id"], "--json").objects == [shown]
    assert shown["id"] == one["dataset_id"]
    assert (shown["n_linked"], shown["n_ambiguous"], shown["n_unresolved"]) == (2, 0, 0)
    assert [problem["where"] for problem in shown["problems"]] == ["line 3"]
    text = shell.amprenta("datasets", "show", "run/a").out
    for said in ("run/a", "2 features, 3 samples", "3 read, 2 measured", "s1, s2, s3", "line 3"):
        assert said in text


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_dataset_is_exported(shell: "Shell", table: Path, folder: Path, suffix: str) -> None:
    shell.ingest(table)
    target = folder / f"out.{suffix}"
    (said,) = shell.amprenta("datasets", "export", "run/a", "-o", target, "--json").objects
    assert said == {"path": str(target), "quantity": "abundance", "n_features": 2, "n_columns": 3}
    frame = pd.read_csv(target) if suffix == "csv" else pd.read_parquet(target)
    assert frame[["s1", "s2", "s3"]].fillna(-1).to_numpy().tolist() == [[1, 2, 3], [7, -1, 9]]
    assert list(frame["name"]) == ["PC 34:1", "PE 36:2"]


def test_an_older_revision_and_another_quantity_are_exported(shell: "Shell", folder: Path) -> None:
    for factor in (1, 2):
        (folder / "sky.csv").write_text(SKYLINE.replace("10,", f"{factor}0,"))
        shell.ingest("sky.csv")
    for options, first in (([], 20), (["--revision", "1"], 10), (["--quantity", "retention time"], 1.5)):
        assert shell.amprenta("datasets", "export", "run/sky", "-o", "out.csv", *options).code == 0
        assert pd.read_csv(folder / "out.csv")["s1"][0] == first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["datasets", "show", "nothing"], "there is no dataset nothing"),
        (["datasets", "show", "run/a", "--revision", "9"], "there is no dataset run/a, revision 9"),
        (["datasets", "show", "run/a", "--quantity", "x"], "run/a has no quantity x. It has: abundance"),
        (["datasets", "export", "nothing", "-o", "out.csv"], "there is no dataset nothing"),
        (["features", "show", "Nobody 1"], "no dataset measured Nobody 1"),
    ],
)
def test_what_is_not_there_is_exit_code_5(shell: "Shell", table: Path, arguments: list[str], said: str) -> None:
    shell.ingest(table)
    ran = shell.amprenta(*arguments, "--json")
    assert (ran.code, ran.out) == (5, "")
    assert f"error: {said}" in ran.err


def test_an_export_that_cannot_be_written_is_exit_code_2_and_names_it(shell: "Shell", table: Path) -> None:
    shell.ingest(table)
    for target in ("out.xyz", "nowhere/out.csv", "."):
        ran = shell.amprenta("datasets", "export", "run/a", "-o", target)
        assert (ran.code, "Traceback" in ran.err) == (2, False)
        assert ran.err.startswith(f"error: {target} ")


def test_one_is_told_as_one(shell: "Shell", folder: Path) -> None:
    (folder / "one.csv").write_text("name,s1\nPC 34:1,1\nPE 36:2,2\n")
    shell.ingest("one.csv")
    assert shell.amprenta("datasets", "export", "run/one", "-o", "out.csv").err.endswith("2 features × 1 sample\n")
    assert "counts     2 features, 1 sample\n" in shell.amprenta("datasets", "show", "run/one").out


def test_a_feature_is_shown_in_any_spelling_that_was_written(shell: "Shell", table: Path) -> None:
    shell.ingest(table)
    (found,) = shell.amprenta("features", "show", "PE 36:2", "--json").objects
    (measured,) = found["measurements"]
    assert measured["values"] == {"s1": 7.0, "s2": None, "s3": 9.0}
    assert (measured["dataset"], measured["written"], measured["relation"]) == ("run/a", "PE 36:2", "same")


def test_the_median_of_two_values_is_between_them(shell: "Shell", table: Path) -> None:
    shell.ingest(table)
    assert shell.amprenta("features", "show", "PE 36:2").out.split()[-3:] == ["7", "8", "9"]


def test_the_schema_goes_down_and_up_by_command(shell: "Shell", table: Path, workspace: "Workspace") -> None:
    shell.ingest(table)
    refused = shell.amprenta("db", "downgrade", "base")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert len(workspace.content()["datasets"]) == 1
    assert shell.amprenta("db", "downgrade", "base", "--yes", "--json").objects == [{"schema": None}]
    ran = shell.ingest(table)
    assert (ran.code, "Run: amprenta db upgrade" in ran.err) == (2, True)
    assert shell.amprenta("doctor").code == 2
    assert shell.amprenta("db", "status", "--json").objects[0]["schema"] is None
    (up,) = shell.amprenta("db", "upgrade", "--json").objects
    assert up["schema"].startswith("00")
    assert shell.ingest(table).code == 0


def test_status_and_doctor_say_how_things_are(shell: "Shell", table: Path) -> None:
    shell.ingest(table)
    (status,) = shell.amprenta("db", "status", "--json").objects
    assert (status["kind"], status["running"], status["datasets"]) == ("server", True, 1)
    ran = shell.amprenta("doctor", "--json")
    assert ran.code == 0
    assert {finding["what"]: finding["state"] for finding in ran.objects} | {"extensions": "ok"} == {
        "mode": "ok", "database": "ok", "schema": "ok", "extensions": "ok", "plugin lipidomics": "ok",
        "plugin metabolomics": "ok", "plugin proteomics": "ok", "plugin transcriptomics": "ok", "raw files": "ok",
        "NOTION_API_KEY": "note", "PINECONE_API_KEY": "note", "OPENAI_API_KEY": "note",
    }  # fmt: skip
    assert "database: server, Postgres" in shell.amprenta("doctor").out


def test_doctor_says_which_plugin_is_broken(shell: "Shell", monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="glycomics", value="a_module_that_is_not_there", group="amprenta.omics.v1")
    monkeypatch.setattr(plugins, "entry_points", lambda **_: [point])
    ran = shell.amprenta("doctor", "--json")
    (found,) = [finding for finding in ran.objects if finding["what"] == "plugin glycomics"]
    assert (ran.code, found["state"]) == (4, "bad")
    assert "a_module_that_is_not_there" in found["found"]
    assert "glycomics: BROKEN" in shell.amprenta("plugins").out
