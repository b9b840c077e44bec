"""Writes the examples that are no text: ``python plugins/transcriptomics/tests/write_examples.py``."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

HERE = Path(__file__).parent / "examples"
GENES = ["ENSG00000141510", "ENSG00000012048", "ENSG00000198888", "CD3"]
SYMBOLS = ["TP53", "BRCA1", "MT-ND1", "CD3"]
KINDS = ["Gene Expression", "Gene Expression", "Gene Expression", "Antibody Capture"]
BARCODES = ["AAAC-1", "AAAG-1", "AACA-2"]
COUNTS = np.array([[3, 0, 1], [0, 0, 0], [7, 2, 5], [40, 0, 12]])
"""Features × cells."""


def text(values: list[str]) -> Any:
    return np.array(values, dtype="S")


def by_cell(group: Any, numbers: Any, dtype: str = "int32") -> None:
    """The compressed matrix of features × cells, cell after cell."""
    cells, features = np.nonzero(numbers.T)
    group["data"] = numbers.T[cells, features].astype(dtype)
    group["indices"] = features.astype("int64")
    group["indptr"] = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=numbers.shape[1]))])


def tenx_v3(path: Path) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        by_cell(group, COUNTS)
        group["shape"], group["barcodes"] = np.array(COUNTS.shape, dtype="int32"), text(BARCODES)
        features = group.create_group("features")
        features["_all_tag_keys"], features["genome"] = text(["genome"]), text(["GRCh38"] * 3 + [""])
        features["id"], features["name"], features["feature_type"] = text(GENES), text(SYMBOLS), text(KINDS)


def tenx_v2(path: Path) -> None:
    """Two genomes, as of an experiment that mixes species."""
    with h5py.File(path, "w") as file:
        for genome, numbers in (("hg19", COUNTS[:2]), ("mm10", COUNTS[2:])):
            group = file.create_group(genome)
            by_cell(group, numbers)
            group["shape"], group["barcodes"] = np.array(numbers.shape, dtype="int32"), text(BARCODES)
            at = 0 if genome == "hg19" else 2
            group["genes"], group["gene_names"] = text(GENES[at : at + 2]), text(SYMBOLS[at : at + 2])


def h5ad(path: Path) -> None:
    """The layout of today: categories, missing values, counts in a layer, X over fewer genes than raw."""
    scaled = np.array([[-0.5, 1.25], [0.0, 2.0], [0.125, -1.0]], dtype="float32")
    with h5py.File(path, "w") as file:
        file.create_dataset("X", data=scaled)
        obs = frame(file, "obs", BARCODES, ["donor_id", "depth", "batch", "passed"])
        category(obs, "donor_id", [1, 0, 1], ["D2", "D1"])
        category(obs, "batch", [0, 0, -1], ["b1"])
        obs["depth"] = np.array([50.5, 2.0, np.nan])
        passed = obs.create_group("passed")
        passed.attrs["encoding-type"] = "nullable-boolean"
        passed["values"], passed["mask"] = np.array([True, False, True]), np.array([False, False, True])
        var = frame(file, "var", [SYMBOLS[2], SYMBOLS[0]], ["gene_ids"])
        var["gene_ids"] = [GENES[2], GENES[0]]
        frame(file, "raw/var", SYMBOLS, [])
        sparse = file.create_group("raw/X")
        sparse.attrs["encoding-type"], sparse.attrs["shape"] = "csr_matrix", (3, 4)
        by_cell(sparse, COUNTS, "float32")


def frame(file: Any, name: str, index: list[str], columns: list[str]) -> Any:
    group = file.create_group(name)
    group.attrs["encoding-type"], group.attrs["_index"], group.attrs["column-order"] = "dataframe", "_index", columns
    group["_index"] = index
    return group


def category(group: Any, name: str, codes: list[int], categories: list[str]) -> None:
    made = group.create_group(name)
    made.attrs["encoding-type"] = "categorical"
    made["codes"], made["categories"] = np.array(codes, dtype="int8"), categories


def h5ad_old(path: Path) -> None:
    """The layout before AnnData 0.7: tables of records, categories apart; X compressed by gene."""
    obs = np.array(
        [(b"AAAC", 0, 2.5), (b"AAAG", 1, 0.5), (b"AACA", 0, 1.0)],
        dtype=[("index", "S4"), ("sample", "i1"), ("score", "<f4")],
    )
    with h5py.File(path, "w") as file:
        group = file.create_group("X")
        group.attrs["h5sparse_format"], group.attrs["h5sparse_shape"] = "csc", (3, 4)
        features, cells = np.nonzero(COUNTS)
        group["data"], group["indices"] = COUNTS[features, cells] / 2, cells.astype("int32")
        group["indptr"] = np.concatenate([[0], np.cumsum(np.bincount(features, minlength=4))])
        file["obs"], file["var"] = obs, np.array([(s.encode(),) for s in SYMBOLS], dtype=[("index", "S8")])
        file["uns/sample_categories"] = text(["left", "right"])


def gctx(path: Path) -> None:
    numbers = np.array([[8.5, 7.25], [np.nan, 6.0], [10.0, 11.5]])
    with h5py.File(path, "w") as file:
        file.attrs["version"] = np.bytes_(b"GCTX1.0")
        file["0/DATA/0/matrix"] = numbers.T
        file["0/META/ROW/id"], file["0/META/ROW/pr_gene_symbol"] = (
            text(["780", "7157", "1007_s_at"]),
            text(["DDR1", "TP53", "-666"]),
        )
        file["0/META/COL/id"], file["0/META/COL/dose"] = text(["plate:A01", "plate:A02"]), np.array([0.0, 2.5])


WRITERS = {
    "10x-v3/input.h5": tenx_v3,
    "10x-v2-two-genomes/input.h5": tenx_v2,
    "h5ad/input.h5ad": h5ad,
    "h5ad-old/input.h5ad": h5ad_old,
    "gctx/input.gctx": gctx,
}

if __name__ == "__main__":
    for name, write in WRITERS.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        write(HERE / name)
