"""Cells in the database: every number comes back, one gene is quick to find, and nothing is ever there by half."""

import gzip
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from attrs import evolve

from amprenta_core.app import App
from amprenta_core.errors import NotFound
from amprenta_core.matrices import Annotation, Cells, SparseQuantity
from amprenta_core.model import FeatureTable, Quantity
from amprenta_core.store import cell_rows

if TYPE_CHECKING:
    from conftest import Ingest, Shell, Start, ToyBox, Workspace

N_CELLS = 50
NAMES = ["PC 1", "PC 2", "PC 3", "PC 4"]
TABLES = ("matrices", "cell_annotations", "cells", "sparse_rows")
KILLED = """
import os, signal, sys
from amprenta_core.cli.ingest import main
from amprenta_core.store import cell_rows, copying

whole = cell_rows._matrix_bytes
def cut(*arguments):
    for n, piece in enumerate(whole(*arguments)):
        if n == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield piece
cell_rows._matrix_bytes = cut
copying._CHUNK = 64
sys.exit(main(sys.argv[2:]))
"""


def sparse(name: str, seed: int, dtype: str = "float32", **changes: Any) -> SparseQuantity:
    """Numbers in some of the places; the second feature has none, the last all."""
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(rng.random(N_CELLS) < share) for share in (0.3, 0, 0.7, 1)]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    values = rng.normal(size=indptr[-1]).astype(dtype)
    values[0] = np.nan
    made = SparseQuantity(name=name, n_cells=N_CELLS, indptr=indptr, indices=np.concatenate(rows), values=values)
    return evolve(made, **changes)


def some_cells() -> Cells:
    codes = [n % 3 - 1 for n in range(N_CELLS)]
    numbers = np.linspace(-1, 1, N_CELLS)
    numbers[[2, 3, 4]] = np.nan, np.inf, -np.inf
    return Cells(
        barcodes=tuple(f'AC"GT,{{ü}}-{n}' for n in range(N_CELLS)),
        samples=codes,
        annotations=(
            Annotation(name="phase", values=np.array(codes, dtype="int32"), categories=("G1", 'S, "late"')),
            Annotation(name="score", values=numbers),
            Annotation(name="single", values=numbers.astype("float32")),
            Annotation(name="genes", values=np.arange(N_CELLS) * 2**40),
            Annotation(name="doublet", values=np.arange(N_CELLS) % 2 == 0),
        ),
        matrices=(
            sparse("counts", 1, unit="counts", scale="linear"),
            sparse("scaled", 2, dtype="float64", absent=(1,)),
        ),
    )


@pytest.fixture
def table(toys: "ToyBox") -> FeatureTable:
    plain = toys.table(NAMES)
    quantities = (evolve(plain.quantities[0], name="counts"), evolve(plain.quantities[0], name="scaled"))
    return evolve(plain, quantities=quantities, cells=some_cells())


def store(app: App, toys: "ToyBox", table: FeatureTable, path: str = "/data/run/one.h5") -> int:
    """Write a table; the number of its revision inside."""
    from amprenta_core import linking
    from amprenta_core.store import queries, writing

    keys = [linking.name_key(ref) for ref in table.features]
    resolved = linking.resolve(table.features, toys.plugin.normalize)
    with app.connection() as connection:
        request = writing.Request(name="one", update=True, options={})
        written = writing.write(app.database, connection, toys.ingested(table, path), request, resolved, keys)
        return int(queries.find_dataset(connection, str(written.dataset_id))["revision_no"])


