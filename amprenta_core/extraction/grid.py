"""A located table: its header, its data rows, and the accounting of each row."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import PurePath

from attrs import define, evolve, field, frozen

from amprenta_core.cells import is_missing, to_number
from amprenta_core.errors import ParseError
from amprenta_core.extraction.sheets import Above, Entry, find_above, read_dictionary
from amprenta_core.formats import Found, TableFormat, combined_header, compiled, find_column, locate
from amprenta_core.model import Problem, Sample
from amprenta_core.text_rows import TextRows
from amprenta_core.written import ParsedFile, Table

SAMPLE_FLAGS: Mapping[str, re.Pattern[str]] = {
    "blank": re.compile(r"(?:^|[^a-z])(?:[a-z]?bln?k|[a-z]*blanks?|solvent)(?:[^a-z]|$)", re.IGNORECASE),
    "quality_control": re.compile(r"(?:^|[^a-z])(?:[btpe]?qc|ltr|nist|pool(?:ed)?)s?(?:[^a-z]|$)", re.IGNORECASE),
    "calibrator": re.compile(r"(?:^|[^a-z])(?:cal(?:ibrat(?:or|ion))?|std|standard)s?(?:[^a-z]|$)", re.IGNORECASE),
    "zero_sample": re.compile(r"zero sample", re.IGNORECASE),
}
"""Samples that are no study samples: measured like them, and marked."""
_TWO_LABELS = re.compile(r"\s{2,}")
_FLAG_COLUMNS = re.compile(r".*type\b|sample|name|qc", re.IGNORECASE)


@define
class Account:
    """What happened to each data row: measured, or set aside with a problem."""

    rows_read: int
    problems: list[Problem] = field(factory=list)
    set_aside: int = 0

    def note(self, where: str, code: str, what: str) -> None:
        """An oddity that costs no row."""
        self.problems.append(Problem(where=where, code=code, what=what))

    def put_aside(self, row: int, where: str, code: str, what: str) -> None:
        """A row that is not measured, and why."""
        self.set_aside += 1
        self.problems.append(Problem(where=where, code=code, what=what, row=row))

    @property
    def measured(self) -> int:
        """Rows that were measured."""
        return self.rows_read - self.set_aside


@frozen(kw_only=True)
class Grid:
    """A table with its header found: ``body`` are indices into ``table.rows`` of the data rows."""

    declared: TableFormat
    table: Table
    found: Found
    header: tuple[str, ...]
    body: Sequence[int] = field(repr=False)
    path: str
    widest: int = 0
    """Cells of the longest data row."""
    above: Above | None = None
    """The labelled rows above the header, where the format has such."""
    entries: Mapping[str, Entry] = field(factory=dict, repr=False)
    """What the workbook's sheet of names says of the headers of this one."""
    told: Mapping[str, Entry] = field(factory=dict, repr=False)
    """What the workbook's sheet of samples says of each."""

    @property
    def header_line(self) -> int:
        """The line of the header."""
        return self.table.lines[max(self.found.header, 0)]

    @property
    def header_place(self) -> str:
        """Where the header stands, in words."""
        return self.table.place(max(self.found.header, 0))

    @property
    def stem(self) -> str:
        """The file's name without any suffix."""
        return PurePath(self.path).name.split(".")[0]

    def column(self, names: Sequence[str]) -> int | None:
        """The column of the first of these names that the header has, below a merged cell or not."""
        place = find_column(self.header, names)
        if place is None and self.declared.header_rows > 2:  # noqa: PLR2004  # merged cells name quantities there
            place = find_column([cell.rpartition("|")[2] for cell in self.header], names)
        return place

    def cell(self, index: int, column: int | None) -> str:
        """A cell, stripped; "" where the row is shorter."""
        row = self.table.rows[index]
        return row[column].strip() if column is not None and column < len(row) else ""

    def cells(self, column: int, rows: Sequence[int]) -> list[str]:
        """A column's cells as written, "" where a row is shorter."""
        table = self.table.rows
        if isinstance(table, TextRows):
            return table.column(column, rows)
        return [row[column] if column < len(row) else "" for row in map(table.__getitem__, rows)]

    def block(self, rows: Sequence[int], columns: Sequence[int]) -> Sequence[Sequence[str]]:
        """The same cells of many rows; "" where a row is shorter."""
        table = self.table.rows
        if isinstance(table, TextRows):
            return table.picked(columns, rows)
        last = max(columns, default=0)
        pick = _picker(columns)
        found: list[Sequence[str]] = []
        for i in rows:
            row = self.table.rows[i]
            if pick is not None and len(row) > last:
                found.append(pick(row))
            else:
                found.append([row[j] if j < len(row) else "" for j in columns])
        return found

    def spans(self, rows: Sequence[int], columns: Sequence[int | None]) -> list[str] | None:
        """The text of neighbouring columns, one for each row; None where the columns or a row are not like that."""
        table, run = self.table.rows, _run(columns)
        if not run or not isinstance(table, TextRows) or list(columns) != list(run):
            return None
        return table.spans(rows, run[0], run[-1])

    @property
    def delimiter(self) -> str:
        """What stands between the cells of a text."""
        return self.table.rows.delimiter if isinstance(self.table.rows, TextRows) else "\t"

    def starting(self, columns: Iterable[int]) -> "Grid":
        """The grid for whoever looks at no more than these columns of each row: the others are not cut."""
        rows = self.table.rows
        if not isinstance(rows, TextRows):
            return self
        return evolve(self, table=evolve(self.table, rows=rows.starts(max(columns, default=0) + 1)))

    def text(self, index: int, column: int | None) -> str | None:
        """A cell that says something, None where it says that nothing is there."""
        cell = self.cell(index, column)
        return None if is_missing(cell) else cell

    def number(self, index: int, column: int | None) -> float | None:
        """The number in a cell, None where there is none."""
        return None if column is None else to_number(self.cell(index, column), self.table.decimal)

    @property
    def may_be_cut(self) -> bool:
        """Whether the last data row ends the file without a line end."""
        return self.table.torn and bool(self.body) and self.body[-1] == len(self.table.rows) - 1

    @property
    def may_end_within_a_name(self) -> bool:
        """Whether the last line, which has no end, ends with a name that no other row has."""
        declared, column = self.declared, len(self.header) - 1
        named = (part for name in (*declared.feature, *declared.key, *declared.sample) for part in name.split("+"))
        if not self.may_be_cut or all(self.column(tuple(name.split("|"))) != column for name in named):
            return False
        name = self.cell(self.body[-1], column)
        return all(self.cell(i, column) != name for i in self.body[:-1])

    def is_torn(self, index: int) -> bool:
        """Whether this row is the end of a file that was cut within it."""
        is_last = self.table.torn and index == len(self.table.rows) - 1
        return is_last and self.table.width(index) < len(self.header)


