"""Values of real proteomics files, cell by cell, against what other libraries read in them.

The files are not part of the project; where they are absent the tests are skipped, saying so.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from amprenta_core.model import FeatureTable, FloatArray, Sample
from amprenta_core.plugins import load
from amprenta_core.reading import read_head
from amprenta_core.sample_sheets import join
from amprenta_core.testing.examples import read

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "proteomics"
pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason="the shared result files are not here"),
    pytest.mark.filterwarnings("ignore"),  # the other libraries warn of their own libraries
]


def table(path: str) -> FeatureTable:
    plugin, _ = load().choose(DATA / path, read_head(DATA / path))
    reading = read(plugin, DATA / path)
    assert reading is not None
    return next(iter(reading.tables.values()))


def values(found: FeatureTable, quantity: str) -> FloatArray:
    """Features × samples."""
    return next(q.values for q in found.quantities if q.name == quantity)


def same(ours: FloatArray, theirs: Any) -> bool:
    """Whether the numbers are equal, in the precision that the other library keeps (some keep 32 bits)."""
    other = np.asarray(theirs)
    return np.array_equal(ours.astype(other.dtype), other, equal_nan=True)


def loader(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(import_module("protdata.io"), name)
    return function


def test_gct_as_cmappy_reads_it() -> None:
    path = "gct-p100/test_p100.gct"
    found, other = table(path), import_module("cmapPy.pandasGEXpress.parse").parse(str(DATA / path))
    assert [f.name for f in found.features] == list(other.data_df.index)
    assert [s.name for s in found.samples] == list(other.data_df.columns)
    assert same(found.quantities[0].values, other.data_df.to_numpy())
    genes, wells = other.row_metadata_df["pr_gene_symbol"], other.col_metadata_df["det_well"]
    assert [f.ids["gene_symbol"] for f in found.features] == list(genes)
    assert [s.attributes["det_well"] for s in found.samples] == list(wells)


def test_adat_as_somadata_reads_it() -> None:
    path = "somalogic-example10/example_data10.adat"
    found, other = table(path), import_module("somadata").read_adat(str(DATA / path))
    aptamers, samples = other.columns, other.index
    assert [f.name for f in found.features] == list(aptamers.get_level_values("SeqId"))
    assert [s.name for s in found.samples] == list(samples.get_level_values("SampleId"))
    assert same(found.quantities[0].values, other.to_numpy().T)
    types = list(aptamers.get_level_values("Type"))
    assert [f.attributes["Type"] for f in found.features] == types
    assert [s.attributes["SampleType"] for s in found.samples] == list(samples.get_level_values("SampleType"))
    marked = [f.attributes["Type"] for f in found.features if f.flags]
    assert sorted(marked) == sorted(kind for kind in types if kind != "Protein")


MAXQUANT = {"lfq_intensity": "LFQ intensity ", "intensity": "Intensity ", "ibaq": "iBAQ "}


@pytest.mark.parametrize(
    ("path", "quantities"),
    [
        ("maxquant-lfq-p10_0144/proteinGroups.txt", ("lfq_intensity", "intensity")),
        ("maxquant-ibaq-go/proteinGroups.txt", ("lfq_intensity", "intensity", "ibaq")),
    ],
)
def test_maxquant_as_protdata_reads_it(path: str, quantities: Sequence[str]) -> None:
    prefixes = [MAXQUANT[name] for name in quantities]
    found = table(path)
    other = loader("read_maxquant")(str(DATA / path), intensity_column_prefixes=prefixes)
    assert [f.name for f in found.features] == list(other.var_names)
    assert [s.name for s in found.samples] == list(other.obs_names)
    assert same(values(found, quantities[0]), other.X.T)
    for name in quantities[1:]:
        assert same(values(found, name), other.layers[MAXQUANT[name].strip()].T), name
    flagged = [("contaminant" in f.flags) for f in found.features]
    assert flagged == [mark == "+" for mark in other.var["Potential contaminant"]]


def test_diann_as_protdata_reads_it() -> None:
    path = "diann-alphastats-20samples/report_final.pg_matrix.tsv"
    found, other = table(path), loader("read_diann")(str(DATA / path))
    assert [f.name for f in found.features] == list(other.var_names)
    assert [s.name for s in found.samples] == list(other.obs_names)
    assert same(found.quantities[0].values, other.X.T)


def test_fragpipe_as_protdata_reads_it() -> None:
    path = "fragpipe-idh/combined_protein.tsv"
    found, other = table(path), loader("read_fragpipe")(str(DATA / path))
    assert [f.name for f in found.features] == list(other.var["Protein"])
    assert [s.name for s in found.samples] == list(other.obs_names)
    assert same(values(found, "maxlfq_intensity"), other.X.T)
    assert same(values(found, "spectral_count"), other.layers["Spectral Count"].T)


def test_mztab_as_protdata_reads_it() -> None:
    path = "mztab-hupo/SILAC_SQ.mzTab"
    found, other = table(path), loader("read_mztab")(str(DATA / path))
    assert [f.name for f in found.features] == list(other.var_names)
    assert same(found.quantities[0].values, other.X.T)


def test_the_sdrf_of_a_study_describes_its_run() -> None:
    folder = DATA / "diann-PXD019909"
    with (folder / "diann_report.tsv").open(encoding="utf-8", newline="") as stream:
        run = next(csv.DictReader(stream, delimiter="\t"))["Run"]
    measured = table("mztab-hupo/SILAC_SQ.mzTab")
    samples = (Sample(name=run), *measured.samples[1:])
    [first, *_] = join(evolve(measured, samples=samples), folder / "PXD019909-DIA.sdrf.tsv").samples
    said: Mapping[str, str] = first.attributes
    assert said["source name"] == "PXD019909-Sample-13"
    assert said["characteristics[organism part]"] == "skin; Keratinocytes"
    assert said["comment[modification parameters]"].count("; ") == 2
