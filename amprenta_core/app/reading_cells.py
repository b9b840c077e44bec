"""Reading single-cell datasets back: all cells, or one feature over them."""

from typing import TYPE_CHECKING

from amprenta_core.errors import NotFound
from amprenta_core.exporting_cells import StoredCells
from amprenta_core.matrices import FloatArray, IntegerArray

if TYPE_CHECKING:
    from amprenta_core.app import App


def read(app: "App", name_or_id: str, revision: int | None, quantity: str | None) -> StoredCells:
    """The cells of a dataset with one matrix. Raises ``NotFound`` where it is not single-cell."""
    from amprenta_core.store import cell_rows, queries  # noqa: PLC0415  # SQLAlchemy

    with app.connection() as connection:
        summary = queries.find_dataset(connection, name_or_id, revision)
        number = summary["revision_no"]
        cells = cell_rows.read_cells(connection, number, quantity or summary["quantity"])
        names, details = queries.read_names(connection, number)
        samples = queries.axis_names(connection, [number]).get((number, "samples"), [])
    return StoredCells(summary=summary, names=names, details=details, samples=tuple(samples), cells=cells)


def read_feature(app: "App", name_or_id: str, feature: str, quantity: str | None) -> tuple[IntegerArray, FloatArray]:
    """The cells in which a feature has a value, and the values. Raises ``NotFound``."""
    from amprenta_core.store import cell_rows, queries  # noqa: PLC0415

    with app.connection() as connection:
        summary = queries.find_dataset(connection, name_or_id)
        number = summary["revision_no"]
        position = cell_rows.find_position(connection, number, feature)
        matrix = cell_rows.find_matrix(connection, number, quantity or summary["quantity"])["position"]
        if position is None:
            raise NotFound(f"{summary['name']} has no feature {feature}", hint="Say it as the file does")
        return cell_rows.read_feature(connection, number, position, matrix)
