"""A located table: its header, its data rows, and the accounting of each row."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import PurePath

from attrs import define, evolve, field, frozen

from amprenta_core.cells import is_missing, to_number
from amprenta_core.errors import ParseError
from amprenta_core.formats import Found, TableFormat, combined_header, compiled, find_column, locate
from amprenta_core.model import FeatureRef, ParsedFile, Problem, Sample, Table
from amprenta_core.text_rows import TextRows

SAMPLE_FLAGS: Mapping[str, re.Pattern[str]] = {
    "blank": re.compile(r"(?:^|[^a-z])(?:[a-z]?blk|[a-z]*blanks?|solvent)(?:[^a-z]|$)", re.IGNORECASE),
    "quality_control": re.compile(r"(?:^|[^a-z])(?:[btpe]?qc|ltr|nist|pool(?:ed)?)s?(?:[^a-z]|$)", re.IGNORECASE),
    "calibrator": re.compile(r"(?:^|[^a-z])(?:cal(?:ibrat(?:or|ion))?|std|standard)s?(?:[^a-z]|$)", re.IGNORECASE),
    "zero_sample": re.compile(r"zero sample", re.IGNORECASE),
}
"""Samples that are no study samples: measured like them, and marked."""
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
    body: tuple[int, ...] = field(repr=False)
    path: str
    widest: int = 0
    """Cells of the longest data row."""

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
        """The column of the first of these names that the header has."""
        return find_column(self.header, names)

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

    def block(self, rows: Sequence[int], columns: Sequence[int]) -> list[Sequence[str]]:
        """The same cells of many rows; "" where a row is shorter."""
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
        found = locate(table.rows, declared)
        if found is not None:
            return _grid(parsed, declared, table, found)
    needs = ", ".join(declared.header) or f"names of {declared.feature_type}s"
    hint = "The file may be cut, or be another format"
    raise ParseError(f"no table of the format {declared.name} is there (needs {needs})", path=parsed.path, hint=hint)


def _grid(parsed: ParsedFile, declared: TableFormat, table: Table, found: Found) -> Grid:
    first = found.header + declared.header_rows if found.header >= 0 else 0
    body = range(first, len(table.rows))
    if declared.section:
        body = [i for i in body if table.rows[i][0] == declared.section.rows]  # type: ignore[assignment]
    header = combined_header(table.rows, declared, found)
    widths = table.rows.widths(body) if isinstance(table.rows, TextRows) else [len(table.rows[i]) for i in body]
    if _has_row_names(header, table, body, widths):
        header = ["", *header]
    widest = max(widths, default=0)
    if not declared.section:
        _check_width(parsed, table, header, body, widest)
    if declared.layout != "rows" or declared.section:
        table = evolve(table, rows=tuple(table.rows))  # every cell is looked at
    return Grid(
        declared=declared,
        table=table,
        found=found,
        header=tuple(header),
        body=tuple(body),
        path=parsed.path,
        widest=widest,
    )


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


def account(grid: Grid) -> tuple[Account, list[int]]:
    """The account of a grid's rows, and the rows that are whole: a torn last row is set aside at once."""
    counted = Account(rows_read=len(grid.body))
    rows = list(grid.body)
    if rows and grid.is_torn(rows[-1]):
        last = rows.pop()
        what = f"the file ends within this row ({grid.table.width(last)} of {len(grid.header)} fields)"
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


@frozen(kw_only=True)
class Columns:
    """Where a format's descriptive columns stand; a row's name is the first that is there."""

    names: tuple[int, ...]
    key: tuple[int, ...]
    ids: tuple[tuple[str, int], ...]
    mz: int | None
    rt: int | None
    attributes: tuple[tuple[str, int], ...]

    @property
    def only_name(self) -> int | None:
        """The column of names of a table that describes features by nothing else."""
        alone = len(self.names) == 1 and self.used() == {*self.names}
        return self.names[0] if alone else None

    def used(self) -> set[int]:
        """All of them."""
        pairs = [j for _, j in (*self.ids, *self.attributes)]
        return {j for j in (self.mz, self.rt, *self.names, *self.key, *pairs) if j is not None}


