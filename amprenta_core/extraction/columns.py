"""Features in columns, samples in rows."""

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from amprenta_core.cells import NumberReader, is_missing, is_numeric
from amprenta_core.errors import ParseError
from amprenta_core.extraction.grid import Account, Grid, account, make_sample, note_duplicates
from amprenta_core.extraction.quantities import in_table, note_unreadable
from amprenta_core.extraction.references import cleaned, flags_of
from amprenta_core.extraction.sheets import Entry, find_entry
from amprenta_core.formats import NAME_SEARCH, Dictionary, Measure, feature_columns, fold
from amprenta_core.model import FeatureRef, FeatureTable, Quantity, Sample

_DERIVED = re.compile(r"(?:sum|total|ratio|average|mean)\b|.+[_ -](?:pct|percent|%|by[_ -]\w+)\Z", re.IGNORECASE)
_LIMITS = re.compile(r"(?:l?lod|[lu]?loq)\b", re.IGNORECASE)
_COVARIATES = re.compile(
    r"(?:group|class|label|batch|plate|run|order|injection|age|sex|gender|bmi|weight|height|time|day|visit|dose|site|"
    r"replicate|subject|patient|case|control|treatment|condition|status|score|outcome)s?"
    r"(?: (?:no|id|code|name|order|number|index|years|kg|cm|h|min))?(?: ?[(\[].{1,20}[)\]])?\Z"
)
"""Headers, folded, of numbers that describe samples: features only where the plugin knows them as such."""
_FIRST_COLUMN_NAMES = ("sample", "sample id", "sampleid", "sample name", "id", "name")


@frozen(kw_only=True)
class FeatureColumn:
    """A feature and its column; ``label`` is what the label row says of it."""

    name: str
    column: int
    label: str = ""


def extract_columns(grid: Grid) -> FeatureTable:
    """Read a table with features in columns."""
    counted, rows = account(grid)
    labels = _labels(grid, rows)
    features, dropped = _feature_columns(grid, labels, rows)
    _note_dropped(grid, counted, dropped)
    taken = {f.column for f in (*features, *dropped)}
    name_column = _sample_column(grid, taken)
    kept = _sample_rows(grid, counted, rows, name_column)
    samples = tuple(_sample(grid, i, name_column, taken) for i in kept)
    quantities = _quantities(grid, features, kept, counted)
    refs = tuple(_reference(grid, f) for f in features)
    _note_unnamed(grid, counted, features)
    note_duplicates(grid, counted, [f.name for f in refs], "feature")
    note_duplicates(grid, counted, [s.name for s in samples], "sample")
    return FeatureTable(
        omics_type=grid.declared.omics_type,
        features=refs,
        samples=samples,
        quantities=quantities,
        rows_read=counted.rows_read,
        rows_measured=counted.measured,
        problems=tuple(counted.problems),
    )


def _labels(grid: Grid, rows: Sequence[int]) -> dict[int, str]:
    """Column → its cell in the label row (the class of each metabolite); empty without such a row."""
    wanted = grid.declared.label_row
    if wanted is None:
        return {}
    for i in rows[:NAME_SEARCH]:
        row = grid.table.rows[i]
        place = next((j for j, cell in enumerate(row) if fold(cell) == fold(wanted)), None)
        if place is not None:
            return {j: cell.strip() for j, cell in enumerate(row) if j > place and cell.strip()}
    return {}


def _feature_columns(
    grid: Grid, labels: Mapping[int, str], rows: Sequence[int]
) -> tuple[list[FeatureColumn], list[FeatureColumn]]:
    """The feature columns, and those that are derived from them."""
    pairs = feature_columns(grid.header, grid.declared.measures[0]) or _explained(grid) or _recognised(grid, rows)
    if grid.declared.label_row and not labels:
        pairs = [(j, name) for j, name in pairs if not _describes(grid, j) and _numeric(grid, j, rows)]
    found = [
        FeatureColumn(name=name, column=j, label=labels.get(j, "")) for j, name in pairs if not labels or j in labels
    ]
    skip = grid.declared.skip_labels
    derived = [f for f in found if (_DERIVED.match(f.name) or (skip and re.match(skip, f.label, re.IGNORECASE)))]
    features = [f for f in found if f not in derived]
    if not features:
        raise ParseError("no column is named after a feature", path=grid.path, line=grid.header_line)
    return features, derived


