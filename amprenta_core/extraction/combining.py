"""What the rows of a long table say of each feature in each sample, as declared: once, first, summed or the largest."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import evolve, frozen

from amprenta_core.extraction.grid import Account, Grid
from amprenta_core.formats import Measure
from amprenta_core.model import FloatArray, Quantity

IntArray = np.ndarray[tuple[int], np.dtype[np.int64]]
Placed = tuple[Measure, tuple[int, ...]]
"""A measure and its columns: one, or one for each sample that a row holds."""


@frozen(kw_only=True)
class Gathered:
    """Rows that are measured: their index in the table, their feature and sample, and their numbers.

    ``values`` is (rows, numbers of a row); ``reasons`` are flat indices into it, ``unreadable`` are (row of the
    table, number, text). ``total`` counts the rows that these were combined of, ``differing`` those of them whose
    first number should have been that of another row, ``differs_at`` is the first of these.
    """

    rows: IntArray
    feature: IntArray
    sample: IntArray
    values: FloatArray
    reasons: Mapping[str, Sequence[int]]
    unreadable: Sequence[tuple[int, int, str]]
    total: int
    differing: int = 0
    differs_at: int | None = None


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


def merged(blocks: Sequence[Gathered]) -> Gathered:
    """Blocks of rows as one."""
    width, before = blocks[0].values.shape[1], 0
    reasons: dict[str, list[int]] = {}
    for block in blocks:
        for reason, places in block.reasons.items():
            reasons.setdefault(reason, []).extend(before * width + place for place in places)
        before += block.rows.size
    return Gathered(
        rows=np.concatenate([b.rows for b in blocks]),
        feature=np.concatenate([b.feature for b in blocks]),
        sample=np.concatenate([b.sample for b in blocks]),
        values=np.concatenate([b.values for b in blocks]),
        reasons=reasons,
        unreadable=[cell for b in blocks for cell in b.unreadable],
        total=sum(b.total for b in blocks),
        differing=sum(b.differing for b in blocks),
        differs_at=next((b.differs_at for b in blocks if b.differs_at is not None), None),
    )


def compacted(gathered: Gathered, measures: Sequence[Placed]) -> Gathered:
    """One row for each feature and sample, what several say of it combined."""
    places = gathered.feature << 32 | gathered.sample
    _, first, which = np.unique(places, return_index=True, return_inverse=True)
    if first.size == places.size:
        return gathered
    rules = [measure.combine for measure, columns in measures for _ in columns]
    values = np.column_stack([_combine(rule, which, gathered.values[:, n], first.size) for n, rule in enumerate(rules)])
    numbers = gathered.values[:, 0]
    differs = np.flatnonzero(~np.isnan(numbers) & (numbers != values[which, 0]) & (rules[0] == "first"))
    at = gathered.differs_at
    return Gathered(
        rows=gathered.rows[first],
        feature=gathered.feature[first],
        sample=gathered.sample[first],
        values=values,
        reasons=_moved(gathered, which, values),
        unreadable=gathered.unreadable,
        total=gathered.total,
        differing=gathered.differing + differs.size,
        differs_at=int(gathered.rows[differs[0]]) if at is None and differs.size else at,
    )


def _combine(rule: str, places: IntArray, numbers: FloatArray, size: int) -> FloatArray:
    """The number of each place, NaN where no row has one."""
    there = ~np.isnan(numbers)
    places, numbers = places[there], numbers[there]
    values = np.full(size, np.nan)
    if rule == "sum":
        seen = np.bincount(places, minlength=size) > 0
        values[seen] = np.bincount(places, weights=numbers, minlength=size)[seen]
    elif rule == "max":
        np.fmax.at(values, places, numbers)
    else:
        values[places[::-1]] = numbers[::-1]  # of several numbers of one place the first is written last
    return values


def _moved(gathered: Gathered, which: IntArray, values: FloatArray) -> dict[str, list[int]]:
    """Why places are empty, where the rows were combined and still say nothing else."""
    width = values.shape[1]
    found = {}
    for reason, places in gathered.reasons.items():
        row, number = np.divmod(np.array(places), width)
        empty = np.isnan(values[which[row], number])
        found[reason] = np.unique(which[row[empty]] * width + number[empty]).tolist()
    return found


def without(gathered: Gathered, some: IntArray) -> Gathered:
    """All but some of the rows."""
    if not some.size:
        return gathered
    kept = np.delete(np.arange(gathered.rows.size), some)
    number = np.full(gathered.rows.size, -1)
    number[kept] = np.arange(kept.size)
    width = gathered.values.shape[1]
    reasons = {}
    for reason, places in gathered.reasons.items():
        row, column = np.divmod(np.array(places), width)
        still = number[row] >= 0
        reasons[reason] = (number[row[still]] * width + column[still]).tolist()
    gone = set(gathered.rows[some].tolist())
    return evolve(
        gathered,
        rows=gathered.rows[kept],
        feature=gathered.feature[kept],
        sample=gathered.sample[kept],
        values=gathered.values[kept],
        reasons=reasons,
        unreadable=[cell for cell in gathered.unreadable if cell[0] not in gone],
        total=kept.size,
    )


def quantities(measures: Sequence[Placed], gathered: Gathered, shape: Shape) -> list[Quantity]:
    """The quantities of a long table: each measure's numbers in their places."""
    made, first = [], 0
    for measure, places in measures:
        made.append(_quantity(measure, gathered, shape, range(first, first + len(places))))
        first += len(places)
    return made


def _quantity(measure: Measure, gathered: Gathered, shape: Shape, numbers: range) -> Quantity:
    places = (gathered.feature * shape.width + gathered.sample * shape.channels)[:, None] + np.arange(shape.channels)
    values = np.full(shape.features * shape.width, np.nan)
    values[places] = gathered.values[:, numbers.start : numbers.stop]
    missing = {}
    for reason, cells in gathered.reasons.items():
        row, number = np.divmod(np.array(cells, dtype=np.int64), gathered.values.shape[1])
        ours = (number >= numbers.start) & (number < numbers.stop)
        if ours.any():
            missing[reason] = tuple(sorted(places[row[ours], number[ours] - numbers.start].tolist()))
    return Quantity(
        name=measure.name,
        values=values.reshape(shape.features, shape.width),
        unit=measure.unit,
        scale=measure.scale,
        zero=measure.zero,
        missing=missing,
    )


def note_combined(grid: Grid, measure: Measure, gathered: Gathered, counted: Account) -> None:
    """Say by which rule several rows became one value, and whether rows disagree that should say the same."""
    if gathered.total == gathered.rows.size:
        return
    levels = [level for level in grid.declared.levels if level != grid.declared.level]
    apart = f"; kept apart by --level {' or '.join(levels)}" if levels else ""
    rule = {"first": "the program's own value of each is taken", "sum": "their values are summed"}
    how = rule.get(measure.combine, "the largest value is taken")
    what = f"{gathered.total} rows are {gathered.rows.size} values of {measure.name} ({how}{apart})"
    counted.note(grid.header_place, "rows_combined", what)
    if gathered.differs_at is not None:
        what = (
            f"{measure.name} of one feature and sample differs between rows ({gathered.differing}): the first is taken"
        )
        counted.note(grid.table.place(gathered.differs_at), "differing_values", what)
