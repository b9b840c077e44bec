"""Features in rows, samples (or contrasts) in columns."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from amprenta_core.cells import QUICK_LOOK, all_numbers, is_missing, is_numeric
from amprenta_core.errors import ParseError
from amprenta_core.extraction import mztab
from amprenta_core.extraction.grid import Account, Grid, account, make_sample, note_duplicates
from amprenta_core.extraction.quantities import Block, block_quantity
from amprenta_core.extraction.references import Columns, columns, named_only, reference
from amprenta_core.extraction.results import results_table, tested
from amprenta_core.extraction.statistics import Statistic, contrasts_in, find_statistics, is_summary
from amprenta_core.formats import (
    ANNOTATION,
    NAME_SEARCH,
    SAMPLE_LABELS,
    Measure,
    carried,
    compiled,
    feature_columns,
    fold,
)
from amprenta_core.model import FeatureRef, FeatureTable, Sample

Key = tuple[str, int]


def extract_rows(grid: Grid) -> FeatureTable:
    """Read a table with features in rows."""
    counted, whole = account(grid)
    place = columns(grid)
    described, below = _data_below(grid, counted, whole)
    labels, rows = _sample_labels(grid, counted, place, below)
    labels |= described
    fixed = grid.declared.section or grid.declared.sample_where or grid.declared.labels_above
    statistics = [] if fixed or not grid.declared.statistics else find_statistics(_undescribed(grid))
    samples, blocks = _blocks(grid, place, statistics, rows, labels)
    if not samples and not statistics:
        raise ParseError("no column holds values of samples", path=grid.path, line=grid.header_line)
    features, kept = _features(grid, place, counted, rows)
    quantities = [block_quantity(grid, block, kept, counted) for block in blocks]
    note_duplicates(grid, counted, [s.name for s in samples], "sample")
    if not samples:
        return results_table(grid, counted, features, kept, statistics)
    contrasts, tests = tested(grid, statistics, kept, counted)
    note_duplicates(grid, counted, [f.name for f in features], "feature")
    return FeatureTable(
        omics_type=grid.declared.omics_type,
        features=tuple(features),
        samples=samples,
        contrasts=contrasts,
        quantities=(*quantities, *tests),
        rows_read=counted.rows_read,
        rows_measured=counted.measured,
        problems=tuple(counted.problems),
    )


def _undescribed(grid: Grid) -> list[str]:
    """The header without the columns that the format declares as describing the feature."""
    describing = set(map(fold, grid.declared.attributes))
    return ["" if fold(cell) in describing else cell for cell in grid.header]


def _data_below(grid: Grid, counted: Account, rows: Sequence[int]) -> tuple[dict[str, int], Sequence[int]]:
    """The rows right below the header that describe its columns (label → row), set aside; the other rows."""
    if grid.declared.described_below is None:
        return {}, rows
    begins = compiled(grid.declared.described_below)
    first = next((n for n, i in enumerate(rows) if not begins.match(grid.cell(i, 0))), len(rows))
    labels: dict[str, int] = {}
    for i in rows[:first]:
        counted.put_aside(i, grid.table.place(i), "describes_columns", "the row says what the columns are")
        match = begins.match(grid.cell(i, 0))
        label = match.groupdict().get("label") if match else None
        if label and fold(label) not in map(fold, grid.declared.sample_rows):
            labels.setdefault(label, i)
    return labels, rows[first:]


def _without_label(grid: Grid, index: int, column: int) -> str:
    """A cell of a row that describes columns: in the first column it stands behind the row's own label."""
    cell = grid.cell(index, column)
    if column or grid.declared.described_below is None:
        return cell
    return compiled(grid.declared.described_below).sub("", cell, count=1).strip()


def _sample_labels(
    grid: Grid, counted: Account, place: Columns, rows: Sequence[int]
) -> tuple[dict[str, int], Sequence[int]]:
    """The first rows of a free matrix that say the group of each sample (label → row), set aside; the other rows."""
    if grid.declared.header or grid.declared.section or not place.names:
        return {}, rows
    labels: dict[str, int] = {}
    for i in rows:
        label = grid.cell(i, place.names[0])
        if not SAMPLE_LABELS.match(fold(label)):
            break
        labels[label] = i
        counted.put_aside(i, grid.table.place(i), "describes_samples", f"the row says the {label} of each sample")
    return labels, [i for i in rows if i not in labels.values()] if labels else rows


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
    grid: Grid, place: Columns, statistics: Sequence[Statistic], rows: Sequence[int], labels: Mapping[str, int]
) -> tuple[tuple[Sample, ...], list[Block]]:
    """Samples of the first quantity that has columns, and every quantity's columns in their order."""
    found = [(m, _numbered(_measure_columns(grid, m, place, statistics, rows))) for m in grid.declared.measures]
    found = [(measure, keys) for measure, keys in found if keys]
    if not found:
        return (), []
    keys = list(found[0][1])
    section = grid.declared.section
    meta = mztab.metadata(grid.table.rows, section.runs) if section else _sample_files(grid)
    samples = tuple(_sample(grid, name, found[0][1][name, k], meta, labels) for name, k in keys)
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
        return [(j, name) for j, name in feature_columns(grid.header, measure) if j not in place.used()]
    taken = place.used() | {s.column for s in statistics}
    known = contrasts_in(statistics)
    free = [
        (j, cell.strip())
        for j, cell in enumerate(grid.header)
        if j not in taken and not _describes(grid, j) and not (statistics and is_summary(cell, known))
    ]
    if grid.declared.sample_where:
        called = _sample_columns(grid, grid.declared.sample_where[1])
        free = [(j, name) for j, name in free if called is None or j in called]
    front = _front(grid, rows)
    held = {j for j, _ in free if _holds_values(grid, j, front, rows) and not _counts(grid, j, rows)}
    held |= _missing_beside(grid, {j for j, _ in free} - held, held, rows)
    return [(j, name) for j, name in free if j in held or (_is_blank_among(grid, j, held, rows) and name)]