def _explained(grid: Grid) -> list[tuple[int, str]]:
    """The columns that the workbook's sheet of names explains, by their keys."""
    return [(j, key) for j, cell in enumerate(grid.header) if (key := cell.strip()) in grid.entries]


def _note_unnamed(grid: Grid, counted: Account, features: Sequence[FeatureColumn]) -> None:
    """Keys of the sheet of names that no column has."""
    absent = grid.entries.keys() - {f.name for f in features}
    if absent:
        first = next(key for key in grid.entries if key in absent)
        what = f"names in the sheet of names without a column of values: {len(absent)} ({first} first)"
        counted.note(grid.header_place, "names_without_values", what)


def _describes(grid: Grid, column: int) -> bool:
    """Whether the format declares the column as one that describes samples."""
    declared = {fold(name) for names in (*grid.declared.header, *grid.declared.sample) for name in names.split("|")}
    return fold(grid.header[column]) in declared


def _recognised(grid: Grid, rows: Sequence[int]) -> list[tuple[int, str]]:
    """From the first column with a name that the plugin knows on: each such column, and each numeric one."""
    names = grid.declared.names
    known = [j for j, cell in enumerate(grid.header) if names and names(cell.strip())]
    if not known:
        return []
    return [
        (j, cell.strip())
        for j, cell in enumerate(grid.header)
        if j >= known[0] and cell.strip() and (j in known or _may_be_feature(grid, j, rows))
    ]


def _may_be_feature(grid: Grid, column: int, rows: Sequence[int]) -> bool:
    """Whether a column among features that the plugin does not know by name is one: numbers, and no covariate."""
    return not _COVARIATES.match(fold(grid.header[column])) and _numeric(grid, column, rows)


def _numeric(grid: Grid, column: int, rows: Sequence[int]) -> bool:
    return is_numeric([grid.cell(i, column) for i in rows[:NAME_SEARCH]], grid.table.decimal)


def _note_dropped(grid: Grid, counted: Account, dropped: Sequence[FeatureColumn]) -> None:
    if dropped:
        what = f"sums, ratios or indicators of other columns, not measured: {len(dropped)} ({dropped[0].name} first)"
        counted.note(grid.header_place, "derived_columns", what)


def _sample_column(grid: Grid, taken: set[int]) -> int | None:
    """The column with the samples' names: as declared, by its usual names, else the first that is left."""
    named = grid.column((*grid.declared.sample, *_FIRST_COLUMN_NAMES))
    if named is not None and named not in taken:
        return named
    return next((j for j in range(len(grid.header)) if j not in taken), None)


def _sample_rows(grid: Grid, counted: Account, rows: Sequence[int], name_column: int | None) -> list[int]:
    kept = []
    for i in rows:
        if name_column is not None and not _names_a_sample(grid, grid.cell(i, name_column)):
            label = next((cell.strip() for cell in grid.table.rows[i] if cell.strip()), "")
            counted.put_aside(
                i, grid.table.place(i), "not_a_sample", f"the row names no sample (it begins {label[:40]!r})"
            )
        else:
            kept.append(i)
    return kept


def _names_a_sample(grid: Grid, name: str) -> bool:
    """Whether a row's name is one: nothing, a limit of detection and the label of the label row are none."""
    return not (is_missing(name) or _LIMITS.match(name) or fold(name) == fold(grid.declared.label_row or ""))


