"""Single-cell files: which cells make a sample, which numbers are of choice, and what is said of broken files."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
from amprenta_transcriptomics import extract_features, parse_file, sniff_file

from amprenta_core import Annotation, FeatureTable, FileError, Matrix, ParsedFile, ParseError, SparseQuantity, read_head

MTX = "%%MatrixMarket matrix coordinate integer general\n2 3 3\n1 1 5\n2 2 7\n2 3 9\n"
FEATURES = "ENSG00000141510\tTP53\tGene Expression\nENSG00000012048\tBRCA1\tGene Expression\n"
BARCODES = "AAAC-1\nAAAG-1\nAACA-1\n"
Texts = Sequence[str]


def triplet(folder: Path, **changes: str | None) -> Path:
    """The three files; a change gives one other content, or none."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"matrix.mtx": MTX, "features.tsv": FEATURES, "barcodes.tsv": BARCODES}
    for name, text in {**content, **{key.replace("_", "."): text for key, text in changes.items()}}.items():
        if text is not None:
            (folder / name).write_text(text)
    return folder / "matrix.mtx"


def read(path: Path) -> FeatureTable:
    match = sniff_file(read_head(path))
    assert match is not None
    return extract_features(parse_file(path, match))


def parsed(
    columns: dict[str, Texts] | None = None, barcodes: Texts = ("A", "C", "G", "T"), path: str = "/runs/day7/matrix.h5"
) -> ParsedFile:
    """A matrix of one gene and as many cells as barcodes."""
    n = len(barcodes)
    counts = SparseQuantity(name="counts", n_cells=n, indptr=[0, n], indices=range(n), values=np.arange(1, n + 1))
    named = {"barcode": barcodes, **(columns or {})}
    matrix = Matrix(
        rows=(Annotation(name="id", values=[0], categories=("TP53",)),),
        columns=tuple(_texts(name, values) for name, values in named.items()),
        sparse=(counts,),
    )
    return ParsedFile(path=path, format="10x-h5", tables=(), matrix=matrix)


def _texts(name: str, values: Texts) -> Annotation:
    known = tuple(dict.fromkeys(value for value in values if value))
    return Annotation(name=name, values=[known.index(v) if v else -1 for v in values], categories=known)


@pytest.mark.parametrize(
    ("columns", "barcodes", "samples", "of_cells", "words"),
    [
        ({}, "ACGT", ["day7"], [0, 0, 0, 0], "the file itself"),
        ({}, ["A-1", "C-1", "G-1", "T-1"], ["day7"], [0, 0, 0, 0], "the file itself"),
        ({}, ["A-1", "C-10", "G-2", "T-1"], ["1", "2", "10"], [0, 2, 1, 0], "the number behind each barcode"),
        ({}, ["A-x", "C-1", "G-2", "T-1"], ["day7"], [0, 0, 0, 0], "the file itself"),
        ({"donor_id": "xyxy"}, ["A-1", "C-2", "G-2", "T-1"], ["x", "y"], [0, 1, 0, 1], "the annotation donor_id"),
        ({"batch": "bbaa", "sample": "xyxy"}, "ACGT", ["x", "y"], [0, 1, 0, 1], "sample (there are also: batch)"),
        ({"Sample": ["x", "", "x", "y"]}, "ACGT", ["x", "y"], [0, -1, 0, 1], "the annotation Sample"),
        ({"sample": "xxxx", "batch": "bbaa"}, "ACGT", ["b", "a"], [0, 0, 1, 1], "the annotation batch"),
        ({"orig.ident": "pppp"}, ["A-1", "C-2", "G-2", "T-1"], ["1", "2"], [0, 1, 1, 0], "behind each barcode"),
        ({"orig.ident": "pppp"}, "ACGT", ["p"], [0, 0, 0, 0], "the annotation orig.ident"),
        ({"sample": "wxyz"}, "ACGT", ["day7"], [0, 0, 0, 0], "the file itself"),
        ({"cluster": "xyxy"}, "ACGT", ["day7"], [0, 0, 0, 0], "the file itself"),
    ],
)
def test_the_sample_of_each_cell(
    columns: dict[str, Texts], barcodes: Texts, samples: Texts, of_cells: list[int], words: str
) -> None:
    table = extract_features(parsed(columns, barcodes))
    assert table.cells is not None
    assert [sample.name for sample in table.samples] == samples
    assert table.cells.samples.tolist() == of_cells
    assert words in table.problems[0].what
    sums = [sum(n + 1 for n, s in enumerate(of_cells) if s == k) for k in range(len(samples))]
    assert table.quantities[0].values.tolist() == [sums]
    assert [p.code for p in table.problems[1:]] == (["cells_without_sample"] if -1 in of_cells else [])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/runs/day7/filtered_feature_bc_matrix.h5", "day7"),
        ("/runs/day7/outs/raw_gene_bc_matrices/GRCh38/matrix.mtx.gz", "day7"),
        ("/runs/day7/Solo.out/Gene/filtered/matrix.mtx", "day7"),
        ("/runs/day7_Solo.out/GeneFull_Ex50pAS/raw/matrix.mtx", "runs"),
        ("/runs/GSM123_liver_filtered_feature_bc_matrix.h5", "GSM123_liver"),
        ("/runs/GSM123_liver_matrix.mtx.gz", "GSM123_liver"),
        ("/runs/pbmc.h5ad", "pbmc"),
    ],
)
def test_the_only_sample_is_named_by_file_or_folder(path: str, name: str) -> None:
    assert [sample.name for sample in extract_features(parsed(path=path)).samples] == [name]


