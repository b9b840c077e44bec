"""Real result files: each is read without being told what it is, with the features and samples that an expert counted.

The files are not part of the project; where they are absent the tests are skipped, saying so.
"""

import csv
from pathlib import Path

import pytest

from amprenta_core.app import App, Outcome, Wish
from amprenta_core.errors import UnrecognisedFile
from amprenta_core.ingest import Options
from amprenta_core.plugins import load
from amprenta_core.reading import read_head
from amprenta_core.settings import Settings

DATA = Path(__file__).parents[2].parent / "shared" / "data"
MANIFESTS = (DATA / "MANIFEST.lipmet.tsv", DATA / "MANIFEST.protx.tsv")
OMICS = ("lipidomics", "metabolomics", "proteomics", "transcriptomics")
"""What installed plugins read."""
pytestmark = pytest.mark.skipif(not MANIFESTS[0].exists(), reason="the shared result files are not here")


def rows(*omics: str, judged: str | None = None) -> list[dict[str, str]]:
    """The manifests' rows of these omics, of all where none is named."""
    found = []
    for manifest in MANIFESTS:
        if manifest.exists():
            with manifest.open(encoding="utf-8", newline="") as stream:
                found += list(csv.DictReader(stream, delimiter="\t"))
    return [r for r in found if (not omics or r["omics"] in omics) and (judged is None or r["judged"] == judged)]


def check(path: Path, omics_type: str | None = None) -> Outcome:
    app = App(settings=Settings(home=path.parent, files=None))
    [outcome] = list(app.ingest([str(path)], Wish(check=True, options=Options(omics_type=omics_type))))
    return outcome


READ = rows(*OMICS, judged="yes")


@pytest.mark.parametrize("row", READ, ids=lambda row: row["path"])
def test_counts_are_the_experts(row: dict[str, str]) -> None:
    outcome = check(DATA / row["path"])
    assert outcome.error is None
    report = outcome.report
    assert report is not None
    assert (report.n_features, report.n_samples) == (int(row["n_features"]), int(row["n_samples"]))
    assert report.omics_type == row["omics"]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["path"])
def test_no_file_is_claimed_by_two(row: dict[str, str]) -> None:
    claims = load().claims(read_head(DATA / row["path"]))
    strong = [claim.plugin for claim in claims if claim.match and claim.match.confidence != "possible"]
    assert len(strong) <= 1
    assert not strong or row["judged"] == "no" or strong == [row["omics"]]


UNNAMED = [row for row in rows("lipidomics", judged="no") if "lipidfinder" in row["path"]]
LABELLED = [row for row in rows("proteomics", judged="no") if "silac" in row["path"]]
CELLS = [row for row in rows("transcriptomics", judged="no") if row["path"].endswith((".mtx.gz", ".h5ad"))]
NOT_MEASUREMENTS = [row for row in rows(*OMICS, judged="no") if row not in (*UNNAMED, *LABELLED, *CELLS)]


@pytest.mark.parametrize("row", NOT_MEASUREMENTS, ids=lambda row: row["path"])
def test_lists_and_sample_sheets_are_declined_with_a_hint(row: dict[str, str]) -> None:
    outcome = check(DATA / row["path"])
    assert outcome.error is not None
    assert outcome.error.hint


@pytest.mark.parametrize("row", CELLS, ids=lambda row: row["path"])
def test_cells_are_counted_beside_their_samples(row: dict[str, str]) -> None:
    report = check(DATA / row["path"]).report
    assert report is not None
    assert (report.n_features, report.n_cells) == (int(row["n_features"]), int(row["n_samples"]))


@pytest.mark.parametrize("row", UNNAMED, ids=lambda row: row["path"])
@pytest.mark.parametrize(("told", "read_as"), [(None, "metabolomics"), ("lipidomics", "lipidomics")])
def test_tables_without_names_are_metabolomics_unless_told(row: dict[str, str], told: str | None, read_as: str) -> None:
    report = check(DATA / row["path"], told).report
    assert report is not None
    assert (report.n_features, report.n_samples) == (int(row["n_features"]), int(row["n_samples"]))
    assert report.omics_type == read_as


@pytest.mark.parametrize("row", LABELLED, ids=lambda row: row["path"])
def test_ratios_of_labels_are_quantities_of_a_run(row: dict[str, str]) -> None:
    report = check(DATA / row["path"]).report
    assert report is not None
    assert (report.n_features, report.n_samples) == (int(row["n_features"]), int(row["n_samples"]))
    assert {"ratio_h_l_normalized", "ratio_m_l_normalized", "ratio_h_m_normalized"} <= {q for q, _ in report.quantities}


LIPIDS = [row for row in rows("lipidomics", judged="yes") if "mztab" in row["path"] or "msdial" in row["path"]]


@pytest.mark.parametrize("row", LIPIDS, ids=lambda row: row["path"])
def test_lipids_without_their_plugin_are_declined_with_its_name(row: dict[str, str]) -> None:
    path = DATA / row["path"]
    with pytest.raises(UnrecognisedFile) as caught:
        load(names=["metabolomics"]).choose(path, read_head(path))
    assert "seems to be lipidomics" in caught.value.what
    assert "amprenta-lipidomics" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["ER_KLA-ER_CON_pvalues.csv", "Table_S18_Stats_FDvsCtrl_MF.csv"])
def test_results_tables_keep_fold_changes_and_p_values(name: str) -> None:
    [path] = DATA.glob(f"lipidomics/*/{name}")
    report = check(path).report
    assert report is not None
    kept = {quantity for quantity, _ in report.quantities}
    assert "p_value" in kept
    assert ("log2_fold_change" in kept) == ("S18" in name)


BY_NAMES_ALONE = ("nmr_human_cachexia", "cimcb_ST001047")
"""Tables that only their names of metabolites tell, for which one must know these."""
TOLD = [row for row in rows(judged="yes") if not any(name in row["path"] for name in BY_NAMES_ALONE)]


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row["path"])
def test_a_file_whose_plugin_is_missing_names_the_package(row: dict[str, str]) -> None:
    path = DATA / row["path"]
    others = [omics for omics in OMICS if omics != row["omics"]]
    with pytest.raises(UnrecognisedFile) as caught:
        load(names=others).choose(path, read_head(path))
    assert f"amprenta-{row['omics']}" in str(caught.value.hint)