@pytest.mark.parametrize("size", [3, 7, 100_000])
def test_cells_come_back_as_they_were(
    app: App, toys: "ToyBox", table: FeatureTable, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    for name in ("CELLS", "VALUES", "_BATCH"):
        monkeypatch.setattr(cell_rows, name, size)
    number = store(app, toys, table)
    wanted = some_cells()
    with app.connection() as connection:
        for matrix in wanted.matrices:
            found = cell_rows.read_cells(connection, number, matrix.name.upper())
            assert found == evolve(wanted, matrices=(matrix,))
            assert found.matrices[0].values.dtype == matrix.values.dtype
            assert [a.values.dtype for a in found.annotations] == [a.values.dtype for a in wanted.annotations]
        for feature in range(len(NAMES)):
            cells, values = cell_rows.read_feature(connection, number, feature, 1)
            expected = wanted.matrices[1].of_feature(feature)
            assert np.array_equal(cells, expected[0])
            assert np.array_equal(values, expected[1], equal_nan=True)


def test_no_row_is_larger_than_its_part(workspace: "Workspace", app: App, toys: "ToyBox", table: FeatureTable) -> None:
    size = cell_rows.VALUES * 2 + 5
    row = SparseQuantity(
        name="counts", n_cells=size, indptr=[0, size, size, size, size], indices=range(size), values=np.ones(size)
    )
    cells = Cells(barcodes=tuple(map(str, range(size))), samples=np.zeros(size), matrices=(row,))
    store(app, toys, evolve(table, cells=cells))
    query = "SELECT part, cardinality(indices), cardinality(doubles) FROM sparse_rows ORDER BY part"
    assert workspace.query(query) == [(0, 65536, 65536), (1, 65536, 65536), (2, 5, 5)]
    assert workspace.one("SELECT max(cardinality(barcodes)) FROM cells") == cell_rows.CELLS


def test_revisions_keep_their_cells_and_a_deleted_dataset_leaves_none(
    workspace: "Workspace", app: App, toys: "ToyBox", table: FeatureTable
) -> None:
    first = store(app, toys, table)
    second = store(app, toys, evolve(table, cells=None))
    assert workspace.query("SELECT n_cells FROM revisions ORDER BY number") == [(N_CELLS,), (None,)]
    with app.connection() as connection:
        assert cell_rows.read_cells(connection, first).barcodes == some_cells().barcodes
        with pytest.raises(NotFound, match="not single-cell"):
            cell_rows.read_cells(connection, second)
    app.delete_dataset("one")
    assert [workspace.one(f"SELECT count(*) FROM {name}") for name in TABLES] == [0] * 4


# -- from files ------------------------------------------------------------------------------------------------------

COUNTS = np.array([[3, 0, 1], [0, 0, 0], [7, 2, 5], [40, 0, 12]])


def tenx(path: Path, numbers: Any = COUNTS) -> Path:
    cells, features = np.nonzero(numbers.T)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["data"], group["indices"] = numbers.T[cells, features], features
        group["indptr"] = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=numbers.shape[1]))])
        group["shape"] = numbers.shape
        group["barcodes"] = np.array([f"AAC{n}-{n % 2 + 1}" for n in range(numbers.shape[1])], dtype="S")
        kinds = ["Gene Expression", "Gene Expression", "Gene Expression", "Antibody Capture"]
        for name, texts in (
            ("id", ["E1", "E2", "E3", "CD3"]),
            ("name", ["A", "B", "C", "CD3"]),
            ("feature_type", kinds),
        ):
            group[f"features/{name}"] = np.array(texts, dtype="S")
    return path


def test_the_commands_tell_of_cells_and_export_them(shell: "Shell", folder: Path) -> None:
    anndata = pytest.importorskip("anndata")
    ran = shell.ingest("--json", tenx(folder / "pbmc.h5"))
    assert (ran.code, ran.objects[0]["n_samples"], ran.objects[0]["n_cells"]) == (0, 2, 3)
    assert "4 genes, 2 samples, 3 cells (single-cell)" in shell.ingest(folder / "pbmc.h5").out
    assert shell.amprenta("datasets", "list", "--json").objects[0]["n_cells"] == 3
    assert "3 cells (single-cell)" in shell.amprenta("datasets", "show", "run/pbmc").out
    done = shell.amprenta("datasets", "export", "run/pbmc", "--cells", "-o", folder / "out.h5ad", "--json")
    assert done.objects == [{"path": str(folder / "out.h5ad"), "quantity": "counts", "n_features": 4, "n_cells": 3}]
    made = anndata.read_h5ad(folder / "out.h5ad")
    assert np.array_equal(made.X.toarray(), COUNTS.T)
    assert (list(made.obs_names), list(made.obs["sample"])) == (["AAC0-1", "AAC1-2", "AAC2-1"], ["1", "2", "1"])
    assert list(made.var["gene_symbol"]) == ["A", "B", "C", ""]


