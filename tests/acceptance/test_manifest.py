"""Real result files: each is read without being told what it is, with the features and samples that an expert counted.

The files are not part of the project; where they are absent the tests are skipped, saying so.
"""

import csv
from pathlib import Path
from typing import Any

import pytest

from amprenta_core.app import App, Outcome, Wish
from amprenta_core.plugins import load
from amprenta_core.reading import read_head
from amprenta_core.settings import Settings

DATA = Path(__file__).parents[2].parent / "shared" / "data"
MANIFEST = DATA / "MANIFEST.lipmet.tsv"
pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="the shared result files are not here")


def rows(omics: str, judged: str | None = None) -> list[dict[str, str]]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(encoding="utf-8", newline="") as stream:
        found = [row for row in csv.DictReader(stream, delimiter="\t") if row["omics"] == omics]
    return [row for row in found if judged is None or row["judged"] == judged]


def check(path: Path) -> Outcome:
    app = App(settings=Settings(home=path.parent, files=None))
    [outcome] = list(app.ingest([str(path)], Wish(check=True)))
    return outcome


@pytest.mark.parametrize("row", rows("lipidomics", "yes"), ids=lambda row: row["path"])
def test_counts_are_the_experts(row: dict[str, str]) -> None:
    outcome = check(DATA / row["path"])
    assert outcome.error is None
    report = outcome.report
    assert report is not None
    assert (report.n_features, report.n_samples) == (int(row["n_features"]), int(row["n_samples"]))
    assert report.omics_type == "lipidomics"


@pytest.mark.parametrize("row", rows("metabolomics"), ids=lambda row: row["path"])
def test_files_of_other_omics_are_not_claimed(row: dict[str, str]) -> None:
    claims = load().claims(read_head(DATA / row["path"]))
    assert [claim for claim in claims if claim.match and claim.match.confidence != "possible"] == []


NOT_MEASUREMENTS = [row for row in rows("lipidomics", "no") if "lipidfinder" not in row["path"]]


@pytest.mark.parametrize("row", NOT_MEASUREMENTS, ids=lambda row: row["path"])
def test_lists_and_sample_sheets_are_declined_with_a_hint(row: dict[str, str]) -> None:
    outcome = check(DATA / row["path"])
    assert outcome.error is not None
    assert outcome.error.hint


UNNAMED = [row for row in rows("lipidomics", "no") if "lipidfinder" in row["path"]]


@pytest.mark.parametrize("row", UNNAMED, ids=lambda row: row["path"])
def test_tables_without_names_are_read_when_told(row: dict[str, str]) -> None:
    path = DATA / row["path"]
    outcome = check(path)
    assert outcome.error is not None
    assert "--type lipidomics" in str(outcome.error)
    told = read_when_told(path)
    assert (told.n_features, told.n_samples) == (int(row["n_features"]), int(row["n_samples"]))


def read_when_told(path: Path) -> Any:
    from amprenta_core.ingest import Options

    app = App(settings=Settings(home=path.parent, files=None))
    [outcome] = list(app.ingest([str(path)], Wish(check=True, options=Options(omics_type="lipidomics"))))
    assert outcome.error is None
    return outcome.report


@pytest.mark.parametrize("name", ["ER_KLA-ER_CON_pvalues.csv", "Table_S18_Stats_FDvsCtrl_MF.csv"])
def test_results_tables_keep_fold_changes_and_p_values(name: str) -> None:
    [path] = DATA.glob(f"lipidomics/*/{name}")
    report = check(path).report
    assert report is not None
    kept = {quantity for quantity, _ in report.quantities}
    assert "p_value" in kept
    assert ("log2_fold_change" in kept) == ("S18" in name)