def columns(grid: Grid) -> Columns:
    """The descriptive columns of a grid."""
    declared = grid.declared
    named = [(name, grid.column((name,))) for name in declared.attributes]
    ids = [(namespace, grid.column((column,))) for namespace, column in declared.ids.items()]
    return Columns(
        names=tuple(j for n in declared.feature if (j := grid.column((n,))) is not None)
        or (() if declared.feature else (grid.found.column,)),
        key=tuple(j for k in declared.key if (j := grid.column(tuple(k.split("|")))) is not None),
        ids=tuple((n, j) for n, j in ids if j is not None),
        mz=grid.column(declared.mz),
        rt=grid.column(declared.rt),
        attributes=tuple((n, j) for n, j in named if j is not None),
    )


def reference(grid: Grid, place: Columns, index: int) -> FeatureRef | None:
    """The feature that a row names, None where nothing identifies it."""
    name = _name(grid, place, index)
    mz, rt = grid.number(index, place.mz), grid.number(index, place.rt)
    keys = {grid.header[j].strip(): cell for j in place.key if (cell := grid.cell(index, j))}
    if name is None and mz is None and not keys:
        return None
    ids = {namespace: text for namespace, j in place.ids if (text := grid.text(index, j)) is not None}
    rest = {name: text for name, j in place.attributes if (text := grid.text(index, j)) is not None}
    return FeatureRef(
        name=name,
        type=grid.declared.feature_type,
        ids=clean_ids(ids),
        mz=mz,
        rt=None if rt is None else round(rt * grid.declared.rt_seconds, 6),
        flags=flags_of(grid.declared, name),
        attributes={**keys, **rest},
    )


def named_only(grid: Grid, column: int, rows: Sequence[int]) -> list[FeatureRef | None]:
    """What ``reference`` says of rows that only have names, all of one column: most tables are like that."""
    return [_named(grid.declared, cell) for cell in grid.cells(column, rows)]


@lru_cache(maxsize=65_536)  # the tables of one laboratory name the same features
def _named(declared: TableFormat, cell: str) -> FeatureRef | None:
    name = cell.strip()
    if is_missing(name) or compiled(declared.unnamed).match(name):
        return None
    return FeatureRef(name=name, type=declared.feature_type, flags=flags_of(declared, name))


def _name(grid: Grid, place: Columns, index: int) -> str | None:
    """The first name that the row has; a word for "unknown" is none."""
    for j in place.names:
        name = grid.text(index, j)
        if name is not None:
            return None if compiled(grid.declared.unnamed).match(name) else name
    return None


def clean_ids(ids: Mapping[str, str]) -> dict[str, str]:
    """Identifiers under their own namespace: ``LM:LMSP02010012`` in a general column is a LIPID MAPS id."""
    cleaned = {}
    for namespace, text in ids.items():
        prefix, colon, accession = text.partition(":")
        known = _PREFIXES.get(prefix.casefold()) if colon else None
        if known:
            cleaned[known] = accession.strip()
        elif namespace != "database":
            cleaned[namespace] = text
    return cleaned


_PREFIXES = {
    "lm": "lipidmaps", "lipidmaps": "lipidmaps", "slm": "swisslipids", "swisslipids": "swisslipids", "hmdb": "hmdb",
    "chebi": "chebi", "kegg": "kegg", "cid": "pubchem", "pubchem": "pubchem",
}  # fmt: skip


def flags_of(declared: TableFormat, name: str | None) -> tuple[str, ...]:
    """The marks that a feature's name earns."""
    return tuple(flag for flag, test in declared.feature_flags.items() if name is not None and test(name))


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
