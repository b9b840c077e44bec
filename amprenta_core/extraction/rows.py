"""Features in rows, samples (or contrasts) in columns."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from attrs import evolve, frozen

from amprenta_core.cells import QUICK_LOOK, NumberReader, all_numbers, is_missing, is_numeric
from amprenta_core.errors import ParseError
from amprenta_core.extraction import mztab
from amprenta_core.extraction.grid import (
    Account,
    Columns,
    Grid,
    account,
    columns,
    make_sample,
    named_only,
    note_duplicates,
    reference,
)
from amprenta_core.extraction.statistics import Statistic, contrasts_in, find_statistics, is_summary
from amprenta_core.formats import NAME_SEARCH, Measure, feature_columns, fold
from amprenta_core.model import Axis, Contrast, FeatureRef, FeatureTable, Quantity, Sample

ANNOTATION = re.compile(
    r"(?:m/z.*|mz\b.*|mz(?:med|min|max|mean)|.*mass.*|rt\b.*|rt(?:med|min|max|mean|apex|start|end)|retention time.*|"
    r".*\brt\b.*|ri|mean.*|average.*|avg.*|sd|stdev.*|std\b(?![ -]?\d).*|std ?dev.*|se|sem|cv\b.*|rsd.*|"
    r".*formula.*|charge|"
    r"id|.* id|index|no|n|nr|#|adduct.*|score.*|counts?\b.*|total.*|sums?\b.*|sum ?(?:area|height|int|conc).*|median.*|"
    r"min|max|rank|cluster|group|module|ratio.*|.*ratio|npeaks|class|isotopes?|row|row number|fold|tstat|carbons?|"
    r"double bonds?|unsaturations?)\Z"
)
"""Headers, folded, of columns that describe a feature or sum it up: no samples, whatever numbers they hold."""
_CONTRAST_COLUMN = re.compile(
    r"(?:contrast|comparison|tissue|organ|cell type|time ?point|condition|treatment|cohort|matrix)s?(?: name| id)?\Z"
)
Key = tuple[str, int]


@frozen(kw_only=True)
class Block:
    """One quantity's columns, one for each sample (None where the file has none)."""

    measure: Measure
    columns: tuple[int | None, ...]


@frozen(kw_only=True)
class Cells:
    """Where each kept row of a long table goes: its feature and its sample (or contrast)."""

    rows: tuple[int, ...]
    feature: tuple[int, ...]
    sample: tuple[int, ...]


def extract_rows(grid: Grid) -> FeatureTable:
    """Read a table with features in rows."""
    counted, rows = account(grid)
    place = columns(grid)
    fixed = grid.declared.section or grid.declared.sample_where
    statistics = [] if fixed else find_statistics(grid.header)
    samples, blocks = _blocks(grid, place, statistics, rows)
    if not samples and not statistics:
        raise ParseError("no column holds values of samples", path=grid.path, line=grid.header_line)
    features, kept = _features(grid, place, counted, rows)
    quantities = [_quantity(grid, block, kept, counted) for block in blocks]
    note_duplicates(grid, counted, [s.name for s in samples], "sample")
    if not samples:
        return _results(grid, counted, features, kept, statistics)
    contrasts, tested = _statistics(grid, statistics, kept, counted)
    note_duplicates(grid, counted, [f.name for f in features], "feature")
    return FeatureTable(
        omics_type=grid.declared.omics_type,
        features=tuple(features),
        samples=samples,
        contrasts=contrasts,
        quantities=(*quantities, *tested),
        rows_read=counted.rows_read,
        rows_measured=counted.measured,
        problems=tuple(counted.problems),
    )


def _features(grid: Grid, place: Columns, counted: Account, rows: Sequence[int]) -> tuple[list[FeatureRef], list[int]]:
    """The feature of each row that has one; the others are set aside."""
    features, kept = [], []
    masses = _masses(grid)
    for i, ref in zip(rows, _references(grid, place, rows), strict=True):
        if ref is None:
            counted.put_aside(i, grid.table.place(i), "no_identity", "the row names no feature")
            continue
        features.append(_with_mass(ref, masses, grid, i) if masses else ref)
        kept.append(i)
    return features, kept


