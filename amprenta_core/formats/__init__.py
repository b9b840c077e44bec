"""A file format as a declaration: how to recognise it, which columns identify, which pattern gives the quantities.

A new vendor version should be a new line here, not a new function. ``sniff`` recognises declared formats in a file's
head; ``extraction`` is the one reader that follows them.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Literal

from attrs import asdict, evolve, field, frozen

from amprenta_core.cells import is_missing, to_number
from amprenta_core.errors import SettingsError
from amprenta_core.formats.gct import Dimensions, gct_dimensions
from amprenta_core.formats.headers import (
    ANNOTATION,
    carried,
    compiled,
    feature_columns,
    find_column,
    fold,
    merged_header,
)
from amprenta_core.formats.locating import HEADER_SEARCH, SAMPLE_LABELS, Found, Rows, locate, locate_matrix
from amprenta_core.model import Confidence, FormatInfo, Match, ZeroMeaning
from amprenta_core.text_rows import TextRows
from amprenta_core.written import FileHead, TableHead

__all__ = [
    "ANNOTATION",
    "NAME_SEARCH",
    "SAMPLE_LABELS",
    "Dictionary",
    "Dimensions",
    "Found",
    "Layout",
    "Level",
    "Lookup",
    "Measure",
    "Section",
    "TableFormat",
    "carried",
    "combined_header",
    "compiled",
    "dictionary_keys",
    "feature_columns",
    "find_column",
    "find_dictionary",
    "fold",
    "gct_dimensions",
    "locate",
    "locate_matrix",
    "sniff",
]

Layout = Literal["rows", "columns", "long", "gct"]
NAME_SEARCH = 200


@frozen(kw_only=True)
class Measure:
    """A quantity as declared.

    ``columns`` is a regular expression over headers: with a group ``sample`` where features stand in rows, with a
    group ``feature`` where they stand in columns, without a group for the value column of a long table. None: every
    numeric column that nothing else explains. In a long table ``sample`` names columns that each hold a sample of
    their own (the channels of a label). ``combine`` says what several rows of one feature and sample are: a mistake
    ("once"), the same value repeated ("first"), parts of a sum, or candidates of which the largest is taken ("max").
    """

    name: str
    columns: str | None = None
    unit: str | None = None
    scale: str | None = "linear"
    zero: ZeroMeaning = ZeroMeaning.UNKNOWN
    combine: Literal["once", "first", "sum", "max"] = "once"


@frozen(kw_only=True)
class Level:
    """What a long table holds at another level: which of the format's fields are others there."""

    feature_type: str
    feature: tuple[str, ...]
    key: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(factory=dict)
    attributes: tuple[str, ...] = ()
    measures: tuple[Measure, ...]


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


@frozen(kw_only=True)
class Dictionary:
    """Another sheet of the workbook that says what a key stands for ("A|B": either column).

    ``label`` is the column of the name, None where the sheet only describes; all its other columns describe too.
    """

    key: str
    label: str | None = None
    header: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(factory=dict)


