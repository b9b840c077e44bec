"""GCT: a matrix with columns that describe its rows at the left and rows that describe its columns on top."""

from collections.abc import Mapping, Sequence

from attrs import evolve

from amprenta_core.cells import is_missing
from amprenta_core.errors import ParseError
from amprenta_core.extraction.grid import Account, Grid, account, make_sample, note_duplicates
from amprenta_core.extraction.quantities import Block, block_quantity
from amprenta_core.extraction.references import Columns, columns, reference
from amprenta_core.formats import Dimensions, gct_dimensions
from amprenta_core.model import FeatureRef, FeatureTable, Sample

_NOTHING = "-666"
"""What the Connectivity Map writes for a description that is not there."""


def extract_gct(grid: Grid) -> FeatureTable:
    """Read a GCT. Raises ``ParseError`` where it does not keep the dimensions that its second line states."""
    said = gct_dimensions(grid.table.rows)
    if said is None:
        raise ParseError("the second line does not say the dimensions of the matrix", path=grid.path, line=2)
    counted, rows = account(evolve(grid, body=grid.body[said.column_labels :]))
    _check(grid, said, counted, rows)
    across = tuple(range(1 + said.row_labels, 1 + said.row_labels + said.columns))
    samples = tuple(_sample(grid, said, j) for j in across)
    features, kept = _features(grid, said, counted, rows)
    quantities = [block_quantity(grid, Block(measure=m, columns=across), kept, counted) for m in grid.declared.measures]
    note_duplicates(grid, counted, [f.name for f in features], "feature")
    note_duplicates(grid, counted, [s.name for s in samples], "sample")
    return FeatureTable(
        omics_type=grid.declared.omics_type,
        features=tuple(features),
        samples=samples,
        quantities=tuple(quantities),
        rows_read=counted.rows_read,
        rows_measured=counted.measured,
        problems=tuple(counted.problems),
    )


def _check(grid: Grid, said: Dimensions, counted: Account, rows: Sequence[int]) -> None:
    """Compare what is there with what is stated.

    Raises ``ParseError`` where columns differ or rows are missing: what is what cannot be told then.
    """
    named = len(grid.header) - next((n for n, cell in enumerate(reversed(grid.header)) if cell.strip()), 0)
    described = 1 + said.row_labels
    if named != described + said.columns:
        what = f"the second line says {described} descriptive columns and {said.columns} of values; {named} are there"
        raise ParseError(what, path=grid.path, line=grid.header_line, hint="Correct its second line")
    if len(rows) < said.rows:
        what = f"the second line says {said.rows} rows of values; {len(rows)} whole ones are there"
        raise ParseError(what, path=grid.path, line=grid.table.lines[-1], hint="The file may be cut")
    if len(rows) > said.rows:
        what = f"the second line says {said.rows} rows of values; {len(rows)} are there, and all are read"
        counted.note(grid.table.place(1), "dimensions_differ", what)


def _features(
    grid: Grid, said: Dimensions, counted: Account, rows: Sequence[int]
) -> tuple[list[FeatureRef], list[int]]:
    """The feature of each row that names one; the others are set aside."""
    place = _place(grid, said)
    features, kept = [], []
    for i in rows:
        ref = reference(grid, place, i)
        if ref is None or ref.name is None:
            counted.put_aside(i, grid.table.place(i), "no_identity", "the row names no feature")
            continue
        features.append(evolve(ref, ids=_there(ref.ids), attributes=_there(ref.attributes)))
        kept.append(i)
    return features, kept


def _place(grid: Grid, said: Dimensions) -> Columns:
    """The descriptive columns: those that are declared, and all others before the values as attributes."""
    place = columns(grid)
    others = [(grid.header[j].strip(), j) for j in range(1 + said.row_labels) if j not in place.used()]
    return evolve(place, attributes=(*place.attributes, *((label, j) for label, j in others if label)))


def _there(said: Mapping[str, str]) -> dict[str, str]:
    """What is said, without the mark for nothing."""
    return {label: text for label, text in said.items() if text != _NOTHING}


def _sample(grid: Grid, said: Dimensions, column: int) -> Sample:
    """A sample with what the rows below the header say of it."""
    described = grid.body[: said.column_labels]
    cells = {grid.cell(i, 0): grid.cell(i, column) for i in described}
    return make_sample(
        grid.header[column].strip(),
        {label: text for label, text in cells.items() if label and not is_missing(text) and text != _NOTHING},
    )
