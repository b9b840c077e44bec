"""Transcriptomics from end to end: wide matrices, folders of real files, and values as other readers have them."""

import gzip
import io
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from amprenta_core.app import App, Outcome, Wish
from amprenta_core.errors import UnrecognisedFile
from amprenta_core.ingest import Options, Target, ingest
from amprenta_core.model import FeatureTable
from amprenta_core.plugins import load
from amprenta_core.reading import read_head

if TYPE_CHECKING:
    from conftest import Workspace

DATA = Path(__file__).parents[2].parent / "shared" / "data"
shared = pytest.mark.skipif(not DATA.exists(), reason="the shared result files are not here")


def matrix(path: Path, genes: list[str], samples: int) -> Path:
    random = Random(7)
    header = "\t".join(["gene_id", *(f"patient {n}" for n in range(samples))])
    rows = ["\t".join([gene, *(str(random.randrange(5000)) for _ in range(samples))]) for gene in genes]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def stored(app: App, path: Path) -> Outcome:
    [outcome] = app.ingest([str(path)], Wish())
    assert outcome.error is None
    return outcome


@pytest.mark.parametrize("version", ["", ".3"])
def test_a_wide_matrix_needs_no_type(app: App, workspace: "Workspace", folder: Path, version: str) -> None:
    path = matrix(folder / "counts.tsv", [f"ENSG{n:011d}{version}" for n in range(2000)], 50)
    report = stored(app, path).report
    assert report is not None
    assert (report.omics_type, report.n_features, report.n_samples) == ("transcriptomics", 2000, 50)
    assert report.quantities[0] == ("counts", "reads")
    assert report.counts.linked == 2000
    assert workspace.one("SELECT count(*) FROM measured") == 2000


SYMBOLS = ("TP53", "GAPDH", "SLC25A4", "RPL13A", "COL1A1", "ZNF420", "DPM1", "EAF1", "PRPF8", "ITGB1")


def test_a_matrix_of_symbols_needs_no_type_and_links_nothing(app: App, folder: Path) -> None:
    path = matrix(folder / "genes.txt", [*SYMBOLS, "1-Mar", "2-Sep", "TP53"], 60)
    report = stored(app, path).report
    assert report is not None
    assert (report.omics_type, report.n_features, report.n_samples) == ("transcriptomics", 13, 60)
    assert report.counts.linked == 0
    codes = {problem.code for problem in report.problems}
    assert codes == {"duplicate_feature_names", "spreadsheet_damage"}


def test_a_lipid_table_that_is_called_transcriptomics_is_refused_with_what_it_is(folder: Path) -> None:
    path = folder / "lipids.csv"
    path.write_text("name,s1,s2\nPC 34:1,1,2\nPE 36:2,3,4\nSM 34:1,5,6\n")
    with pytest.raises(UnrecognisedFile) as caught:
        load().choose(path, read_head(path), "transcriptomics")
    assert "not recognised as transcriptomics; it seems to be lipidomics" in caught.value.what


def test_results_of_proteins_without_their_plugin_are_declined_with_its_name(folder: Path) -> None:
    path = folder / "proteins.csv"
    path.write_text("id,logFC,AveExpr,P.Value,adj.P.Val\nP04637,1,2,0.1,0.2\nP02768,2,3,0.2,0.3\nQ9Y6Y9,1,1,0.3,0.4\n")
    with pytest.raises(UnrecognisedFile) as caught:
        load(names=["transcriptomics"]).choose(path, read_head(path))
    assert "seems to be proteomics" in caught.value.what
    assert "amprenta-proteomics" in str(caught.value.hint)


def read(path: Path) -> FeatureTable:
    plugins = load(names=["transcriptomics"])
    [found] = ingest(Target(path=path, name="x", label=str(path)), plugins, Options())
    return found.table


def quantity(table: FeatureTable, name: str) -> list[float]:
    [found] = [q for q in table.quantities if q.name == name]
    return [float(value) for value in np.ravel(found.values)]


