"""Which declared format fits the head of a file, and why: by its header, and by what its names are names of."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from amprenta_core.cells import is_missing, to_number
from amprenta_core.formats.headers import ANNOTATION, compiled, feature_columns, find_column, fold, merged_header
from amprenta_core.formats.locating import (
    HEADER_SEARCH,
    NAME_SEARCH,
    Found,
    Rows,
    dictionary_keys,
    find_dictionary,
    locate,
)
from amprenta_core.model import Confidence, Match
from amprenta_core.text_rows import TextRows
from amprenta_core.written import FileHead, TableHead

if TYPE_CHECKING:
    from amprenta_core.formats import TableFormat


@frozen(kw_only=True)
class _Fit:
    """Why a table is of a format, and the omics type that its names seem to be of instead, "" where of its own."""

    reason: str
    seems: str = ""


def sniff(head: FileHead, formats: Sequence["TableFormat"]) -> Match | None:
    """The first declared format that fits the head, most confident first. For ``sniff_file``."""
    order: tuple[Confidence, ...] = ("certain", "likely", "possible")
    for confidence in order:
        for declared in formats:
            if declared.confidence == confidence and (match := _match(head, declared)):
                return match
    return None


def _match(head: FileHead, declared: "TableFormat") -> Match | None:
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


def _fits(head: FileHead, table: TableHead, declared: "TableFormat") -> _Fit | None:
    found = locate(table.rows, declared)
    if found is None:
        return None
    names = head_names(table.rows, declared, found)
    columns = ", ".join(column.split("|")[0] for column in declared.header)
    why = f"columns {columns}" if columns else declared.title if declared.title[:1].isupper() else f"a {declared.title}"
    if declared.names_sheet and not _named_by_sheet(head, table, declared, found):
        return None
    if declared.names is None:
        return _seeming(declared, names, why) if _is_filled(table.rows, declared, found, names) else None
    ours = sum(map(declared.names, names))
    if ours < declared.least_names or ours * 2 < len(names) or not _has_values(table.rows, declared, found):
        return None
    return _seeming(declared, names, f"{why}; {ours} of {len(names)} names looked at are {declared.feature_type}s")


def _is_filled(rows: Rows, declared: "TableFormat", found: Found, names: Sequence[str]) -> bool:
    """Whether a table that its header tells has names, or values without names where the format allows that."""
    if not names and declared.section:
        return declared.nameless and _measures_in_section(rows, declared, found)
    if names or declared.confidence == "possible" or declared.names_sheet:
        return True
    return declared.nameless and _has_numbers(rows, found)


def _seeming(declared: "TableFormat", names: Sequence[str], why: str) -> _Fit:
    """The fit, weakened where most names are those of another omics."""
    for omics, test in declared.others.items():
        theirs = sum(map(test, names))
        if theirs and theirs * 2 >= len(names):
            return _Fit(reason=f"{why}; {theirs} of {len(names)} names looked at are of {omics}", seems=omics)
    return _Fit(reason=why)


def _named_by_sheet(head: FileHead, table: TableHead, declared: "TableFormat", found: Found) -> bool:
    """Whether columns of the table are keys of the format's sheet of names."""
    assert declared.names_sheet is not None  # noqa: S101  # asked only then
    for other in head.tables:
        place = find_dictionary(other.rows, declared.names_sheet) if other.name != table.name else None
        if place is not None:
            keys = dictionary_keys(other.rows, declared.names_sheet, place)
            return bool(keys & {cell.strip() for cell in table.rows[found.header]})
    return False


def _has_values(rows: Rows, declared: "TableFormat", found: Found) -> bool:
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


def _measures_in_section(rows: Rows, declared: "TableFormat", found: Found) -> bool:
    """Whether the rows of the section hold a number where the format measures: those of others stand below as well."""
    places = [j for measure in declared.measures for j, _ in feature_columns(rows[found.header], measure)]
    below = first_rows(rows, declared, found)
    return any(_is_number(row[j]) for row in below for j in places if j < len(row))


def _is_number(cell: str) -> bool:
    return to_number(cell) is not None or to_number(cell, ",") is not None


def head_names(rows: Rows, declared: "TableFormat", found: Found) -> list[str]:
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


def _labelled(rows: Rows, declared: "TableFormat", found: Found, names: Sequence[str]) -> list[str]:
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


def _names_across(header: Sequence[str], declared: "TableFormat") -> list[str]:
    """From the first name that the plugin knows on, the cells of a header."""
    cells = [cell.strip() for cell in header]
    first = next((j for j, cell in enumerate(cells) if declared.names and declared.names(cell)), len(cells))
    return cells[first:]


def first_below(declared: "TableFormat", found: Found) -> int:
    """The first row below the header and below what describes its columns."""
    return found.header + declared.header_rows + found.described if found.header >= 0 else 0


def first_rows(rows: Rows, declared: "TableFormat", found: Found) -> Rows:
    """The first rows below the header: of all, or of those of the format's section."""
    first = first_below(declared, found)
    if declared.section is None:
        return rows[first : first + NAME_SEARCH]
    mark = declared.section.rows
    return list(islice((row for i in range(first, len(rows)) if (row := rows[i])[0] == mark), NAME_SEARCH))


def combined_header(rows: Rows, declared: "TableFormat", found: Found) -> list[str]:
    """The header as one row; of several, the first and the last."""
    if found.header < 0:
        return [f"column {j + 1}" for j in range(max(map(len, rows[:NAME_SEARCH]), default=0))]
    last = found.header + declared.header_rows - 1
    return list(rows[last]) if declared.header_rows == 1 else merged_header(rows[found.header], rows[last])
