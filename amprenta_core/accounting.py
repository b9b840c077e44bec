"""Whether what a plugin read adds up: shapes, the accounting of rows, and cells."""

from amprenta_core.matrices import Cells, SparseQuantity
from amprenta_core.model import FeatureTable
from amprenta_core.reading.compressing import disordered


def check_table(table: FeatureTable) -> None:
    """Raise ``ValueError`` where shapes or the accounting of rows do not agree."""
    if not table.quantities:
        raise ValueError("there is no quantity")
    for quantity in table.quantities:
        width = len(table.samples) if quantity.axis.value == "samples" else len(table.contrasts)
        if quantity.values.shape != (len(table.features), width):
            raise ValueError(f"{quantity.name} is {quantity.values.shape}, not {(len(table.features), width)}")
    if table.cells is not None:
        check_cells(table, table.cells)
    aside = sum(1 for problem in table.problems if problem.row is not None)
    if table.rows_read != table.rows_measured + aside:
        raise ValueError(
            f"{table.rows_read} rows read, {table.rows_measured} measured, {aside} set aside with a reason"
        )


def check_cells(table: FeatureTable, cells: Cells) -> None:
    """Raise ``ValueError`` where the cells and their matrices do not agree with each other and the table."""
    n_cells = len(cells.barcodes)
    wrong = [a.name for a in cells.annotations if len(a.values) != n_cells]
    if len(cells.samples) != n_cells or wrong:
        raise ValueError(f"{n_cells} cells, and not as many values of {', '.join(wrong) or 'their samples'}")
    if n_cells and not -1 <= int(cells.samples.min()) <= int(cells.samples.max()) < len(table.samples):
        raise ValueError(f"a cell is of a sample that is none of the {len(table.samples)}")
    if [m.name for m in cells.matrices if m.name not in {q.name for q in table.quantities}] or not cells.matrices:
        raise ValueError("each matrix of cells needs the quantity of its name, and one must be there")
    for matrix in cells.matrices:
        _check_matrix(matrix, len(table.features), n_cells)


def _check_matrix(matrix: SparseQuantity, n_features: int, n_cells: int) -> None:
    shape, indptr = (matrix.n_features, matrix.n_cells), matrix.indptr
    if shape != (n_features, n_cells):
        raise ValueError(f"the cells' {matrix.name} is {shape}, not {(n_features, n_cells)}")
    if (
        indptr[0] != 0
        or (indptr[1:] < indptr[:-1]).any()
        or {len(matrix.indices), len(matrix.values)} != {int(indptr[-1])}
    ):
        raise ValueError(f"the rows of the cells' {matrix.name} do not add up to its values")
    if len(matrix.indices) and not 0 <= int(matrix.indices.min()) <= int(matrix.indices.max()) < n_cells:
        raise ValueError(f"the cells' {matrix.name} has a value outside its {n_cells} cells")
    if disordered(matrix.indptr, matrix.indices):
        raise ValueError(f"the cells' {matrix.name} has places that do not ascend, or stand twice")
    if any(indptr[f + 1] > indptr[f] for f in matrix.absent):
        raise ValueError(f"the cells' {matrix.name} has values of a feature that is absent")