def test_what_all_cells_of_a_sample_share_describes_it() -> None:
    columns = {"sample": "xxyy", "disease": ["ill", "ill", "", ""], "phase": "1212"}
    samples = extract_features(parsed(columns)).samples
    assert [dict(s.attributes) for s in samples] == [
        {"sample": "x", "disease": "ill", "cells": "2"},
        {"sample": "y", "cells": "2"},
    ]


def test_a_triplet_is_one_dataset_of_three_files(tmp_path: Path) -> None:
    path = triplet(tmp_path / "liver")
    match = sniff_file(read_head(path))
    assert match is not None
    assert (match.confidence, set(match.members)) == ("certain", {"barcodes.tsv", "features.tsv"})
    table = read(path)
    assert (table.features[0].name, dict(table.features[0].ids)) == ("ENSG00000141510", {"gene_symbol": "TP53"})
    assert table.quantities[0].values.tolist() == [[5], [16]]
    assert sniff_file(read_head(path.with_name("barcodes.tsv"))) is None


def test_files_of_several_samples_in_one_folder_are_told_by_their_prefix(tmp_path: Path) -> None:
    for sample, count in (("GSM1_a", 5), ("GSM2_b", 6)):
        (tmp_path / f"{sample}_matrix.mtx.gz").write_bytes(gzip.compress(MTX.replace("1 1 5", f"1 1 {count}").encode()))
        (tmp_path / f"{sample}_features.tsv.gz").write_bytes(gzip.compress(FEATURES.encode()))
        (tmp_path / f"{sample}_barcodes.tsv.gz").write_bytes(gzip.compress(BARCODES.encode()))
    table = read(tmp_path / "GSM2_b_matrix.mtx.gz")
    assert (table.samples[0].name, table.quantities[0].values[0].tolist()) == ("GSM2_b", [6])


def test_a_matrix_of_cells_in_rows_is_turned_round(tmp_path: Path) -> None:
    (tmp_path / "cells_x_genes.mtx").write_text(MTX.replace("2 3 3\n1 1 5\n2 2 7\n2 3 9", "3 2 3\n1 1 5\n2 2 7\n3 2 9"))
    (tmp_path / "cells_x_genes.genes.txt").write_text("ENSG00000141510\nENSG00000012048\n")
    (tmp_path / "cells_x_genes.barcodes.txt").write_text(BARCODES)
    table = read(tmp_path / "cells_x_genes.mtx")
    plain = read(triplet(tmp_path / "plain"))
    assert [feature.name for feature in table.features] == [feature.name for feature in plain.features]
    assert table.cells == plain.cells


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"barcodes_tsv": None}, "barcodes.tsv is missing beside it"),
        ({"features_tsv": None}, "features.tsv is missing beside it"),
        ({"features_tsv": None, "barcodes_tsv": None}, "barcodes.tsv is missing beside it"),
        ({"barcodes_tsv": "AAAC-1\n"}, "1 barcodes are named, and the matrix has 3"),
        ({"features_tsv": FEATURES * 2}, "4 features are named, and the matrix has 2"),
        ({"matrix_mtx": MTX.replace("2 3 3", "2 3 4")}, "announces 4 values, and 3 are there"),
        ({"matrix_mtx": MTX.replace("2 3 3", "2 3 0").partition("1 1 5")[0]}, "holds not one value"),
    ],
)
def test_a_triplet_that_does_not_add_up_says_why(tmp_path: Path, changes: dict[str, str | None], words: str) -> None:
    path = triplet(tmp_path / "liver", **changes)
    with pytest.raises(ParseError, match=words):
        read(path)


def test_a_matrix_of_something_else_is_only_possible(tmp_path: Path) -> None:
    path = tmp_path / "bridge.mtx"
    path.write_text(MTX)
    match = sniff_file(read_head(path))
    assert match is not None
    assert match.confidence == "possible"


Write = Callable[[h5py.File], None]


def h5ad(path: Path, write: Write) -> Path:
    """A file of two cells and three genes, but for its matrices."""
    with h5py.File(path, "w") as file:
        for name, index in (("obs", ["c1", "c2"]), ("var", ["g1", "g2", "g3"])):
            file.create_group(name).attrs["_index"] = "_index"
            file[name]["_index"] = index
        write(file)
    return path


def _log_in_x(file: h5py.File) -> None:
    file["X"] = np.array([[0.5, 0, 1.5], [2.5, 0, 0]])


