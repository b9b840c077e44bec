"""Real matrices of cells, and GCTX: the numbers are those that other libraries read.

The files are not part of the project; where they are absent the tests are skipped, saying so.
"""

import gzip
import warnings
from pathlib import Path

import numpy as np
import pytest

from amprenta_core.errors import UnrecognisedFile
from amprenta_core.ingest import Options, ingest, targets, without_members
from amprenta_core.matrices import Cells
from amprenta_core.model import FeatureTable
from amprenta_core.plugins import load

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "transcriptomics"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there")


def read(path: Path, omics_type: str | None = None) -> FeatureTable:
    plugins, options = load(names=["transcriptomics"]), Options(omics_type=omics_type)
    (target,) = without_members(list(targets([str(path)])), plugins, options)
    (found,) = ingest(target, plugins, options)
    return found.table


def cells_of(table: FeatureTable) -> Cells:
    assert table.cells is not None
    return table.cells


def dense(table: FeatureTable, name: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    from scipy import sparse

    (matrix,) = (m for m in cells_of(table).matrices if m.name == name)
    shape = (matrix.n_features, matrix.n_cells)
    made = sparse.csr_matrix((matrix.values, matrix.indices, matrix.indptr), shape=shape).toarray()
    return np.asarray(made, dtype=np.float64)


def test_a_folder_with_a_triplet_of_10x_is_one_dataset() -> None:
    from scipy import io

    folder = DATA / "tenx-v3-scanpy"
    table = read(folder)
    with gzip.open(folder / "matrix.mtx.gz") as stream:
        expected = io.mmread(stream).toarray()
    assert (len(table.features), len(cells_of(table).barcodes), len(table.samples)) == (507, 1107, 1)
    assert (table.features[0].name, table.features[-1].name) == ("ENSG00000279493", "ENSG00000160310")
    assert (cells_of(table).barcodes[0], cells_of(table).barcodes[-1]) == ("AAACCCAAGGAGAGTA-1", "TTTGGTTGTAGAATAC-1")
    assert np.array_equal(dense(table, "counts"), expected)
    assert np.array_equal(table.quantities[0].values[:, 0], expected.sum(axis=1))


def test_an_old_h5ad_says_what_anndata_says() -> None:
    anndata = pytest.importorskip("anndata")
    path = DATA / "h5ad-pbmc68k" / "10x_pbmc68k_reduced.h5ad"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = anndata.read_h5ad(path)
    table = read(path)
    cells = cells_of(table)
    assert [q.name for q in table.quantities] == ["raw", "X"]
    assert np.array_equal(dense(table, "X"), np.asarray(expected.X, dtype=np.float64).T)
    assert np.array_equal(dense(table, "raw"), expected.raw.X.toarray().T)
    assert list(cells.barcodes) == list(expected.obs_names)
    assert [f.name for f in table.features] == list(expected.var_names)
    assert [a.name for a in cells.annotations] == list(expected.obs)
    for annotation in cells.annotations:
        said = expected.obs[annotation.name]
        same = said.astype(str).tolist() == annotation.texts() if annotation.categories else False
        assert same or np.array_equal(annotation.values, said.to_numpy()), annotation.name
    of_cells = np.array([int(name.rpartition("-")[2]) for name in expected.obs_names])
    means = [expected.raw.X.toarray()[of_cells == int(sample.name)].mean(axis=0) for sample in table.samples]
    assert np.allclose(table.quantities[0].values, np.array(means).T, rtol=1e-6)


def test_gctx_says_what_cmappy_says_and_is_only_read_when_told() -> None:
    parse = pytest.importorskip("cmapPy.pandasGEXpress.parse_gctx").parse
    path = DATA / "gct-l1000" / "mini_gctoo_for_testing.gctx"
    with pytest.raises(UnrecognisedFile, match="say --type transcriptomics"):
        read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = parse(str(path))
    table = read(path, "transcriptomics")
    assert [f.name for f in table.features] == list(expected.data_df.index)
    assert [s.name for s in table.samples] == list(expected.data_df.columns)
    assert np.array_equal(table.quantities[0].values.astype(np.float32), expected.data_df.to_numpy())
    assert table.cells is None