def test_an_exported_triplet_is_the_same_dataset_again(shell: "Shell", folder: Path) -> None:
    shell.ingest(tenx(folder / "pbmc.h5"))
    done = shell.amprenta("datasets", "export", "run/pbmc", "--cells", "--format", "mtx", "-o", folder / "out")
    assert (done.code, done.err) == (0, f"{folder / 'out'}: counts, 4 features × 3 cells\n")
    with gzip.open(folder / "out" / "features.tsv.gz", "rt") as stream:
        assert stream.read().splitlines()[2:] == ["E3\tC\tGene Expression", "CD3\tCD3\tAntibody Capture"]
    again = shell.ingest("--json", "--name", "again", folder / "out")
    assert [one["status"] for one in again.objects] == ["created"]
    with_both = [App(settings=shell.workspace.settings).read_cells(name).cells for name in ("run/pbmc", "again")]
    assert with_both[0] == with_both[1]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("toy", "--cells", "-o", "x.h5ad"), 5, "not single-cell"),
        (("run/pbmc", "--cells", "--quantity", "nothing", "-o", "x.h5ad"), 5, "It has: counts"),
        (("run/pbmc", "--cells", "-o", "x.csv"), 2, "not written as .csv"),
        (("run/pbmc", "--cells", "-o", "pbmc.h5/x"), 2, "cannot be written"),
    ],
)
def test_cells_that_cannot_be_exported_say_why(
    shell: "Shell", folder: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (folder / "toy.csv").write_text("Metabolite,s1,s2\nPC 34:1,1,2\nPC 34:2,3,4\nPC 36:1,5,6\n")
    shell.ingest(tenx(folder / "pbmc.h5"))
    shell.ingest("--name", "toy", "--type", "lipidomics", folder / "toy.csv")
    done = shell.amprenta("datasets", "export", *arguments)
    assert (done.code, words in done.err) == (code, True), done.err


def test_one_gene_over_all_cells(app: App, folder: Path, ingest_all: "Ingest") -> None:
    (outcome,) = ingest_all(app, tenx(folder / "pbmc.h5"))
    assert outcome.error is None
    cells, values = app.read_feature_cells("run/pbmc", "E3")
    assert (cells.tolist(), values.tolist()) == ([0, 1, 2], [7, 2, 5])
    assert app.read_feature_cells("run/pbmc", "E2")[0].tolist() == []
    with pytest.raises(NotFound, match="no feature E9"):
        app.read_feature_cells("run/pbmc", "E9")
    (again,) = ingest_all(app, folder / "pbmc.h5")
    assert again.status == "unchanged"


def test_killed_in_the_middle_of_the_cells_nothing_is_there(
    workspace: "Workspace", folder: Path, start: "Start", shell: "Shell"
) -> None:
    shell.ingest(tenx(folder / "pbmc.h5"))
    before = workspace.content()
    path = tenx(folder / "pbmc.h5", COUNTS + 1)
    process = start(KILLED, 3, str(path), environment=workspace.environment)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert workspace.content() == before
    assert workspace.one("SELECT count(DISTINCT revision_no) FROM sparse_rows") == 1
    assert shell.ingest(path).code == 0
    assert App(settings=workspace.settings).read_feature_cells("run/pbmc", "E2")[1].tolist() == [1, 1, 1]


def test_every_quantity_of_cells_is_a_quantity_of_samples(table: FeatureTable) -> None:
    from amprenta_core.accounting import check_table

    check_table(table)
    with pytest.raises(ValueError, match="needs the quantity of its name"):
        check_table(evolve(table, quantities=(Quantity(name="other", values=np.zeros((4, 2))),)))
