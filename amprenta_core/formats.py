"""A file format as a declaration: how to recognise it, which columns identify, which pattern gives the quantities.

A new vendor version should be a new line here, not a new function. ``sniff`` recognises declared formats in a file's
head; ``extraction`` is the one reader that follows them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Literal

from attrs import field, frozen

from amprenta_core.cells import is_missing, to_number
from amprenta_core.model import Confidence, FileHead, FormatInfo, Match, TableHead, ZeroMeaning
from amprenta_core.text_rows import TextRows

Layout = Literal["rows", "columns", "long"]
Rows = Sequence[Sequence[str]]

HEADER_SEARCH = 80
"""How many rows may stand above a header."""
LONGEST_NUMBERS_ABOVE = 12
"""A header stands below no longer run of number rows than this."""
NAME_SEARCH = 200
MATRIX_SEARCH = 60
NAME_COLUMNS = 6
_GLANCE = 20
_SPACES = re.compile(r"[\s._]+")
_HEADER_WORDS = re.compile(
    r"(?:|name|names|id|feature|features|species|lipid|lipids|compound|compounds|metabolite|molecule|sample|analyte)\Z"
)


@frozen(kw_only=True)
class Measure:
    """A quantity as declared.

    ``columns`` is a regular expression over headers: with a group ``sample`` where features stand in rows, with a
    group ``feature`` where they stand in columns, without a group for the value column of a long table. None: every
    numeric column that nothing else explains.
    """

    name: str
    columns: str | None = None
    unit: str | None = None
    scale: str | None = "linear"
    zero: ZeroMeaning = ZeroMeaning.UNKNOWN


@frozen(kw_only=True)
class Section:
    """Lines of one kind among others: the header's first cell, the rows' first cell (as mzTab has)."""

    header: str
    rows: str


@frozen(kw_only=True)
class Lookup:
    """Where another section of the file says m/z and retention time: its rows are found by ``refs`` → ``key``."""

    section: Section
    refs: str
    key: str
    mz: str
    rt: str


@frozen(kw_only=True, eq=False)
class TableFormat:
    """One format. Column names match whatever their case, and with dots, underscores or spaces between words.

    ``header`` names columns that must all stand in the header row ("A|B": either). ``feature`` names the column of
    the feature's name, ``key`` the columns that tell features apart beside it; ``sample`` the column of the sample
    where samples stand in rows. Columns that never exceed ``count_column`` are counts. ``names`` recognises the
    plugin's own feature names: where given, most names must be.
    """

    name: str
    title: str
    layout: Layout
    feature_type: str
    omics_type: str
    versions: str = "any"
    header: tuple[str, ...] = ()
    header_rows: int = 1
    section: Section | None = None
    lookup: Lookup | None = None
    feature: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    ids: Mapping[str, str] = field(factory=dict)
    attributes: tuple[str, ...] = ()
    mz: tuple[str, ...] = ()
    rt: tuple[str, ...] = ()
    rt_seconds: float = 1.0
    sample_rows: Mapping[str, int] = field(factory=dict)
    sample_where: tuple[str, str] | None = None
    count_column: str | None = None
    unit_row: str | None = None
    label_row: str | None = None
    skip_labels: str | None = None
    names: Callable[[str], bool] | None = None
    unnamed: str = r"unknown\Z"
    feature_flags: Mapping[str, Callable[[str], bool]] = field(factory=dict)
    confidence: Confidence = "certain"

    @property
    def info(self) -> FormatInfo:
        """The format in the list that a plugin describes itself with."""
        return FormatInfo(name=self.name, versions=self.versions, title=self.title)


@frozen(kw_only=True)
class Found:
    """Where a format's table lies: row of the header (-1: none), and the column of names in a free matrix."""

    header: int
    column: int = 0