def _references(grid: Grid, place: Columns, rows: Sequence[int]) -> Iterable[FeatureRef | None]:
    if place.only_name is not None:
        return named_only(grid, place.only_name, rows)
    described = grid.starting(place.used())
    return (reference(described, place, i) for i in rows)


def _masses(grid: Grid) -> dict[str, tuple[float | None, float | None]]:
    rows = grid.table.rows[:-1] if grid.table.torn else grid.table.rows
    return mztab.masses(rows, grid.declared.lookup) if grid.declared.lookup else {}


def _with_mass(
    ref: FeatureRef, masses: Mapping[str, tuple[float | None, float | None]], grid: Grid, index: int
) -> FeatureRef:
    lookup = grid.declared.lookup
    refs = grid.cell(index, grid.column((lookup.refs,))) if lookup else ""
    mz, rt = masses.get(refs.split("|")[0].strip(), (None, None))
    return evolve(ref, mz=mz if ref.mz is None else ref.mz, rt=rt if ref.rt is None else ref.rt)


def _blocks(
    grid: Grid, place: Columns, statistics: Sequence[Statistic], rows: Sequence[int]
) -> tuple[tuple[Sample, ...], list[Block]]:
    """Samples of the first quantity that has columns, and every quantity's columns in their order."""
    found = [(m, _numbered(_measure_columns(grid, m, place, statistics, rows))) for m in grid.declared.measures]
    found = [(measure, keys) for measure, keys in found if keys]
    if not found:
        return (), []
    keys = list(found[0][1])
    meta = mztab.metadata(grid.table.rows) if grid.declared.section else {}
    samples = tuple(_sample(grid, name, found[0][1][name, k], meta) for name, k in keys)
    unit = mztab.unit(meta)
    blocks = [
        Block(measure=evolve(m, unit=m.unit or unit), columns=tuple(by_key.get(key) for key in keys))
        for m, by_key in found
        if any(key in by_key for key in keys)
    ]
    return samples, blocks


def _numbered(pairs: Sequence[tuple[int, str]]) -> dict[Key, int]:
    """(name, how often it stood before) → column: repeated headers are several samples."""
    seen: Counter[str] = Counter()
    keys: dict[Key, int] = {}
    for column, name in pairs:
        keys[name, seen[name]] = column
        seen[name] += 1
    return keys


def _measure_columns(
    grid: Grid, measure: Measure, place: Columns, statistics: Sequence[Statistic], rows: Sequence[int]
) -> list[tuple[int, str]]:
    if measure.columns is not None:
        return feature_columns(grid.header, measure)
    taken = place.used() | {s.column for s in statistics}
    known = contrasts_in(statistics)
    free = [
        (j, cell.strip())
        for j, cell in enumerate(grid.header)
        if j not in taken and not ANNOTATION.match(fold(cell)) and not (statistics and is_summary(cell, known))
    ]
    if grid.declared.sample_where:
        free = [(j, name) for j, name in free if _sample_column(grid, j)]
    front = _front(grid, rows)
    held = {j for j, _ in free if _holds_values(grid, j, front, rows) and not _counts(grid, j, rows)}
    return [(j, name) for j, name in free if j in held or (_is_blank_among(grid, j, held, rows) and name)]


def _is_blank_among(grid: Grid, column: int, held: set[int], rows: Sequence[int]) -> bool:
    """Whether a column without any cell stands between columns of samples: a sample where nothing was measured."""
    return bool(held) and min(held) < column < max(held) and not any(grid.cell(i, column) for i in rows)


def _counts(grid: Grid, column: int, rows: Sequence[int]) -> bool:
    """Whether a column counts part of what the format's count column counts."""
    total = grid.column((grid.declared.count_column,)) if grid.declared.count_column else None
    if total is None:
        return False
    pairs = [(grid.number(i, column), grid.number(i, total)) for i in rows[:NAME_SEARCH]]
    return all(part is not None and whole is not None and part <= whole for part, whole in pairs)


def _sample_column(grid: Grid, column: int) -> bool:
    """Whether the rows above the header say that the column is a sample."""
    label, pattern = grid.declared.sample_where or ("", "")
    row = grid.found.header + grid.declared.sample_rows.get(label, 0)
    return bool(re.match(pattern, grid.cell(row, column), re.IGNORECASE)) if row >= 0 else False