@frozen(kw_only=True, eq=False)
class TableFormat:
    """One format. Column names match whatever their case, and with dots, underscores or spaces between words.

    ``layout``: features in rows, in columns, one row for each value, or a GCT, which says itself what is where.
    ``header`` names columns that must all stand in the header row ("A|B": either), ``without`` those that must not.
    ``feature`` names the column of the feature's name, ``key`` the columns that tell features apart beside it;
    ``attributes`` are columns that describe it and are kept, ``ignored`` those that are not, although of numbers;
    ``sample`` the column of the sample where samples stand in rows. ``rt_seconds`` is the unit of retention times in
    seconds, where the header does not say it. Columns that never exceed ``count_column`` are
    counts. ``names`` recognises the plugin's own feature names: where given, most names must be, and ``least_names``
    of them. ``nameless``: a table is of the format although no feature in it has a name. ``others`` recognises the
    names of other omics: where most are of one, the claim is only possible, and says so. ``labels_above``: the rows
    above the header describe samples, each labelled in the last column before them. ``names_sheet`` and
    ``samples_sheet`` are the sheets that name features and describe samples; ``sheets`` says what a sheet of some name
    (a regular expression) holds instead of the first measure. ``accessions`` turns a cell of one of the columns of
    ``ids`` (namespace, cell) into clean identifiers, namespace → accession; ``related`` says which of these name other
    features that this one belongs to (namespace → type; "|" stands between several). ``columns_like`` are patterns,
    each of which some header must match. ``described_below`` is how the rows right below the header begin that
    describe its columns: they are no features, and show where the table is. ``flag_columns`` (flag → column, "A|B":
    either) marks the features whose cell there says so, instead of the flag's test of names. ``statistics``: whether
    columns of fold changes and p-values are those of tests; ``contrast`` is the column that names each row's.
    ``sample`` may join columns ("A+B"); ``channel`` tells samples of one run apart, but for the
    words ``no_channel``. ``level`` is what a row of the
    result is, ``lower`` the levels that the user may ask for instead. ``unassigned`` is what the rows are called that
    name no feature, where these were measured all the same.
    """

    name: str
    title: str
    layout: Layout
    feature_type: str
    omics_type: str
    versions: str = "any"
    header: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    header_rows: int = 1
    section: Section | None = None
    lookup: Lookup | None = None
    feature: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    sheets: Mapping[str, Measure] = field(factory=dict)
    ids: Mapping[str, str] = field(factory=dict)
    accessions: Callable[[str, str], Mapping[str, str]] | None = None
    related: Mapping[str, str] = field(factory=dict)
    attributes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    mz: tuple[str, ...] = ()
    rt: tuple[str, ...] = ()
    rt_seconds: float = 1.0
    labels_above: bool = False
    names_sheet: Dictionary | None = None
    samples_sheet: Dictionary | None = None
    sample_rows: Mapping[str, int] = field(factory=dict)
    sample_where: tuple[str, str] | None = None
    count_column: str | None = None
    unit_row: str | None = None
    label_row: str | None = None
    skip_labels: str | None = None
    names: Callable[[str], bool] | None = None
    least_names: int = 1
    nameless: bool = False
    others: Mapping[str, Callable[[str], bool]] = field(factory=dict)
    unnamed: str = r"unknown\Z"
    unassigned: str | None = None
    feature_flags: Mapping[str, Callable[[str], bool]] = field(factory=dict)
    flag_columns: Mapping[str, str] = field(factory=dict)
    columns_like: tuple[str, ...] = ()
    described_below: str | None = None
    statistics: bool = True
    contrast: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    no_channel: tuple[str, ...] = ()
    level: str = ""
    lower: Mapping[str, Level] = field(factory=dict)
    confidence: Confidence = "certain"

    @property
    def info(self) -> FormatInfo:
        """The format in the list that a plugin describes itself with."""
        return FormatInfo(name=self.name, versions=self.versions, title=self.title, levels=self.levels)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels at which the format can be read, the one of choice first."""
        return (self.level, *self.lower) if self.lower else ()

    def at(self, level: str) -> "TableFormat":
        """The format as it is at another level. Raises ``SettingsError`` where it has not got it."""
        if level in ("", self.level):
            return self
        if level not in self.lower:
            raise SettingsError(
                f"the format {self.name} cannot be read at the level {level}",
                hint="--level takes one of those that the format has",
            )
        return evolve(self, level=level, unassigned=None, **asdict(self.lower[level], recurse=False))


@frozen(kw_only=True)
class _Fit:
    """Why a table is of a format, and the omics type that its names seem to be of instead, "" where of its own."""

    reason: str
    seems: str = ""


def sniff(head: FileHead, formats: Sequence[TableFormat]) -> Match | None:
    """The first declared format that fits the head, most confident first. For ``sniff_file``."""
    order: tuple[Confidence, ...] = ("certain", "likely", "possible")
    by_confidence = sorted(formats, key=lambda declared: order.index(declared.confidence))
    return next((match for declared in by_confidence if (match := _match(head, declared))), None)


def _match(head: FileHead, declared: TableFormat) -> Match | None:
    if declared.names_sheet and len(head.tables) < 2:  # noqa: PLR2004  # the names stand in another table
        return None
    fitting = [(table.name, fit) for table in head.tables if (fit := _fits(head, table, declared))]
    if not fitting:
        return None
    fitting = [pair for pair in fitting if not pair[1].seems] or fitting
    fit = fitting[0][1]
    match = Match(
        format=declared.name,
        confidence=declared.confidence,
        reason=fit.reason,
        omics_type=declared.omics_type,
        parts=tuple(name for name, _ in fitting if name),
    )
    return evolve(match, confidence="possible", omics_type=fit.seems) if fit.seems else match


def _fits(head: FileHead, table: TableHead, declared: TableFormat) -> _Fit | None:
    found = locate(table.rows, declared)
    if found is None:
        return None
    names = head_names(table.rows, declared, found)
    columns = ", ".join(column.split("|")[0] for column in declared.header)
    why = f"columns {columns}" if columns else declared.title if declared.title[:1].isupper() else f"a {declared.title}"
    if declared.names_sheet and not _named_by_sheet(head, table, declared, found):
        return None
    if declared.names is None:
        any_names = names or declared.confidence == "possible" or declared.names_sheet
        if not any_names and not (declared.nameless and _has_numbers(table.rows, found)):
            return None
        return _seeming(declared, names, why)
    ours = sum(map(declared.names, names))
    if ours < declared.least_names or ours * 2 < len(names) or not _has_values(table.rows, declared, found):
        return None
    return _seeming(declared, names, f"{why}; {ours} of {len(names)} names looked at are {declared.feature_type}s")


def _seeming(declared: TableFormat, names: Sequence[str], why: str) -> _Fit:
    """The fit, weakened where most names are those of another omics."""
    for omics, test in declared.others.items():
        theirs = sum(map(test, names))
        if theirs and theirs * 2 >= len(names):
            return _Fit(reason=f"{why}; {theirs} of {len(names)} names looked at are of {omics}", seems=omics)
    return _Fit(reason=why)


def _named_by_sheet(head: FileHead, table: TableHead, declared: TableFormat, found: Found) -> bool:
    """Whether columns of the table are keys of the format's sheet of names."""
    assert declared.names_sheet is not None  # noqa: S101  # asked only then
    for other in head.tables:
        place = find_dictionary(other.rows, declared.names_sheet) if other.name != table.name else None
        if place is not None:
            keys = dictionary_keys(other.rows, declared.names_sheet, place)
            return bool(keys & {cell.strip() for cell in table.rows[found.header]})
    return False


