"""What the rows of a long table say of each feature in each sample, as declared: once, first, summed or the largest."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from amprenta_core.extraction.grid import Account, Grid
from amprenta_core.formats import Measure
from amprenta_core.model import FloatArray, Quantity

IntArray = np.ndarray[tuple[int], np.dtype[np.int64]]
Placed = tuple[Measure, tuple[int, ...]]
"""A measure and its columns: one, or one for each sample that a row holds."""


@frozen(kw_only=True)
class Gathered:
    """The rows that are measured: their index in the table, their feature and sample, and their numbers.

    ``values`` is (rows, numbers of a row); ``reasons`` are flat indices into it, ``unreadable`` are (row of the
    table, number, text).
    """

    rows: IntArray
    feature: IntArray
    sample: IntArray
    values: FloatArray
    reasons: Mapping[str, Sequence[int]]
    unreadable: Sequence[tuple[int, int, str]]

    def without(self, some: IntArray) -> "Gathered":
        """All but some of the rows."""
        if not some.size:
            return self
        kept = np.delete(np.arange(self.rows.size), some)
        width = self.values.shape[1]
        number = np.full(self.rows.size, -1)
        number[kept] = np.arange(kept.size)
        reasons = {}
        for reason, places in self.reasons.items():
            row, column = np.divmod(np.array(places), width)
            still = number[row] >= 0
            reasons[reason] = (number[row[still]] * width + column[still]).tolist()
        rows = set(self.rows[some].tolist())
        return Gathered(
            rows=self.rows[kept],
            feature=self.feature[kept],
            sample=self.sample[kept],
            values=self.values[kept],
            reasons=reasons,
            unreadable=[cell for cell in self.unreadable if cell[0] not in rows],
        )


@frozen(kw_only=True)
class Shape:
    """How many features there are, how many samples rows name, and how many each row holds."""

    features: int
    samples: int
    channels: int

    @property
    def width(self) -> int:
        """Samples in all."""
        return self.samples * self.channels


def combined(measures: Sequence[Placed], gathered: Gathered, shape: Shape) -> list[Quantity]:
    """The quantities of a long table: each measure's numbers in their places, several of one place combined."""
    quantities, first = [], 0
    for measure, places in measures:
        quantities.append(_quantity(measure, gathered, shape, range(first, first + len(places))))
        first += len(places)
    return quantities


def _quantity(measure: Measure, gathered: Gathered, shape: Shape, numbers: range) -> Quantity:
    cells = _cells(gathered, shape)
    values = _combine(measure, cells.ravel(), gathered.values[:, numbers.start : numbers.stop].ravel(), shape)
    return Quantity(
        name=measure.name,
        values=values.reshape(shape.features, shape.width),
        unit=measure.unit,
        scale=measure.scale,
        zero=measure.zero,
        missing=_missing(gathered, numbers, cells, values),
    )


def _cells(gathered: Gathered, shape: Shape) -> IntArray:
    """(rows, channels): the flat place of each number in a quantity."""
    first = gathered.feature * shape.width + gathered.sample * shape.channels
    return first[:, None] + np.arange(shape.channels)


def _combine(measure: Measure, cells: IntArray, numbers: FloatArray, shape: Shape) -> FloatArray:
    size = shape.features * shape.width
    there = ~np.isnan(numbers)
    cells, numbers = cells[there], numbers[there]
    values = np.full(size, np.nan)
    if measure.combine == "sum":
        seen = np.bincount(cells, minlength=size) > 0
        values[seen] = np.bincount(cells, weights=numbers, minlength=size)[seen]
    elif measure.combine == "max":
        np.fmax.at(values, cells, numbers)
    else:
        values[cells[::-1]] = numbers[::-1]  # of several numbers of one place the first is written last
    return values


def _missing(gathered: Gathered, numbers: range, cells: IntArray, values: FloatArray) -> dict[str, tuple[int, ...]]:
    """Why places of a quantity are empty, where the file says it."""
    width, found = gathered.values.shape[1], {}
    for reason, places in gathered.reasons.items():
        row, number = np.divmod(np.array(places), width)
        ours = (number >= numbers.start) & (number < numbers.stop)
        flat = cells[row[ours], number[ours] - numbers.start]
        empty = np.unique(flat[np.isnan(values[flat])])
        if empty.size:
            found[reason] = tuple(empty.tolist())
    return found


def note_combined(grid: Grid, measures: Sequence[Placed], gathered: Gathered, shape: Shape, counted: Account) -> None:
    """Say by which rule several rows became one value, and where numbers that should be the same are not."""
    row_of = np.unique(_cells(gathered, shape)[:, 0])
    measure, places = measures[0]
    if measure.combine == "once" or row_of.size == gathered.rows.size:
        return
    levels = [level for level in grid.declared.levels if level != grid.declared.level]
    apart = f"; kept apart by --level {' or '.join(levels)}" if levels else ""
    rule = {"first": "the program's own value of each is taken", "sum": "their values are summed"}
    how = rule.get(measure.combine, "the largest value is taken")
    what = f"{gathered.rows.size} rows are {row_of.size} values of {measure.name} ({how}{apart})"
    counted.note(grid.header_place, "rows_combined", what)
    if measure.combine == "first":
        _note_differing(grid, measure, gathered, shape, len(places), counted)


def _note_differing(
    grid: Grid, measure: Measure, gathered: Gathered, shape: Shape, n_places: int, counted: Account
) -> None:
    cells, numbers = _cells(gathered, shape), gathered.values[:, :n_places]
    taken = _combine(measure, cells.ravel(), numbers.ravel(), shape)[cells]
    differing = np.flatnonzero((~np.isnan(numbers) & (numbers != taken)).any(axis=1))
    if differing.size:
        where = grid.table.place(int(gathered.rows[differing[0]]))
        what = f"{measure.name} of one feature and sample differs between rows ({differing.size}): the first is taken"
        counted.note(where, "differing_values", what)