def _front(grid: Grid, rows: Sequence[int]) -> list[Sequence[str]]:
    """A few of the first rows: enough where they hold nothing but numbers."""
    whole = rows[:-1] if grid.may_be_cut and len(rows) > 1 else rows
    return [grid.table.rows[i] for i in whole[:QUICK_LOOK]]


def _holds_values(grid: Grid, column: int, front: Sequence[Sequence[str]], rows: Sequence[int]) -> bool:
    if grid.table.decimal == "." and all_numbers([row[column] if column < len(row) else "" for row in front]):
        return True
    whole = rows[:-1] if grid.may_be_cut and len(rows) > 1 else rows
    cells = grid.cells(column, whole[:NAME_SEARCH])
    if is_numeric(cells, grid.table.decimal):
        return True
    named = bool(grid.header[column].strip())
    return named and all(map(is_missing, cells)) and any(cells)


def _sample(grid: Grid, name: str, column: int, meta: Mapping[str, str]) -> Sample:
    declared = grid.declared
    if declared.section:
        return make_sample(mztab.assay_name(meta, name), {})
    above = declared.sample_rows or {f"header {i + 1}": i - grid.found.header for i in range(max(grid.found.header, 0))}
    said = {label: grid.cell(grid.found.header + offset, column) for label, offset in above.items()}
    return make_sample(name, {label: text for label, text in said.items() if text})


def _quantity(grid: Grid, block: Block, kept: Sequence[int], counted: Account) -> Quantity:
    width = len(block.columns)
    reader = NumberReader(width=width, decimal=grid.table.decimal)
    spans = grid.spans(kept, block.columns)
    if spans is not None:
        values = reader.read_texts(spans, grid.delimiter)
    elif None in block.columns:
        values = reader.read([["" if j is None else grid.cell(i, j) for j in block.columns] for i in kept])
    else:
        values = reader.read(grid.block(kept, [j for j in block.columns if j is not None]))
    note_unreadable(grid, reader, kept, counted, block.columns)
    measure = block.measure
    return Quantity(
        name=measure.name,
        values=values,
        unit=measure.unit,
        scale=measure.scale,
        zero=measure.zero,
        missing=reader.reasons(),
    )


def note_unreadable(
    grid: Grid, reader: NumberReader, kept: Sequence[int], counted: Account, place: Sequence[int | None]
) -> None:
    """One problem for all cells of a quantity that are neither numbers nor known marks."""
    if not reader.unreadable:
        return
    row, column, text = reader.unreadable[0]
    j = place[column]
    where = f"{grid.table.place(kept[row])}, column {grid.header[j].strip() if j is not None else column + 1}"
    what = f"cells that are no numbers, read as missing: {len(reader.unreadable)} ({text[:40]!r} first)"
    counted.note(where, "unreadable_value", what)


def scattered(
    grid: Grid, measure: Measure, column: int, cells: Cells, shape: tuple[int, int], counted: Account
) -> Quantity:
    """A quantity whose values stand below each other, one row for each feature in each sample."""
    reader = NumberReader(width=1, decimal=grid.table.decimal)
    numbers = reader.read([[grid.cell(i, column)] for i in cells.rows])[:, 0]
    note_unreadable(grid, reader, cells.rows, counted, [column])
    values = np.full(shape, np.nan)
    values[list(cells.feature), list(cells.sample)] = numbers
    width = shape[1]
    missing = {
        reason: tuple(sorted(cells.feature[n] * width + cells.sample[n] for n in found))
        for reason, found in reader.reasons().items()
    }
    return Quantity(
        name=measure.name,
        values=values,
        unit=measure.unit,
        scale=measure.scale,
        zero=measure.zero,
        missing=missing,
    )


def _results(
    grid: Grid, counted: Account, features: Sequence[FeatureRef], kept: Sequence[int], statistics: Sequence[Statistic]
) -> FeatureTable:
    """A results table: each feature once, over all contrasts, whether these stand in columns or in rows."""
    by = _contrast_column(grid, features, kept, statistics)
    if by is None:
        contrasts, quantities = _statistics(grid, statistics, kept, counted)
        note_duplicates(grid, counted, [f.name for f in features], "feature")
    else:
        features, contrasts, quantities = _pivot(grid, features, kept, statistics, by, counted)
    return FeatureTable(
        omics_type=grid.declared.omics_type,
        features=tuple(features),
        contrasts=contrasts,
        quantities=quantities,
        rows_read=counted.rows_read,
        rows_measured=counted.measured,
        problems=tuple(counted.problems),
    )


