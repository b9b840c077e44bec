"""Where a format's table lies: by its section, by its header, or by the names that a plugin recognises."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from attrs import frozen

from amprenta_core.cells import to_number
from amprenta_core.formats.gct import HEADER as GCT_HEADER
from amprenta_core.formats.gct import gct_dimensions
from amprenta_core.formats.headers import find_column, fold
from amprenta_core.text_rows import TextRows

if TYPE_CHECKING:
    from amprenta_core.formats import Dictionary, TableFormat

Rows = Sequence[Sequence[str]]

HEADER_SEARCH = 80
"""How many rows may stand above a header."""
LONGEST_NUMBERS_ABOVE = 12
"""A header stands below no longer run of number rows than this."""
NAME_SEARCH = 200
MATRIX_SEARCH = 60
NAME_COLUMNS = 6
_GLANCE = 20
_LETTER = re.compile(r"[^\W\d_]")
_HEADER_WORDS = re.compile(
    r"(?:|name|names|id|feature|features|species|lipid|lipids|compound|compounds|metabolite|metabolites|molecule|"
    r"sample|samples|analyte|analytes)\Z"
)
SAMPLE_LABELS = re.compile(
    r"(?:label|group|class|factor|condition|treatment|phenotype|sample type|batch|dose|time ?point|genotype|diet)s?\Z"
)
"""What a row is called, folded, that says of each sample to which group it belongs."""


@frozen(kw_only=True)
class Found:
    """Where a format's table lies: row of the header (-1: none), and the column of names in a free matrix.

    ``described`` is how many rows below the header describe its columns, where the file says so itself.
    """

    header: int
    column: int = 0
    described: int = 0


def locate(rows: Rows, declared: "TableFormat") -> Found | None:
    """Where the format's table lies in these rows, None where it does not."""
    found = _place(rows, declared)
    if found is None or not declared.columns_like:
        return found
    last = max(found.header + declared.header_rows - 1, 0)
    cells = [cell.strip() for cell in rows[last]] if last < len(rows) else []
    like = all(any(map(re.compile(pattern).match, cells)) for pattern in declared.columns_like)
    return found if like else None


def _place(rows: Rows, declared: "TableFormat") -> Found | None:
    if declared.layout == "gct":
        return _by_dimensions(rows, declared)
    if declared.section:
        return _by_section(rows, declared)
    if declared.described_below is not None:
        return _by_row_below(rows, declared)
    if declared.header:
        return _by_header(rows, declared)
    return locate_matrix(rows, declared)


def _by_section(rows: Rows, declared: "TableFormat") -> Found | None:
    mark = declared.section.header if declared.section else ""
    if isinstance(rows, TextRows):
        header = rows.beginning(mark)
    else:
        header = next((i for i, row in enumerate(rows) if row[0] == mark), None)
    if header is None or not _has_columns(rows[header], declared.header):
        return None
    return None if any(_has_columns(rows[header], (name,)) for name in declared.without) else Found(header=header)


def _by_dimensions(rows: Rows, declared: "TableFormat") -> Found | None:
    """The header of a GCT, which stands below its dimensions."""
    said = gct_dimensions(rows)
    if said is None or len(rows) <= GCT_HEADER or not _has_columns(rows[GCT_HEADER], declared.header):
        return None
    excluded = any(_has_columns(rows[GCT_HEADER], (name,)) for name in declared.without)
    return None if excluded else Found(header=GCT_HEADER, described=said.column_labels)


def _by_row_below(rows: Rows, declared: "TableFormat") -> Found | None:
    """The row above the first one that describes columns."""
    begins = re.compile(declared.described_below or "")
    first = next((i for i, row in enumerate(islice(rows, HEADER_SEARCH)) if row and begins.match(row[0])), 0)
    if not first or not _has_columns(rows[first - 1], declared.header):
        return None
    return Found(header=first - 1)


def _by_header(rows: Rows, declared: "TableFormat") -> Found | None:
    numbered = declared.names_sheet is not None  # features that another sheet names may be numbers here
    for i, words in _worded(rows, numbered=True) if numbered else _headers(rows):
        if all(any(fold(name) in words for name in either.split("|")) for either in declared.header):
            excluded = any(fold(name) in words for name in declared.without)
            return None if excluded else Found(header=i - (declared.header_rows - 1))
    return None