@cache
def compiled(pattern: str) -> "re.Pattern[str]":
    """A declared pattern, without regard to case."""
    return re.compile(pattern, re.IGNORECASE)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A header as it is compared: case, dots, underscores and runs of spaces do not matter.

    >>> fold("Precursor.Mz") == fold("Precursor  mz")
    True
    """
    return _SPACES.sub(" ", text).strip().casefold()


def sniff(head: FileHead, formats: Sequence[TableFormat]) -> Match | None:
    """The first declared format that fits the head, most confident first. For ``sniff_file``."""
    order: tuple[Confidence, ...] = ("certain", "likely", "possible")
    for confidence in order:
        for declared in formats:
            if declared.confidence == confidence and (match := _match(head, declared)):
                return match
    return None


def _match(head: FileHead, declared: TableFormat) -> Match | None:
    fitting = [(table.name, reason) for table in head.tables if (reason := _fits(table, declared))]
    if not fitting:
        return None
    parts = tuple(name for name, _ in fitting if name)
    return Match(
        format=declared.name,
        confidence=declared.confidence,
        reason=fitting[0][1],
        omics_type=declared.omics_type,
        parts=parts,
    )


def _fits(table: TableHead, declared: TableFormat) -> str | None:
    found = locate(table.rows, declared)
    if found is None:
        return None
    names = head_names(table.rows, declared, found)
    columns = ", ".join(column.split("|")[0] for column in declared.header)
    why = f"columns {columns}" if columns else f"a {declared.title}"
    if declared.names is None:
        return why if names or declared.confidence == "possible" else None
    ours = sum(map(declared.names, names))
    if not names or ours * 2 < len(names) or not _has_numbers(table.rows, found):
        return None
    return f"{why}; {ours} of {len(names)} names looked at are {declared.feature_type}s"


def _has_numbers(rows: Rows, found: Found) -> bool:
    """Whether values stand there: some below a header; without one, two in most rows, as no list of names has."""
    below = rows[found.header + 1 : found.header + 1 + NAME_SEARCH]
    if found.header >= 0:
        return any(_is_number(cell) for row in below for cell in reversed(row))
    return sum(sum(map(_is_number, row)) > 1 for row in below) * 2 > len(below)


def _is_number(cell: str) -> bool:
    return to_number(cell) is not None or to_number(cell, ",") is not None


def head_names(rows: Rows, declared: TableFormat, found: Found) -> list[str]:
    """Feature names in the first rows, without repetitions."""
    header = combined_header(rows, declared, found)
    if declared.layout == "columns":
        names = [name for measure in declared.measures[:1] for _, name in feature_columns(header, measure)]
        names = names or [cell.strip() for cell in header if declared.names and declared.names(cell.strip())]
    else:
        columns = [find_column(header, (n,)) for n in declared.feature] if declared.feature else [found.column]
        places = [j for j in columns if j is not None]
        starts = rows.starts(max(places, default=0) + 1) if isinstance(rows, TextRows) else rows
        names = [row[j].strip() for row in first_rows(starts, declared, found) for j in places if len(row) > j]
    unnamed = compiled(declared.unnamed)
    return list(dict.fromkeys(name for name in names if not is_missing(name) and not unnamed.match(name)))


def first_rows(rows: Rows, declared: TableFormat, found: Found) -> Rows:
    """The first rows below the header: of all, or of those of the format's section."""
    first = found.header + declared.header_rows if found.header >= 0 else 0
    if declared.section is None:
        return rows[first : first + NAME_SEARCH]
    mark = declared.section.rows
    return list(islice((row for i in range(first, len(rows)) if (row := rows[i])[0] == mark), NAME_SEARCH))


def feature_columns(header: Sequence[str], measure: Measure) -> list[tuple[int, str]]:
    """(column, name) of each header that the measure's pattern matches; the name is the pattern's only group."""
    if measure.columns is None:
        return []
    pattern = re.compile(measure.columns)
    matches = [(i, pattern.match(cell.strip())) for i, cell in enumerate(header)]
    return [(i, m.group(m.lastgroup or 0).strip()) for i, m in matches if m]


def find_column(header: Sequence[str], names: Sequence[str]) -> int | None:
    """The column of the first of these names that stands in the header."""
    folded = [fold(cell) for cell in header]
    return next((folded.index(fold(name)) for name in names if fold(name) in folded), None)


def locate(rows: Rows, declared: TableFormat) -> Found | None:
    """Where the format's table lies in these rows, None where it does not."""
    if declared.section:
        return _by_section(rows, declared)
    if declared.header:
        return _by_header(rows, declared)
    return locate_matrix(rows, declared)