def find_dictionary(rows: Rows, dictionary: Dictionary) -> int | None:
    """The row of a dictionary's header, None where the sheet is none."""
    required = (dictionary.key, *((dictionary.label,) if dictionary.label else ()), *dictionary.header)
    for i, row in enumerate(islice(rows, NAME_SEARCH)):
        if all(find_column(row, either.split("|")) is not None for either in required):
            return i
    return None


def dictionary_keys(rows: Rows, dictionary: Dictionary, header: int) -> set[str]:
    """The keys that the dictionary explains."""
    column = find_column(rows[header], dictionary.key.split("|"))
    below = (rows[i] for i in range(header + 1, len(rows)))
    return {row[column].strip() for row in below if column is not None and len(row) > column and row[column].strip()}


def _has_values(rows: Rows, declared: TableFormat, found: Found) -> bool:
    """Whether a table of recognised names holds values: of a free matrix, in columns that do not describe features."""
    if declared.header or declared.section or declared.layout != "rows" or found.header < 0:
        return _has_numbers(rows, found)
    header = rows[found.header]
    describing = {j for j, cell in enumerate(header) if cell.strip() and ANNOTATION.match(fold(cell))}
    below = rows[found.header + 1 : found.header + 1 + NAME_SEARCH]
    return any(_is_number(cell) for row in below for j, cell in enumerate(row) if j not in describing)