def _run(columns: Sequence[int | None]) -> Sequence[int]:
    """Neighbouring columns from the first of these on."""
    first = columns[0] if columns else None
    return () if first is None else range(first, first + len(columns))


def _picker(columns: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]] | None:
    """What takes these columns out of a row that is long enough; neighbours are taken as one slice."""
    if len(columns) < 2:  # noqa: PLR2004  # one column is no sequence to itemgetter
        return None
    together = list(columns) == list(range(columns[0], columns[-1] + 1))
    return itemgetter(slice(columns[0], columns[-1] + 1)) if together else itemgetter(*columns)


def find_grid(parsed: ParsedFile, declared: TableFormat) -> Grid:
    """The declared table in a file. Raises ``ParseError`` where it is not there."""
    for table in parsed.tables:
        found = locate(table.rows, declared) if parsed.part in ("", table.name) else None
        if found is not None:
            return _grid(parsed, _for_sheet(declared, table.name), table, found)
    needs = ", ".join(declared.header) or f"names of {declared.feature_type}s"
    hint = "The file may be cut, or be another format"
    raise ParseError(f"no table of the format {declared.name} is there (needs {needs})", path=parsed.path, hint=hint)


def _for_sheet(declared: TableFormat, sheet: str) -> TableFormat:
    """The format as it holds for a sheet: what its name says comes before the first measure's own words."""
    for pattern, measure in declared.sheets.items():
        if compiled(pattern).match(sheet):
            first = evolve(measure, columns=measure.columns or declared.measures[0].columns)
            return evolve(declared, measures=(first, *declared.measures[1:]))
    return declared


def _grid(parsed: ParsedFile, declared: TableFormat, table: Table, found: Found) -> Grid:
    first = found.header + declared.header_rows if found.header >= 0 else 0
    body = range(first, len(table.rows))
    if declared.section:
        body = [i for i in body if table.rows[i][0] == declared.section.rows]  # type: ignore[assignment]
    header = combined_header(table.rows, declared, found)
    above = _above(table, found, declared, first)
    if above is not None and above.column < len(header):  # two labels in one cell: of this row, and of the column
        header[above.column] = _TWO_LABELS.split(header[above.column].strip())[-1]
    widths = table.rows.widths(body) if isinstance(table.rows, TextRows) else [len(table.rows[i]) for i in body]
    if _has_row_names(header, table, body, widths):
        header = ["", *header]
    widest = max(widths, default=0)
    if not declared.section:
        _check_width(parsed, table, header, body, widest)
    if declared.layout == "columns" or declared.section:
        table = evolve(table, rows=tuple(table.rows))  # every cell is looked at
    return Grid(
        declared=declared,
        table=table,
        found=found,
        header=tuple(header),
        body=body,
        path=parsed.path,
        widest=widest,
        above=above,
        entries=read_dictionary(parsed.tables, declared.names_sheet, table),
        told=read_dictionary(parsed.tables, declared.samples_sheet, table),
    )