def _and_counts(file: h5py.File) -> None:
    _log_in_x(file)
    file["layers/spliced"] = np.array([[9, 9, 9], [9, 9, 9]])
    file["layers/counts"] = np.array([[1, 0, 3], [5, 0, 0]])


def _and_other_raw(file: h5py.File) -> None:
    _log_in_x(file)
    file["raw/X"] = np.ones((2, 2))
    file.create_group("raw/var").attrs["_index"] = "_index"
    file["raw/var/_index"] = ["g1", "other"]


@pytest.mark.parametrize(
    ("write", "quantities", "first", "codes"),
    [
        (_log_in_x, ["X"], [[1.5], [0], [0.75]], ["pseudobulk_of_means"]),
        (_and_counts, ["counts", "spliced", "X"], [[6], [0], [3]], ["pseudobulk_of_means"]),
        (_and_other_raw, ["X"], [[1.5], [0], [0.75]], ["pseudobulk_of_means", "matrix_left_out"]),
    ],
)
def test_counts_are_of_choice_where_there_are_any(
    tmp_path: Path, write: Write, quantities: list[str], first: list[list[float]], codes: list[str]
) -> None:
    table = read(h5ad(tmp_path / "one.h5ad", write))
    assert [q.name for q in table.quantities] == quantities
    assert table.quantities[0].values.tolist() == first
    assert [p.code for p in table.problems] == ["samples_of_cells", *codes]


def _of_another_shape(file: h5py.File) -> None:
    file["X"] = np.ones((3, 2))


def _of_unknown_kind(file: h5py.File) -> None:
    group = file.create_group("X")
    group.attrs["shape"], group.attrs["encoding-type"] = (2, 3), "coo_matrix"


def _outside(file: h5py.File) -> None:
    group = file.create_group("X")
    group.attrs["shape"], group.attrs["encoding-type"] = (2, 3), "csr_matrix"
    group["data"], group["indices"], group["indptr"] = [1.0, 2.0], [0, 3], [0, 1, 2]


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (_of_another_shape, r"X is \(3, 2\), not \(2, 3\)"),
        (_of_unknown_kind, "unknown kind 'coo_matrix'"),
        (_outside, "feature 4, and there are 3"),
    ],
)
def test_an_h5ad_that_does_not_add_up_says_why(tmp_path: Path, write: Write, words: str) -> None:
    path = h5ad(tmp_path / "one.h5ad", write)
    with pytest.raises(FileError, match=words):
        read(path)


@pytest.mark.parametrize("layout", ["csr", "csc", "dense"])
def test_what_anndata_writes_is_what_we_read(tmp_path: Path, layout: str) -> None:
    anndata, pd, sparse = (pytest.importorskip(name) for name in ("anndata", "pandas", "scipy.sparse"))
    rng = np.random.default_rng(5)
    numbers = rng.poisson(0.4, size=(30, 12)).astype("float64")
    donors = pd.Categorical(np.array(["d1", "d2", "d3"])[rng.integers(0, 3, 30)], categories=["d3", "d1", "d2", "d4"])
    obs = {
        "donor_id": donors,
        "depth": pd.array([None, *range(29)], dtype="Int64"),
        "note": [f"note {n % 4}" for n in range(30)],
        "passed": rng.random(30) > 0.5,
    }
    made = anndata.AnnData(
        X=numbers if layout == "dense" else sparse.csr_matrix(numbers).asformat(layout),
        obs=pd.DataFrame(obs, index=[f"cell{n}" for n in range(30)]),
        var=pd.DataFrame({"gene_name": [f"G{n}" for n in range(12)]}, index=[f"ENSG{n:011}" for n in range(12)]),
    )
    made.write_h5ad(tmp_path / "one.h5ad", compression="gzip")
    table = read(tmp_path / "one.h5ad")
    assert table.cells is not None
    assert [sample.name for sample in table.samples] == ["d3", "d1", "d2"]
    sums = [numbers[donors == sample.name].sum(axis=0) for sample in table.samples]
    assert np.array_equal(table.quantities[0].values, np.array(sums).T)
    assert [dict(f.ids) for f in table.features[:2]] == [{"gene_symbol": "G0"}, {"gene_symbol": "G1"}]
    (matrix,) = table.cells.matrices
    found = sparse.csr_matrix((matrix.values, matrix.indices, matrix.indptr), shape=(12, 30)).toarray()
    assert np.array_equal(found, numbers.T)
    said = {annotation.name: annotation.texts() for annotation in table.cells.annotations}
    assert said["note"] == obs["note"]
    assert said["donor_id"] == list(donors)
    assert said["depth"] == ["", *(f"{n}.0" for n in range(29))]
    assert said["passed"] == [str(one) for one in obs["passed"]]


def test_other_hdf5_files_are_declined(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["layers/dense/kernel"] = np.ones((2, 2))
    assert sniff_file(read_head(tmp_path / "weights.h5")) is None
