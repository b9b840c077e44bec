"""Long tables: one row for each feature in each sample, or several rows of a lower level that are combined."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from attrs import define, field, frozen

from amprenta_core.cells import NumberReader, is_missing, to_number
from amprenta_core.errors import ParseError
from amprenta_core.extraction.combining import (
    Gathered,
    Placed,
    Shape,
    compacted,
    merged,
    note_combined,
    quantities,
    without,
)
from amprenta_core.extraction.grid import Account, Grid, account, make_sample, note_duplicates
from amprenta_core.extraction.quantities import in_table, note_unreadable
from amprenta_core.extraction.references import Columns, columns, reference
from amprenta_core.formats import Measure, feature_columns, fold
from amprenta_core.model import FeatureRef, FeatureTable, Sample

_FIRST_ROWS = 64
_ROWS_AT_ONCE = 4096
_ROWS_HELD = 1 << 18
"""Rows whose numbers are held before they are combined."""
_SWITCHES = ("true", "false")
_OF_SAMPLES = re.compile(
    r"batch|plate|replicate|fraction|mixture|experiment|subject|patient|donor|dose|condition|cohort|visit",
    re.IGNORECASE,
)
"""Headers of columns that describe samples even where they are of numbers and alike in all."""
Cells = tuple[str, ...]


@frozen(kw_only=True)
class _Plan:
    """The columns that are looked at: of the key, of the sample, of the values."""

    key: tuple[int, ...]
    sample: tuple[int, ...]
    measures: tuple[Placed, ...]
    channels: tuple[str, ...]
    """The samples that each row holds; ("",) where it holds one."""
    of_records: bool = False
    """Whether the values of a row are those of a record, which it may not have."""

    @property
    def combines(self) -> bool:
        """Whether several rows may be one value."""
        return self.measures[0][0].combine != "once"

    @property
    def values(self) -> tuple[int, ...]:
        """The columns of all measures, one after the other."""
        return tuple(j for _, places in self.measures for j in places)


@define
class _Samples:
    """Samples in the order of their first row, and the columns that say the same in all rows of each."""

    alive: list[int]
    """Columns in which no sample was seen to say two things."""
    places: dict[Cells, int] = field(factory=dict)
    said: list[dict[int, str]] = field(factory=list)

    def compare(self, place: int, columns: Sequence[int], cells: Sequence[str]) -> None:
        """Keep what the first row of a sample says; drop the columns in which another row says something else."""
        if place == len(self.said):
            self.said.append({j: cell.strip() for j, cell in zip(columns, cells, strict=True)})
            return
        said = self.said[place]
        for column, cell in zip(columns, cells, strict=True):
            if said.get(column) != cell.strip() and column in self.alive:
                self.alive.remove(column)


@define
class _Reader:
    """Goes through the rows block by block: neither their cells nor their numbers are held longer than needed."""

    grid: Grid
    place: Columns
    plan: _Plan
    counted: Account
    samples: _Samples
    features: dict[Cells, int] = field(factory=dict)
    refs: list[FeatureRef] = field(factory=list)
    blocks: list[Gathered] = field(factory=list)

    def read(self, block: Sequence[int]) -> None:
        """Gather the rows of a block; those that name no feature or no sample are set aside."""
        plan, alive = self.plan, list(self.samples.alive)
        behind_key = len(plan.key)
        behind_sample = behind_key + len(plan.sample)
        behind_values = behind_sample + len(plan.values)
        kept, feature, sample, numbers = [], [], [], []
        for i, row in zip(block, self.grid.block(block, (*plan.key, *plan.sample, *plan.values, *alive)), strict=True):
            run = tuple(map(str.strip, row[behind_key:behind_sample]))
            place = self._feature(i, tuple(row[:behind_key])) if run[0] else None
            if place is None:
                what = "the row names no feature or no sample"
                self.counted.put_aside(i, self.grid.table.place(i), "no_identity", what)
                continue
            values = row[behind_sample:behind_values]
            if plan.of_records and not run[-1] and not any(values):
                self.counted.put_aside(i, self.grid.table.place(i), "no_value", "the row holds no value of any sample")
                continue
            kept.append(i)
            feature.append(place)
            sample.append(self.samples.places.setdefault(run, len(self.samples.places)))
            numbers.append(values)
            self.samples.compare(sample[-1], alive, row[behind_values:])
        self._keep(kept, feature, sample, numbers)

    def _feature(self, index: int, key: Cells) -> int | None:
        """The number of the feature of a row, which may be new; None where the row names none."""
        known = self.features.get(key)
        if known is not None:
            return known
        stripped = tuple(map(str.strip, key))
        ref = None if stripped in self.features else reference(self.grid, self.place, index)
        if ref is not None:
            self.features[stripped] = len(self.refs)
            self.refs.append(ref)
        return self.features.get(stripped)

    def _keep(
        self, rows: Sequence[int], feature: Sequence[int], sample: Sequence[int], numbers: Sequence[Sequence[str]]
    ) -> None:
        reader = NumberReader(width=len(self.plan.values), decimal=self.grid.table.decimal)
        block = Gathered(
            rows=np.array(rows, dtype=np.int64),
            feature=np.array(feature, dtype=np.int64),
            sample=np.array(sample, dtype=np.int64),
            values=reader.read(numbers),
            reasons=reader.reasons(),
            unreadable=in_table(reader, rows),
            total=len(rows),
        )
        self.blocks.append(block)
        if self.plan.combines and sum(b.rows.size for b in self.blocks[1:]) > _ROWS_HELD:
            self.blocks = [self.gathered()]

    def gathered(self) -> Gathered:
        """All rows that were kept, combined where the format says so."""
        rows = merged(self.blocks)
        return compacted(rows, self.plan.measures) if self.plan.combines else rows


def extract_long(grid: Grid) -> FeatureTable:
    """Read a long table: features and samples in the order of their first row."""
    counted, rows = account(grid)
    reader = _read(grid, rows, counted)
    plan, names = reader.plan, _sample_names(grid, reader.samples.places)
    gathered = reader.gathered()
    if not plan.combines:
        gathered = _once(grid, gathered, reader.refs, names, counted)
    shape = Shape(features=len(reader.refs), samples=len(names), channels=len(plan.channels))
    found = quantities(plan.measures, gathered, shape)
    note_unreadable(grid, gathered.unreadable, counted, plan.values)
    note_combined(grid, plan.measures[0][0], gathered, counted)
    note_duplicates(grid, counted, [f.name for f in reader.refs], "feature")
    return FeatureTable(
        omics_type=grid.declared.omics_type,
        features=tuple(reader.refs),
        samples=_described(grid, reader, names),
        quantities=tuple(q for n, q in enumerate(found) if n == 0 or not np.isnan(q.values).all()),
        rows_read=counted.rows_read,
        rows_measured=counted.measured,
        problems=tuple(counted.problems),
    )


def _read(grid: Grid, rows: Sequence[int], counted: Account) -> _Reader:
    place = columns(grid)
    plan = _plan(grid, place)
    samples = _Samples(alive=_describing(grid, place, plan))
    reader = _Reader(grid=grid, place=place, plan=plan, counted=counted, samples=samples)
    reader.read(rows[:_FIRST_ROWS])
    for start in range(_FIRST_ROWS, len(rows), _ROWS_AT_ONCE):
        reader.read(rows[start : start + _ROWS_AT_ONCE])
    return reader


def _plan(grid: Grid, place: Columns) -> _Plan:
    sample = next((found for either in grid.declared.sample if (found := _together(grid, either))), ())
    channel = grid.column(grid.declared.channel)
    spread, alone = _placed(grid)
    measures = spread or alone
    if not sample or not measures:
        raise ParseError("no column holds the samples or the values", path=grid.path, line=grid.header_line)
    return _Plan(
        key=(*place.names[:1], *place.key),
        sample=sample if channel is None else (*sample, channel),
        measures=tuple((measure, tuple(by_name.values())) for measure, by_name in measures),
        channels=tuple(measures[0][1]),
        of_records=any(cell.startswith(f"{grid.declared.records}.") for cell in grid.header),
    )


def _placed(grid: Grid) -> tuple[list[tuple[Measure, dict[str, int]]], list[tuple[Measure, dict[str, int]]]]:
    """The measures whose columns are samples of one row, all of the same ones, and those of one column each."""
    spread: list[tuple[Measure, dict[str, int]]] = []
    alone: list[tuple[Measure, dict[str, int]]] = []
    for measure in grid.declared.measures:
        if "(?P<sample>" in (measure.columns or ""):
            by_name = _by_name(feature_columns(grid.header, measure))
            if by_name and (not spread or by_name.keys() == spread[0][1].keys()):
                spread.append((measure, by_name))
        elif (j := grid.column((measure.columns or measure.name).split("|"))) is not None:
            alone.append((measure, {"": j}))
    return spread, alone


def _by_name(found: Sequence[tuple[int, str]]) -> dict[str, int]:
    """Name → column; where columns share a name, all behind the first are numbered, so that none is lost.

    >>> _by_name([(4, "126"), (5, "127"), (6, "127")])
    {'126': 4, '127': 5, '127 (2)': 6}
    """
    by_name: dict[str, int] = {}
    for n, (column, name) in enumerate(found):
        before = sum(other == name for _, other in found[:n])
        by_name[f"{name} ({before + 1})" if before else name] = column
    return by_name


def _together(grid: Grid, names: str) -> tuple[int, ...]:
    """The columns "A+B", () unless the table has all of them."""
    found = [grid.column((name,)) for name in names.split("+")]
    return tuple(j for j in found if j is not None) if None not in found else ()


def _describing(grid: Grid, place: Columns, plan: _Plan) -> list[int]:
    """The columns that may describe samples: all that nothing else explains."""
    values = {fold((m.columns or m.name).split("|")[0]) for m in grid.declared.measures}
    used = place.used() | {*plan.sample, *plan.values}
    return [j for j, cell in enumerate(grid.header) if j not in used and fold(cell) not in values and cell.strip()]


def _once(
    grid: Grid, gathered: Gathered, refs: Sequence[FeatureRef], names: Sequence[str], counted: Account
) -> Gathered:
    """The rows without those whose feature was measured before in the same sample, which are set aside."""
    cells = gathered.feature * len(names) + gathered.sample
    _, first, which = np.unique(cells, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[which] != np.arange(cells.size))
    for n in again.tolist():
        i, before = int(gathered.rows[n]), int(gathered.rows[first[which[n]]])
        name, sample = refs[int(gathered.feature[n])].name, names[int(gathered.sample[n])]
        what = f"{name} in {sample} was measured before ({grid.table.place(before)})"
        counted.put_aside(i, grid.table.place(i), "measured_twice", what)
    return without(gathered, again)


def _sample_names(grid: Grid, runs: Iterable[Cells]) -> list[str]:
    """A name for each sample: its run, and its channel where that says something."""
    silent = {"", *map(fold, grid.declared.no_channel)} if grid.column(grid.declared.channel) is not None else {""}
    return ["_".join([*filter(None, run[:-1]), *([] if fold(run[-1]) in silent else [run[-1]])]) for run in runs]


def _is_of_the_rows(header: str, texts: Sequence[str]) -> bool:
    """Whether a column is of measurements or switches that happen to be alike in all rows: it tells no sample apart."""
    if len(set(texts)) > 1 or _OF_SAMPLES.search(header):
        return False
    return all(to_number(text) is not None or text.casefold() in _SWITCHES for text in texts)


def _described(grid: Grid, reader: _Reader, names: Sequence[str]) -> tuple[Sample, ...]:
    """Samples with what all of their rows say alike, apart from what says nothing of them."""
    header = [cell.strip() for cell in grid.header]
    said_of_all = reader.samples.said
    alive = [j for j in reader.samples.alive if not _is_of_the_rows(header[j], [said[j] for said in said_of_all])]
    samples = []
    for name, said in zip(names, said_of_all, strict=True):
        attributes = {header[j]: said[j] for j in alive if not is_missing(said[j])}
        samples += [
            make_sample(f"{name}_{channel}" if channel else name, attributes) for channel in reader.plan.channels
        ]
    return tuple(samples)
