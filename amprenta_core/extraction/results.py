"""Results tables: fold changes and p-values of each feature over contrasts, in columns or in rows."""

import re
from collections.abc import Sequence

from attrs import evolve

from amprenta_core.extraction.grid import Account, Grid, note_duplicates
from amprenta_core.extraction.quantities import Block, Cells, block_quantity, scattered
from amprenta_core.extraction.statistics import Statistic
from amprenta_core.formats import Measure, fold
from amprenta_core.model import Axis, Contrast, FeatureRef, FeatureTable, Quantity

_CONTRAST_COLUMN = re.compile(
    r"(?:contrast|comparison|tissue|organ|cell type|time ?point|condition|treatment|cohort|matrix)s?(?: name| id)?\Z"
)
_OF_ALL = {"average_expression"}
"""What a table says once for all its contrasts."""


def results_table(
    grid: Grid, counted: Account, features: Sequence[FeatureRef], kept: Sequence[int], statistics: Sequence[Statistic]
) -> FeatureTable:
    """A results table: each feature once, over all contrasts, whether these stand in columns or in rows."""
    by = _contrast_column(grid, features, kept, statistics)
    if by is None:
        contrasts, quantities = tested(grid, statistics, kept, counted)
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
    said = grid.column(grid.declared.contrast)
    if said is None:
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


def tested(
    grid: Grid, statistics: Sequence[Statistic], kept: Sequence[int], counted: Account
) -> tuple[tuple[Contrast, ...], tuple[Quantity, ...]]:
    """Contrasts that stand in columns."""
    names = _contrast_names(statistics)
    contrasts = tuple(make_contrast(name or grid.stem) for name in names)
    quantities = []
    for name, scale in dict.fromkeys((s.name, s.scale) for s in statistics):
        by_contrast = {s.contrast: s.column for s in statistics if s.name == name}
        shared = by_contrast.get("") if "" not in names else None
        block = Block(measure=Measure(name=name, scale=scale), columns=tuple(by_contrast.get(n, shared) for n in names))
        quantities.append(evolve(block_quantity(grid, block, kept, counted), axis=Axis.CONTRASTS))
    return contrasts, _by_choice(quantities)


def _contrast_names(statistics: Sequence[Statistic]) -> list[str]:
    """The contrasts, in their order; "" is one where more than an average, which is of all, stands without a name."""
    names = list(dict.fromkeys(s.contrast for s in statistics))
    nameless = {s.name for s in statistics if not s.contrast}
    return [name for name in names if name] if nameless == _OF_ALL and len(names) > 1 else names


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
    order = ("log2_fold_change", "log_fold_change", "fold_change", "p_value", "adjusted_p_value")
    return tuple(sorted(quantities, key=lambda q: order.index(q.name) if q.name in order else len(order)))


def make_contrast(name: str) -> Contrast:
    """A contrast, its two sides where the name says them.

    >>> make_contrast("KLA_vs_CON").denominator
    'CON'
    """
    sides = re.split(r"[ _.-]+(?:vs|versus)[ _.-]+", name, maxsplit=1, flags=re.IGNORECASE)
    two = len(sides) == 2 and all(sides)  # noqa: PLR2004  # numerator and denominator
    return Contrast(name=name, numerator=sides[0] if two else None, denominator=sides[1] if two else None)