@shared
@pytest.mark.parametrize(
    ("pattern", "names", "columns"),
    [
        ("salmon_refseq/*/quant.sf.gz", "Name", {"counts": "NumReads", "tpm": "TPM", "length": "Length"}),
        ("rsem/*.genes.results.gz", "gene_id", {"counts": "expected_count", "tpm": "TPM", "fpkm": "FPKM"}),
    ],
)
def test_values_are_as_pandas_reads_them(pattern: str, names: str, columns: dict[str, str]) -> None:
    [path] = (DATA / "transcriptomics" / "geuvadis-tximportdata").glob(pattern)
    wanted = pd.read_csv(io.BytesIO(gzip.decompress(path.read_bytes())), sep="\t", float_precision="round_trip")
    table = read(path)
    assert [ref.name for ref in table.features] == wanted[names].tolist()
    for name, column in columns.items():
        assert quantity(table, name) == wanted[column].tolist()


@shared
@pytest.mark.filterwarnings("ignore")  # of the other library
@pytest.mark.parametrize(
    ("kind", "pattern", "how", "feature"),
    [
        ("salmon", "geuvadis-tximportdata/salmon_refseq/*/quant.sf.gz", "return_transcript_data", "transcript_id"),
        ("kallisto", "kallisto-pytximport/abundance_1.tsv", "return_transcript_data", "transcript_id"),
        ("rsem", "geuvadis-tximportdata/rsem/*.genes.results.gz", "gene_level", "gene_id"),
    ],
)
def test_values_are_as_pytximport_reads_them(kind: str, pattern: str, how: str, feature: str) -> None:
    from pytximport import tximport

    [path] = (DATA / "transcriptomics").glob(pattern)
    plain = {"output_type": "xarray", "ignore_transcript_version": False, "ignore_after_bar": False, how: True}
    wanted = tximport([str(path)], data_type=kind, **plain)
    table = read(path)
    assert [ref.name for ref in table.features] == wanted[feature].to_numpy().tolist()
    theirs = {"counts": "counts", "effective_length": "length", "tpm": "abundance"}
    for ours, name in theirs.items():
        exact = 1e-4 if (kind, ours) == ("kallisto", "tpm") else 1e-12  # that one it computes anew
        mine, other = np.array(quantity(table, ours)), wanted[name].to_numpy()[:, 0]
        if (kind, ours) == ("rsem", "effective_length"):  # it makes ones of lengths that are zero
            mine = np.where(mine == 0, 1, mine)
        np.testing.assert_allclose(mine, other, rtol=exact)


@shared
def test_star_says_which_strand_the_sums_suggest() -> None:
    [path] = (DATA / "transcriptomics" / "star-ERR458837").glob("*.tab")
    table = read(path)
    sums = [int(np.nansum(q.values)) for q in table.quantities]
    assert [q.name for q in table.quantities] == ["counts", "counts_forward", "counts_reverse"]
    assert sums == [56375, 56513, 2819]
    [note] = [problem.what for problem in table.problems if problem.code == "strandedness"]
    assert "forward-stranded" in note
    assert [sample.name for sample in table.samples] == ["ERR458837_subsamp_1"]


@shared
def test_cuffdiff_keeps_what_is_infinite_and_the_status_of_each_test() -> None:
    table = read(DATA / "transcriptomics" / "cuffdiff-yeast-rapa" / "gene_exp.diff")
    [contrast] = table.contrasts
    assert (contrast.numerator, contrast.denominator) == ("rapa", "untr")
    missing = table.quantities[0].missing
    assert sum(map(len, missing.values())) == 115
    assert set(missing) == {"inf", "-inf"}
    status = [ref.attributes["status rapa_vs_untr"] for ref in table.features]
    assert (status.count("OK"), status.count("NOTEST"), status.count("LOWDATA")) == (6441, 616, 68)


@shared
def test_two_lanes_of_nanostring_are_one_dataset(app: App) -> None:
    [outcome] = app.ingest([str(DATA / "transcriptomics" / "nanostring-skmel")], Wish(check=True))
    report = outcome.report
    assert report is not None
    assert (report.n_features, report.n_samples, outcome.name) == (397, 2, "nanostring-skmel")


@shared
def test_a_gene_and_its_copy_on_chromosome_y_stay_two_features() -> None:
    [path] = (DATA / "transcriptomics" / "geuvadis-tximportdata" / "rsem").glob("*.gz")
    plugin = load(names=["transcriptomics"]).loaded["transcriptomics"]
    answers = plugin.normalize(read(path).features)
    assert all(len(answer) == 1 for answer in answers)
    assert len({answer[0] for answer in answers}) == 58288
    assert sum(1 for answer in answers if answer[0].broader) == 45