def _contrast_column(
    grid: Grid, features: Sequence[FeatureRef], kept: Sequence[int], statistics: Sequence[Statistic]
) -> int | None:
    """The column that tells the rows of one feature apart: by its header, else where features stand in several rows."""
    names = [f.name for f in features]
    said = next((j for j, cell in enumerate(grid.header) if _CONTRAST_COLUMN.match(fold(cell))), None)
    if said is not None and len({(n, grid.cell(i, said)) for n, i in zip(names, kept, strict=True)}) == len(names):
        return said
    if len(set(names)) == len(names):
        return None
    taken = {s.column for s in statistics}
    for j in range(len(grid.header)):
        cells = [grid.cell(i, j) for i in kept]
        few = 1 < len(set(cells)) <= len(kept) // 2
        if j not in taken and few and len(set(zip(names, cells, strict=True))) == len(names):
            return j
    return None


def _statistics(
    grid: Grid, statistics: Sequence[Statistic], kept: Sequence[int], counted: Account
) -> tuple[tuple[Contrast, ...], tuple[Quantity, ...]]:
    """Contrasts that stand in columns."""
    names = list(dict.fromkeys(s.contrast for s in statistics))
    contrasts = tuple(make_contrast(name or grid.stem) for name in names)
    quantities = []
    for name, scale in dict.fromkeys((s.name, s.scale) for s in statistics):
        by_contrast = {s.contrast: s.column for s in statistics if s.name == name}
        block = Block(measure=Measure(name=name, scale=scale), columns=tuple(by_contrast.get(n) for n in names))
        quantities.append(evolve(_quantity(grid, block, kept, counted), axis=Axis.CONTRASTS))
    return contrasts, _by_choice(quantities)


def _pivot(
    grid: Grid,
    features: Sequence[FeatureRef],
    kept: Sequence[int],
    statistics: Sequence[Statistic],
    by: int,
    counted: Account,
) -> tuple[list[FeatureRef], tuple[Contrast, ...], tuple[Quantity, ...]]:
    """Contrasts that stand in rows, told apart by the column ``by``."""
    names = list(dict.fromkeys(grid.cell(i, by) for i in kept))
    first: dict[str | None, int] = {}
    for n, ref in enumerate(features):
        first.setdefault(ref.name, n)
    rows = {name: row for row, name in enumerate(first)}
    places = {name: place for place, name in enumerate(names)}
    feature = tuple(rows[ref.name] for ref in features)
    cells = Cells(rows=tuple(kept), feature=feature, sample=tuple(places[grid.cell(i, by)] for i in kept))
    quantities = []
    for statistic in statistics:
        measure = Measure(name=statistic.name, scale=statistic.scale)
        found = scattered(grid, measure, statistic.column, cells, (len(rows), len(names)), counted)
        quantities.append(evolve(found, axis=Axis.CONTRASTS))
    said = f"contrasts are read from the column {grid.header[by].strip()}"
    counted.note(grid.header_place, "contrasts_in_rows", said)
    contrasts = tuple(make_contrast(name) for name in names)
    return [features[n] for n in first.values()], contrasts, _by_choice(quantities)


def _by_choice(quantities: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """The fold change first, then the p-value."""
    order = ("log2_fold_change", "fold_change", "p_value", "adjusted_p_value")
    return tuple(sorted(quantities, key=lambda q: order.index(q.name) if q.name in order else len(order)))


def make_contrast(name: str) -> Contrast:
    """A contrast, its two sides where the name says them.

    >>> make_contrast("KLA_vs_CON").denominator
    'CON'
    """
    sides = re.split(r"[ _.-]+(?:vs|versus)[ _.-]+", name, maxsplit=1, flags=re.IGNORECASE)
    two = len(sides) == 2 and all(sides)  # noqa: PLR2004  # numerator and denominator
    return Contrast(name=name, numerator=sides[0] if two else None, denominator=sides[1] if two else None)