def _describes(grid: Grid, column: int) -> bool:
    """Whether a column describes features: by what stands above it where the format labels samples, or its header."""
    if grid.above is not None:
        return column <= grid.above.column
    return bool(ANNOTATION.match(fold(grid.header[column])))


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


def _sample_columns(grid: Grid, pattern: str) -> set[int] | None:
    """The columns that the row above the header which says so calls samples; None where no row says it."""
    row = _saying_row(grid, pattern)
    if row is None:
        return None
    return {j for j in range(len(grid.header)) if re.match(pattern, grid.cell(row, j), re.IGNORECASE)}


def _saying_row(grid: Grid, pattern: str) -> int | None:
    """The row above the header that says what each column is: by its label, by its place, else by what it says."""
    label = grid.declared.sample_where[0] if grid.declared.sample_where else ""
    if not grid.declared.labels_above:
        return max(grid.found.header + grid.declared.sample_rows.get(label, 0), 0)
    if grid.above is not None:
        return grid.above.row(label)
    for i in range(max(grid.found.header, 0)):
        said = [cell.strip() for cell in grid.table.rows[i] if cell.strip()]
        if sum(bool(re.match(pattern, cell, re.IGNORECASE)) for cell in said) * 2 > len(said):
            return i
    return None


def _front(grid: Grid, rows: Sequence[int]) -> list[Sequence[str]]:
    """A few of the first rows: enough where they hold nothing but numbers."""
    whole = rows[:-1] if grid.may_be_cut and len(rows) > 1 else rows
    return [grid.table.rows[i] for i in whole[:QUICK_LOOK]]


def _holds_values(grid: Grid, column: int, front: Sequence[Sequence[str]], rows: Sequence[int]) -> bool:
    if grid.table.decimal == "." and all_numbers([row[column] if column < len(row) else "" for row in front]):
        return True
    return is_numeric(grid.cells(column, _looked_at(grid, rows)), grid.table.decimal)


def _looked_at(grid: Grid, rows: Sequence[int]) -> Sequence[int]:
    whole = rows[:-1] if grid.may_be_cut and len(rows) > 1 else rows
    return whole[:NAME_SEARCH]


def _missing_beside(grid: Grid, columns: set[int], held: set[int], rows: Sequence[int]) -> set[int]:
    """Of these columns, those whose cells all say that nothing was measured, and that stand beside columns of samples.

    A column of texts may say so as well, where nothing is known of any feature. Without samples, all that say so.
    """
    looked_at = _looked_at(grid, rows)
    missing: set[int] = set()
    for j in columns:
        cells = grid.cells(j, looked_at) if grid.header[j].strip() else ()
        if any(cells) and all(map(is_missing, cells)):
            missing.add(j)
    beside: set[int] = set() if held else missing
    while more := {j for j in missing - beside if {j - 1, j + 1} & (held | beside)}:
        beside |= more
    return beside


def _sample(grid: Grid, name: str, column: int, meta: Mapping[str, str], labels: Mapping[str, int]) -> Sample:
    if grid.declared.section:
        return make_sample(mztab.assay_name(meta, name), {})
    rows = (*_rows_above(grid).items(), *labels.items())
    said = {label: _without_label(grid, i, column) for label, i in rows}
    first, last = grid.found.header + 1, grid.found.header + grid.declared.header_rows - 1
    said |= {f"header {i + 1}": carried(grid.table.rows[i], column) for i in range(first, last)}
    said = {label: text for label, text in said.items() if text}
    return make_sample(meta[name], {"header": name, **said}) if name in meta else make_sample(name, said)


def _sample_files(grid: Grid) -> dict[str, str]:
    """Sample of the header → its file, where lines above the header say so."""
    if grid.declared.sample_files is None:
        return {}
    says = compiled(grid.declared.sample_files)
    above = (says.match("\t".join(grid.table.rows[i]).strip()) for i in range(max(grid.found.header, 0)))
    return {match["sample"].strip(): match["file"].strip() for match in above if match}


def _rows_above(grid: Grid) -> Mapping[str, int]:
    """Label → row of what stands above the header: as the file labels it, as the format does, or by its number."""
    if grid.above is not None:
        return grid.above.rows
    if grid.declared.sample_rows:
        rows = {label: grid.found.header + offset for label, offset in grid.declared.sample_rows.items()}
        return {label: i for label, i in rows.items() if i >= 0}
    if grid.declared.sample_files is not None:
        return {}
    return {f"header {i + 1}": i for i in range(max(grid.found.header, 0))}
