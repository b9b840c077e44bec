"""Long tables: one row for each feature in each sample."""

from collections.abc import Hashable, Sequence

import numpy as np

from amprenta_core.errors import ParseError
from amprenta_core.extraction.grid import Account, Grid, account, make_sample, note_duplicates
from amprenta_core.extraction.quantities import Cells, scattered
from amprenta_core.extraction.references import Columns, columns, reference
from amprenta_core.formats import fold
from amprenta_core.model import FeatureRef, FeatureTable, Sample


def extract_long(grid: Grid) -> FeatureTable:
    """Read a long table: features and samples in the order of their first row."""
    counted, rows = account(grid)
    place = columns(grid)
    sample_column = grid.column(grid.declared.sample)
    measures = [
        (m, j) for m in grid.declared.measures if (j := grid.column((m.columns or m.name).split("|"))) is not None
    ]
    if sample_column is None or not measures:
        raise ParseError("no column holds the samples or the values", path=grid.path, line=grid.header_line)
    features, samples, cells = _arrange(grid, place, sample_column, rows, counted)
    shape = (len(features), len(samples))
    quantities = [scattered(grid, m, j, cells, shape, counted) for m, j in measures]
    note_duplicates(grid, counted, [f.name for f in features], "feature")
    return FeatureTable(
        omics_type=grid.declared.omics_type,
        features=tuple(features),
        samples=_samples(grid, samples, cells, sample_column, place),
        quantities=tuple(q for n, q in enumerate(quantities) if n == 0 or not np.isnan(q.values).all()),
        rows_read=counted.rows_read,
        rows_measured=counted.measured,
        problems=tuple(counted.problems),
    )


def _arrange(
    grid: Grid, place: Columns, sample_column: int, rows: Sequence[int], counted: Account
) -> tuple[list[FeatureRef], list[str], Cells]:
    features: dict[Hashable, int] = {}
    refs: list[FeatureRef] = []
    samples: dict[str, int] = {}
    taken: dict[tuple[int, int], int] = {}
    kept: list[tuple[int, int, int]] = []
    for i in rows:
        key = tuple(grid.cell(i, j) for j in (*place.names[:1], *place.key))
        name = grid.cell(i, sample_column)
        ref = None if key in features else reference(grid, place, i)
        if not name or (key not in features and ref is None):
            counted.put_aside(i, grid.table.place(i), "no_identity", "the row names no feature or no sample")
            continue
        if ref is not None:
            features[key] = len(refs)
            refs.append(ref)
        cell = (features[key], samples.setdefault(name, len(samples)))
        if cell in taken:
            what = f"{key[0]} in {name} was measured before ({grid.table.place(taken[cell])})"
            counted.put_aside(i, grid.table.place(i), "measured_twice", what)
            continue
        taken[cell] = i
        kept.append((i, *cell))
    cells = Cells(rows=tuple(k[0] for k in kept), feature=tuple(k[1] for k in kept), sample=tuple(k[2] for k in kept))
    return refs, list(samples), cells


def _samples(grid: Grid, names: Sequence[str], cells: Cells, sample_column: int, place: Columns) -> tuple[Sample, ...]:
    """Samples with the attributes that are the same in all rows of a sample and differ between samples or not."""
    by_sample: list[list[int]] = [[] for _ in names]
    for i, sample in zip(cells.rows, cells.sample, strict=True):
        by_sample[sample].append(i)
    values = {fold((m.columns or m.name).split("|")[0]) for m in grid.declared.measures}
    candidates = [
        j
        for j, cell in enumerate(grid.header)
        if j != sample_column and j not in place.used() and fold(cell) not in values and cell.strip()
    ]
    constant = [j for j in candidates if all(_constant(grid, rows, j) for rows in by_sample)]
    return tuple(
        make_sample(name, {grid.header[j].strip(): grid.cell(rows[0], j) for j in constant if grid.cell(rows[0], j)})
        for name, rows in zip(names, by_sample, strict=True)
    )


def _constant(grid: Grid, rows: Sequence[int], column: int) -> bool:
    first = grid.cell(rows[0], column)
    return all(grid.cell(i, column) == first for i in rows)
