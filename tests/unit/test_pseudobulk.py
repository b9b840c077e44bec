"""What the cells of a sample say together."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from amprenta_core.accounting import check_table
from amprenta_core.extraction import pseudobulk as module
from amprenta_core.extraction.pseudobulk import are_counts, pseudobulk
from amprenta_core.matrices import Annotation, Cells, SparseQuantity
from amprenta_core.model import FeatureRef, FeatureTable, Quantity, Sample

MATRIX = SparseQuantity(name="counts", n_cells=4, indptr=[0, 3, 3, 4], indices=[0, 2, 3, 1], values=[1.0, 2, 4, 8])
SAMPLES = np.array([0, 1, 0, -1])
TABLE = FeatureTable(
    omics_type="transcriptomics",
    features=tuple(FeatureRef(name=name, type="gene") for name in "abc"),
    samples=(Sample(name="s1"), Sample(name="s2")),
    quantities=(Quantity(name="counts", values=np.zeros((3, 2))),),
    rows_read=3,
    rows_measured=3,
    cells=Cells(barcodes=("A", "C", "G", "T"), samples=SAMPLES, matrices=(MATRIX,)),
)


@pytest.mark.parametrize("block", [1, 2, 100])
def test_sums_and_means_leave_out_cells_of_no_sample(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    assert pseudobulk(MATRIX, SAMPLES, 2).tolist() == [[3, 0], [0, 0], [0, 8]]
    assert pseudobulk(MATRIX, SAMPLES, 2, mean=True).tolist() == [[1.5, 0], [0, 0], [0, 8]]


def test_a_feature_that_is_absent_is_missing_not_zero() -> None:
    values = pseudobulk(evolve(MATRIX, absent=(1,)), SAMPLES, 2)
    assert np.isnan(values[1]).all()
    assert not np.isnan(values[[0, 2]]).any()


def test_counts_are_whole_and_not_negative() -> None:
    counts = [are_counts(evolve(MATRIX, values=[1.0, 2, 4, value])) for value in (3.0, 0.0, 0.5, -1.0, np.inf, np.nan)]
    assert counts == [True, True, False, False, False, False]


def _with_matrix(**changes: Any) -> Callable[[Cells], Cells]:
    return lambda cells: evolve(cells, matrices=(evolve(MATRIX, **changes),))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda cells: evolve(cells, samples=[0, 1, 0]), "4 cells, and not as many"),
        (lambda cells: evolve(cells, samples=[0, 1, 0, 2]), "none of the 2"),
        (lambda cells: evolve(cells, annotations=(Annotation(name="n", values=[1]),)), "values of n"),
        (lambda cells: evolve(cells, matrices=()), "one must be there"),
        (_with_matrix(name="other"), "needs the quantity of its name"),
        (_with_matrix(n_cells=5), r"is \(3, 5\), not \(3, 4\)"),
        (_with_matrix(indptr=[0, 3, 4]), r"is \(2, 4\), not \(3, 4\)"),
        (_with_matrix(indptr=[0, 3, 2, 4]), "do not add up"),
        (_with_matrix(values=[1.0]), "do not add up"),
        (_with_matrix(indices=[0, 2, 4, 1]), "outside its 4 cells"),
        (_with_matrix(indices=[0, 2, 2, 1]), "do not ascend"),
        (_with_matrix(absent=(2,)), "of a feature that is absent"),
    ],
)
def test_cells_that_do_not_agree_are_refused(change: Callable[[Cells], Cells], words: str) -> None:
    check_table(TABLE)
    assert TABLE.cells is not None
    with pytest.raises(ValueError, match=words):
        check_table(evolve(TABLE, cells=change(TABLE.cells)))
