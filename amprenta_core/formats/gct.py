"""What the first two lines of a GCT say of its matrix."""

from collections.abc import Sequence

from attrs import frozen

HEADER = 2
"""The row of the header, below the version and the dimensions."""
_VERSIONS = {"#1.2": 2, "#1.3": 4}
"""Version → how many dimensions it states."""


@frozen(kw_only=True)
class Dimensions:
    """Rows and columns of values, the columns behind the first that describe rows (``row_labels``), and the rows below
    the header that describe columns (``column_labels``).
    """

    rows: int
    columns: int
    row_labels: int
    column_labels: int


def gct_dimensions(rows: Sequence[Sequence[str]]) -> Dimensions | None:
    """The dimensions that a GCT states, None where the rows are none.

    >>> gct_dimensions([["#1.2"], ["10", "5", ""]])
    Dimensions(rows=10, columns=5, row_labels=1, column_labels=0)
    """
    if len(rows) < HEADER or not rows[0]:
        return None
    expected = _VERSIONS.get(rows[0][0].strip())
    cells = [cell.strip() for cell in rows[1]]
    stated = [cell for cell in cells if cell]
    if expected is None or stated != cells[:expected] or not all(map(_is_count, stated)) or len(stated) != expected:
        return None
    counts = [int(cell) for cell in stated]
    described = (counts[2], counts[3]) if len(counts) > HEADER else (1, 0)
    return Dimensions(rows=counts[0], columns=counts[1], row_labels=described[0], column_labels=described[1])


def _is_count(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and len(cell) < 10  # noqa: PLR2004  # more rows than any file has