def _by_section(rows: Rows, declared: TableFormat) -> Found | None:
    mark = declared.section.header if declared.section else ""
    if isinstance(rows, TextRows):
        header = rows.beginning(mark)
    else:
        header = next((i for i, row in enumerate(rows) if row[0] == mark), None)
    return Found(header=header) if header is not None and _has_columns(rows[header], declared.header) else None


def _by_header(rows: Rows, declared: TableFormat) -> Found | None:
    numbers = 0
    for i, row in enumerate(islice(rows, HEADER_SEARCH)):
        words = _header_words(tuple(row))
        if words and all(any(fold(name) in words for name in either.split("|")) for either in declared.header):
            return Found(header=i - (declared.header_rows - 1))
        numbers = 0 if words else numbers + 1
        if numbers > LONGEST_NUMBERS_ABOVE:
            return None
    return None


@lru_cache(maxsize=512)
def _header_words(row: tuple[str, ...]) -> frozenset[str]:
    """The cells of a row that may be a header, folded; empty for a row of numbers. All formats ask alike."""
    return frozenset(map(fold, row)) if _may_be_header(row) else frozenset()


def _may_be_header(row: Sequence[str]) -> bool:
    """Cheap: a row of numbers need not be compared with every format."""
    start = row[:12]
    return sum(cell[:1].isdigit() for cell in start) * 5 <= len(start) * 4


def _has_columns(row: Sequence[str], required: Sequence[str]) -> bool:
    folded = set(map(fold, row))
    return all(any(fold(name) in folded for name in either.split("|")) for either in required)


def locate_matrix(rows: Rows, declared: TableFormat) -> Found | None:
    """Header and name column of a free matrix, found by the names that the plugin recognises."""
    names = declared.names
    if names is None:
        return None
    top = rows[:MATRIX_SEARCH]
    across = [_count_names(row, names) if _may_be_header(row) else 0 for row in top[:HEADER_SEARCH]]
    if declared.layout == "columns":
        best = max(across, default=0)
        return Found(header=across.index(best)) if best > 1 else None
    down = [_count_names([row[j] for row in top if j < len(row)], names) for j in range(NAME_COLUMNS)]
    column = down.index(max(down))
    if down[column] < 1 or down[column] < max(across):
        return None
    first = next(i for i, row in enumerate(top) if column < len(row) and names(row[column].strip()))
    return Found(header=_header_above(top, first, column), column=column)


def _count_names(cells: Sequence[str], names: Callable[[str], bool]) -> int:
    if cells and sum(cell[:1].isdigit() for cell in cells[:_GLANCE]) == len(cells[:_GLANCE]):
        return 0  # a column of numbers
    return sum(1 for cell in cells if cell and not cell[0].isdigit() and names(cell.strip()))


def _header_above(rows: Rows, first: int, column: int) -> int:
    """The nearest row above the first recognised name that is no data row."""
    i = first - 1
    while i > 0 and _is_data(rows[i], column):
        i -= 1
    if i < 0 or (i == 0 and _is_data(rows[0], column) and not _HEADER_WORDS.match(fold(_at(rows[0], column)))):
        return -1
    return i


def _is_data(row: Sequence[str], column: int) -> bool:
    others = [cell for j, cell in enumerate(row) if j != column and cell.strip()]
    numbers = sum(1 for cell in others if to_number(cell) is not None)
    return bool(_at(row, column).strip()) and numbers * 2 > len(others)


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def combined_header(rows: Rows, declared: TableFormat, found: Found) -> list[str]:
    """The header as one row. Merged cells of an upper row are carried to the right and put before "|"."""
    if found.header < 0:
        return [f"column {j + 1}" for j in range(max(map(len, rows[:NAME_SEARCH]), default=0))]
    if declared.header_rows == 1:
        return list(rows[found.header])
    upper, lower = rows[found.header], rows[found.header + 1]
    merged, block = [], ""
    for j, cell in enumerate(lower):
        block = " ".join(_at(upper, j).split()) or block
        merged.append(f"{block}|{cell.strip()}")
    return merged