def _headers(rows: Rows) -> Iterable[tuple[int, frozenset[str]]]:
    """The rows that may be headers. All formats ask alike, so that rows of a text keep the answer."""
    if not isinstance(rows, TextRows):
        return _worded(rows)
    if rows.headers is None:
        rows.headers = tuple(_worded(rows))
    return rows.headers


def _worded(rows: Rows, *, numbered: bool = False) -> Iterator[tuple[int, frozenset[str]]]:
    """(row, folded cells) of those that are no rows of numbers, up to many of these one after the other."""
    numbers = 0
    for i, row in enumerate(islice(rows, HEADER_SEARCH)):
        words = frozenset(map(fold, row)) if numbered else _header_words(tuple(row))
        if words:
            yield i, words
        numbers = 0 if words else numbers + 1
        if numbers > LONGEST_NUMBERS_ABOVE:
            return


@lru_cache(maxsize=512)
def _header_words(row: tuple[str, ...]) -> frozenset[str]:
    """The cells of a row that may be a header, folded; empty for a row of numbers."""
    return frozenset(map(fold, row)) if _may_be_header(row) else frozenset()


def _may_be_header(row: Sequence[str]) -> bool:
    """Cheap: a row of numbers need not be compared with every format."""
    start = row[:12]
    return sum(cell[:1].isdigit() for cell in start) * 5 <= len(start) * 4


def _has_columns(row: Sequence[str], required: Sequence[str]) -> bool:
    folded = set(map(fold, row))
    return all(any(fold(name) in folded for name in either.split("|")) for either in required)


def locate_matrix(rows: Rows, declared: "TableFormat") -> Found | None:
    """Header and name column of a free matrix, found by the names that the plugin recognises."""
    names = declared.names
    if names is None:
        return None
    in_rows, in_columns = _lettered(rows)
    across = [sum(map(names, cells)) for cells in in_rows]
    if declared.layout == "columns":
        best = max(across, default=0)
        return Found(header=across.index(best)) if best > 1 else None
    down = [sum(map(names, cells)) for cells in in_columns]
    column = down.index(max(down))
    if down[column] < 1 or down[column] < max(across):
        return None
    top = rows[:MATRIX_SEARCH]
    first = next(i for i, row in enumerate(top) if column < len(row) and names(row[column].strip()))
    header = _header_above(top, first, column)
    if header >= 0 and any(_has_columns(top[header], (name,)) for name in declared.without):
        return None
    return Found(header=header, column=column)


def _lettered(rows: Rows) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Of the first rows and of the first columns: the cells that may be names. Kept as the headers are."""
    known = rows.worded if isinstance(rows, TextRows) else None
    if known is None:
        top = rows[:MATRIX_SEARCH]
        known = (
            tuple(_with_letters(row) if _header_words(tuple(row)) else () for row in top),
            tuple(_with_letters([row[j] for row in top if j < len(row)]) for j in range(NAME_COLUMNS)),
        )
        if isinstance(rows, TextRows):
            rows.worded = known
    return known


def _with_letters(cells: Sequence[str]) -> tuple[str, ...]:
    if not any(map(_LETTER.search, cells[:_GLANCE])):
        return ()  # a column of numbers
    return tuple(cell.strip() for cell in cells if _LETTER.search(cell))


def _header_above(rows: Rows, first: int, column: int) -> int:
    """The nearest row above the first recognised name that is no data row."""
    i = first - 1
    while i > 0 and (_is_data(rows[i], column) or SAMPLE_LABELS.match(fold(_at(rows[i], column)))):
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


def find_dictionary(rows: Rows, dictionary: "Dictionary") -> int | None:
    """The row of a dictionary's header, None where the sheet is none."""
    required = (dictionary.key, *((dictionary.label,) if dictionary.label else ()), *dictionary.header)
    for i, row in enumerate(islice(rows, NAME_SEARCH)):
        if all(find_column(row, either.split("|")) is not None for either in required):
            return i
    return None


def dictionary_keys(rows: Rows, dictionary: "Dictionary", header: int) -> set[str]:
    """The keys that the dictionary explains."""
    column = find_column(rows[header], dictionary.key.split("|"))
    below = (rows[i] for i in range(header + 1, len(rows)))
    return {row[column].strip() for row in below if column is not None and len(row) > column and row[column].strip()}
