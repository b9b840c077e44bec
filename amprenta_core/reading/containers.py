"""Tables in containers: the sheets of a workbook, a parquet file."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amprenta_core.errors import FileError
from amprenta_core.model import Table
from amprenta_core.reading.opening import HEAD_BYTES, READ_ERRORS, one_line, opened


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
    """A cell as text: whole numbers without a point, others in their shortest exact form.

    >>> _cell(203.0), _cell(0.1), _cell(True), _cell(" x")
    ('203', '0.1', 'TRUE', ' x')
    """
    if isinstance(cell, str):
        return cell.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return "" if cell is None else str(cell)


def read_parquet(path: Path, rows: int | None = None) -> list[Table]:
    """The only table of a parquet file, or its first rows. Raises ``FileError``."""
    import pyarrow as pa  # noqa: PLC0415  # only needed for parquet
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with opened(path) as stream:
            file = parquet.ParquetFile(io.BytesIO(stream.read()))
        batches = file.iter_batches(batch_size=rows or HEAD_BYTES)
        columns: list[list[str]] = [[] for _ in file.schema_arrow.names]
        for batch in batches:
            for cells, column in zip(columns, batch.columns, strict=True):
                cells.extend(_cell(value) for value in column.to_pylist())
            if rows:
                break
    except (pa.ArrowException, *READ_ERRORS, ValueError, OverflowError) as error:
        what = f"the parquet file cannot be read ({one_line(error)})"
        raise FileError(what, path=path, hint="Write it again") from error
    table = [list(map(_cell, file.schema_arrow.names)), *map(list, zip(*columns, strict=True))]
    kept = [i for i, row in enumerate(table) if any(map(str.strip, row))]
    return [Table(name="", rows=[table[i] for i in kept], lines=kept)]