def _sample(grid: Grid, index: int, name_column: int | None, taken: set[int]) -> Sample:
    name = grid.cell(index, name_column) if name_column is not None else grid.table.place(index)
    blocks = {grid.header[j].partition("|")[0] for j in taken} if grid.declared.header_rows > 1 else set()
    said = {
        cell.strip().removeprefix(f"{grid.header[0].partition('|')[0]}|"): grid.cell(index, j)
        for j, cell in enumerate(grid.header)
        if j not in taken and j != name_column and not _belongs(cell, blocks)
    }
    told = grid.told[name].said if name in grid.told else {}
    return make_sample(
        name, {**{label: text for label, text in said.items() if label and not is_missing(text)}, **told}
    )


def _belongs(cell: str, blocks: set[str]) -> bool:
    """Whether a column of a merged header belongs to a feature, not to the sample."""
    block = cell.partition("|")[0]
    return block in blocks or (bool(blocks) and block.endswith((" Method", " Results")))


def _quantities(
    grid: Grid, features: Sequence[FeatureColumn], kept: Sequence[int], counted: Account
) -> tuple[Quantity, ...]:
    quantities = [_quantity(grid, grid.declared.measures[0], [f.column for f in features], kept, counted)]
    order = [f.name for f in features]
    for measure in grid.declared.measures[1:]:
        pairs = feature_columns(grid.header, measure)
        if [name for _, name in pairs] == order:
            quantities.append(_quantity(grid, measure, [j for j, _ in pairs], kept, counted))
    return tuple(quantities)


def _quantity(grid: Grid, measure: Measure, place: Sequence[int], kept: Sequence[int], counted: Account) -> Quantity:
    """Samples × features are read row by row and turned round."""
    reader = NumberReader(width=len(place), decimal=grid.table.decimal)
    values = reader.read(grid.block(kept, place))
    note_unreadable(grid, in_table(reader, kept), counted, place)
    turned = {
        reason: tuple(sorted(cell % len(place) * len(kept) + cell // len(place) for cell in cells))
        for reason, cells in reader.reasons().items()
    }
    return Quantity(
        name=measure.name,
        values=values.T.copy(),
        unit=measure.unit or _unit(grid),
        scale=measure.scale,
        zero=measure.zero,
        missing=turned,
    )


def _unit(grid: Grid) -> str | None:
    """The unit that a row of the preamble states, by the declared pattern."""
    if grid.declared.unit_row is None:
        return None
    pattern = re.compile(grid.declared.unit_row)
    matches = (pattern.search(cell) for row in grid.table.rows[:NAME_SEARCH] for cell in row[:12])
    return next((m.group(1) for m in matches if m), None)


def _reference(grid: Grid, feature: FeatureColumn) -> FeatureRef:
    declared = grid.declared
    entry = grid.entries.get(feature.name)
    if entry is not None and declared.names_sheet is not None:
        return _explained_reference(grid, feature, entry, declared.names_sheet)
    attributes = {"label": feature.label} if feature.label else {}
    return FeatureRef(
        name=feature.name,
        type=declared.feature_type,
        flags=flags_of(declared, feature.name),
        attributes=attributes,
    )


def _explained_reference(grid: Grid, feature: FeatureColumn, entry: Entry, sheet: Dictionary) -> FeatureRef:
    """A feature by its key's name in the sheet of names; the key where that has none."""
    declared = grid.declared
    name = entry.label or feature.name
    columns = {namespace: find_entry(entry, column.split("|")) for namespace, column in sheet.ids.items()}
    ids = {namespace: text for namespace, text in columns.items() if text is not None}
    kept = {label: text for label in declared.attributes if (text := find_entry(entry, (label,))) is not None}
    return FeatureRef(
        name=name,
        type=declared.feature_type,
        ids=cleaned(declared, ids),
        flags=flags_of(declared, name),
        attributes={sheet.key.split("|")[0]: feature.name, **kept},
    )