def _above(table: Table, found: Found, declared: TableFormat, first: int) -> Above | None:
    """The labelled rows above the header; where they have no labels, what says that a column is a sample is none."""
    above = find_above(table, found.header) if declared.labels_above else None
    if above is None or declared.sample_where is None or first >= len(table.rows):
        return above
    row, pattern = table.rows[first], compiled(declared.sample_where[1])
    holds_a_value = above.column < len(row) and to_number(row[above.column], table.decimal) is not None
    return None if holds_a_value and any(map(pattern.match, above.rows)) else above


def _check_width(parsed: ParsedFile, table: Table, header: Sequence[str], body: Sequence[int], widest: int) -> None:
    """Raise ``ParseError`` where every row is shorter than the header: its columns cannot be told.

    A name that holds the delimiter without quotes does that. Single rows may be short: their last fields are empty.
    """
    named = len(header) - next((n for n, cell in enumerate(reversed(header)) if cell.strip()), 0)
    whole_rows = len(body) - (1 if table.torn else 0)
    if whole_rows > 0 and widest < named:
        what = f"the header has {named} fields and no row more than {widest}"
        hint = "A name in the header may hold the delimiter: quote it"
        raise ParseError(what, path=parsed.path, line=table.lines[body[0]], hint=hint)


def _has_row_names(header: Sequence[str], table: Table, body: Sequence[int], widths: Sequence[int]) -> bool:
    """Whether rows begin with a name that the header has no column for, as R writes them."""
    longer = len(header) + 1
    if not widths or not header[0].strip() or Counter(widths).most_common(1)[0][0] != longer:
        return False
    return any(table.rows[i][-1].strip() for i, width in zip(body, widths, strict=True) if width == longer)


def account(grid: Grid) -> tuple[Account, Sequence[int]]:
    """The account of a grid's rows, and the rows that are whole: a torn last row is set aside at once."""
    counted = Account(rows_read=len(grid.body))
    rows = grid.body
    if rows and grid.is_torn(rows[-1]):
        rows, last = rows[:-1], rows[-1]
        what = f"the file ends within this row ({grid.table.width(last)} of {len(grid.header)} fields)"
        counted.put_aside(last, grid.table.place(last), "torn_row", what)
    elif rows and grid.may_end_within_a_name:
        rows, last = rows[:-1], rows[-1]
        what = "the last line has no line end: the name at its end, which no other row has, may have been cut"
        counted.put_aside(last, grid.table.place(last), "torn_row", what)
    elif grid.table.torn:
        what = "the last line has no line end: if the file was cut, its last value may be incomplete"
        counted.note(grid.table.place(len(grid.table.rows) - 1), "unterminated_last_line", what)
    _note_ragged(grid, counted, rows)
    return counted, rows


def _note_ragged(grid: Grid, counted: Account, rows: Iterable[int]) -> None:
    width = len(grid.header)
    for i in rows if grid.widest > width else ():
        extra = [cell for cell in grid.table.rows[i][width:] if cell.strip()]
        if extra:
            what = f"has {len(extra)} more fields than the header ({extra[0][:40]!r} first): they are not read"
            counted.note(grid.table.place(i), "long_row", what)


def make_sample(name: str, attributes: Mapping[str, str]) -> Sample:
    """A sample with the marks that its name or type earns."""
    texts = [name, *(value for key, value in attributes.items() if _FLAG_COLUMNS.match(key))]
    flags = tuple(flag for flag, pattern in SAMPLE_FLAGS.items() if any(pattern.search(t) for t in texts))
    return Sample(name=name, attributes=dict(attributes), flags=flags)


def note_duplicates(grid: Grid, counted: Account, names: Sequence[str | None], what: str) -> None:
    """One problem that says which names stand there more than once; all are kept."""
    repeated = [name for name, times in Counter(n for n in names if n is not None).items() if times > 1]
    if repeated:
        shown = ", ".join(repeated[:3]) + (", …" if len(repeated) > 3 else "")  # noqa: PLR2004  # three examples
        text = f"{what} names that stand in the table more than once, each kept apart: {len(repeated)} ({shown})"
        counted.note(grid.header_place, f"duplicate_{what}_names", text)