def _has_numbers(rows: Rows, found: Found) -> bool:
    """Whether values stand there: some below a header; without one, two in most rows, as no list of names has."""
    first = found.header + 1
    if found.header >= 0:  # one row at a time: most often the first one tells
        below_header = (rows[i] for i in range(first, min(first + NAME_SEARCH, len(rows))))
        return any(_is_number(cell) for row in below_header for cell in reversed(row))
    below = rows[first : first + NAME_SEARCH]
    return sum(sum(map(_is_number, row)) > 1 for row in below) * 2 > len(below)


def _is_number(cell: str) -> bool:
    return to_number(cell) is not None or to_number(cell, ",") is not None


def head_names(rows: Rows, declared: TableFormat, found: Found) -> list[str]:
    """Feature names in the first rows, without repetitions."""
    header = combined_header(rows, declared, found)
    if declared.layout == "columns":
        names = [name for measure in declared.measures[:1] for _, name in feature_columns(header, measure)]
        names = _labelled(rows, declared, found, names) or names or _names_across(header, declared)
    else:
        columns = [find_column(header, (n,)) for n in declared.feature] if declared.feature else [found.column]
        places = [j for j in columns if j is not None]
        if isinstance(rows, TextRows) and declared.section is None:
            first = first_below(declared, found)
            some = range(first, min(first + NAME_SEARCH, len(rows)))
            names = [cell.strip() for j in places for cell in rows.column(j, some)]
        else:
            names = [row[j].strip() for row in first_rows(rows, declared, found) for j in places if len(row) > j]
    unnamed = compiled(declared.unnamed)
    return list(dict.fromkeys(name for name in names if not is_missing(name) and not unnamed.match(name)))


def _labelled(rows: Rows, declared: TableFormat, found: Found, names: Sequence[str]) -> list[str]:
    """Of the names in a header, those that the format's label row labels as features; empty where it has none."""
    if declared.label_row is None:
        return []
    for row in rows[found.header + 1 : found.header + 1 + HEADER_SEARCH]:
        place = find_column(row, (declared.label_row,))
        if place is not None:
            skip = compiled(declared.skip_labels or r"(?!)")
            header = [cell.strip() for cell in rows[found.header]]
            labelled = {
                name for name, label in zip(header[place + 1 :], row[place + 1 :], strict=False) if label.strip()
            }
            skipped = {name for name, label in zip(header, row, strict=False) if skip.match(label.strip())}
            return [name for name in names if name in labelled - skipped]
    return []


def _names_across(header: Sequence[str], declared: TableFormat) -> list[str]:
    """From the first name that the plugin knows on, the cells of a header."""
    cells = [cell.strip() for cell in header]
    first = next((j for j, cell in enumerate(cells) if declared.names and declared.names(cell)), len(cells))
    return cells[first:]


def first_below(declared: TableFormat, found: Found) -> int:
    """The first row below the header and below what describes its columns."""
    return found.header + declared.header_rows + found.described if found.header >= 0 else 0


def first_rows(rows: Rows, declared: TableFormat, found: Found) -> Rows:
    """The first rows below the header: of all, or of those of the format's section."""
    first = first_below(declared, found)
    if declared.section is None:
        return rows[first : first + NAME_SEARCH]
    mark = declared.section.rows
    return list(islice((row for i in range(first, len(rows)) if (row := rows[i])[0] == mark), NAME_SEARCH))


def combined_header(rows: Rows, declared: TableFormat, found: Found) -> list[str]:
    """The header as one row; of several, the first and the last."""
    if found.header < 0:
        return [f"column {j + 1}" for j in range(max(map(len, rows[:NAME_SEARCH]), default=0))]
    last = found.header + declared.header_rows - 1
    return list(rows[last]) if declared.header_rows == 1 else merged_header(rows[found.header], rows[last])
