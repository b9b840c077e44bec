"""Tables in containers: the sheets of a workbook, a parquet file."""

import io
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

from amprenta_core.errors import FileError
from amprenta_core.reading.opening import READ_ERRORS, one_line, opened
from amprenta_core.reading.records import Column, described, rows_of, spread
from amprenta_core.spilling import Lines
from amprenta_core.text_rows import TextRows
from amprenta_core.written import Table

_DELIMITER = "\t"
_NOT_IN_A_LINE = re.compile(r'["\r\n]')
_PARQUET_ROWS = 16_384


def read_workbook(path: Path) -> list[Table]:
    """The visible sheets, in their order. Raises ``FileError``."""
    import python_calamine  # noqa: PLC0415  # only needed for workbooks

    try:
        with opened(path) as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in _visible(book)]
    except (python_calamine.CalamineError, python_calamine.PasswordError, *READ_ERRORS, ValueError) as error:
        what = f"the workbook cannot be read ({one_line(error)})"
        raise FileError(what, path=path, hint="Save it again as xlsx") from error
    return [_sheet(name, rows) for name, rows in sheets]


def _visible(book: Any) -> list[str]:
    import python_calamine  # noqa: PLC0415

    return [m.name for m in book.sheets_metadata if m.typ == python_calamine.SheetTypeEnum.WorkSheet]


def _sheet(name: str, rows: Sequence[Sequence[Any]]) -> Table:
    texts = [[_cell(cell) for cell in row] for row in rows]
    kept = [i for i, row in enumerate(texts) if any(map(str.strip, row))]
    return Table(name=name, rows=[texts[i] for i in kept], lines=[i + 1 for i in kept])


def _cell(cell: Any) -> str:
    """A cell as text: whole numbers without a point, others in their shortest exact form, lists joined by ";".

    >>> _cell(203.0), _cell(0.1), _cell(True), _cell(" x"), _cell(["P1", "P2"])
    ('203', '0.1', 'TRUE', ' x', 'P1;P2')
    """
    if isinstance(cell, str):
        return cell.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, list) and not any(isinstance(one, dict | list) for one in cell):
        return ";".join(map(_cell, cell))
    return "" if cell is None else str(cell)


def read_parquet(path: Path, rows: int | None = None, records: str | None = None) -> list[Table]:
    """The only table of a parquet file, or its first rows. Raises ``FileError``.

    A column of lists of records becomes a column for each of their fields; each record of the column ``records``
    becomes a row of its own, in the place of the row that holds it.
    """
    import pyarrow as pa  # noqa: PLC0415  # only needed for parquet
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with opened(path) as stream:
            file = parquet.ParquetFile(stream if stream.seekable() else io.BytesIO(stream.read()))
            return [_parquet_table(file, rows, records)]
    except (pa.ArrowException, *READ_ERRORS, ValueError, OverflowError) as error:
        what = f"the parquet file cannot be read ({one_line(error)})"
        raise FileError(what, path=path, hint="Write it again") from error


def _parquet_table(file: Any, rows: int | None, records: str | None) -> Table:
    """The table, batch by batch as text: what does not fit into memory goes to disk."""
    lines, kept = Lines(), array("q")
    columns = described(file.schema_arrow)
    place = next((n for n, column in enumerate(columns) if column.fields and column.name == records), None)
    _keep(lines, kept, 0, [_cell(header) for column in columns for header in column.headers])
    before = 0
    for batch in file.iter_batches(batch_size=rows or _PARQUET_ROWS):
        for number, row in _parquet_rows(batch, columns, place):
            _keep(lines, kept, before + number, row)
        before += batch.num_rows
        if rows:
            break
    return Table(name="", rows=TextRows(lines, _DELIMITER), lines=kept, counts="row")


def _parquet_rows(batch: Any, columns: Sequence[Column], records: int | None) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of a batch as text, each with the number of the row that it was."""
    cells = [column.to_pylist() for column in batch.columns]
    if records is None:
        yield from enumerate(_texts(columns, cells, batch.num_rows), 1)
        return
    left = _texts(columns[:records], cells[:records], batch.num_rows)
    right = _texts(columns[records + 1 :], cells[records + 1 :], batch.num_rows)
    for number, (before, cell, after) in enumerate(zip(left, cells[records], right, strict=True), 1):
        for fields in rows_of(columns[records], cell):
            yield number, (*before, *map(_cell, fields), *after)


def _texts(columns: Sequence[Column], cells: Sequence[Sequence[Any]], height: int) -> Iterator[tuple[str, ...]]:
    """Rows of text of some of the columns."""
    texts = [map(_cell, column) for column in spread(columns, cells)]
    return zip(*texts, strict=True) if texts else repeat((), height)


def _keep(lines: Lines, kept: "array[int]", number: int, row: Sequence[str]) -> None:
    """Add a row that is not blank, as a line of text where its cells allow that."""
    if any(map(str.strip, row)):
        line = _DELIMITER.join(row)
        plain = line.count(_DELIMITER) == len(row) - 1 and not _NOT_IN_A_LINE.search(line)
        lines.append(line if plain else tuple(row))
        kept.append(number)
