"""Open any table as the world writes it: compression, byte-order mark, encoding, delimiter, decimal comma, workbook,
parquet; and matrices in HDF5 and MatrixMarket. ``read_head`` is what sniffers see; ``read_tables`` is the whole file as
written.

Cells are text as written (numbers of a workbook as their shortest exact text), so that nothing is lost before a
format says what a cell means. Wholly blank rows are left out; ``Table.lines`` keeps the place of the others.
"""

import os
from pathlib import Path

from amprenta_core.errors import FileError
from amprenta_core.model import Match
from amprenta_core.reading.compressing import by_feature
from amprenta_core.reading.containers import read_parquet, read_workbook
from amprenta_core.reading.dialect import DELIMITERS, detect_dialect
from amprenta_core.reading.hdf5 import open_hdf5, outline
from amprenta_core.reading.matrix_market import read_matrix_market
from amprenta_core.reading.opening import HEAD_BYTES, first_bytes, head_bytes, kind_of
from amprenta_core.reading.text import LONGEST_RECORD, read_text, text_head, whole_text
from amprenta_core.written import FileHead, ParsedFile, Table, TableHead

__all__ = [
    "DELIMITERS",
    "HEAD_BYTES",
    "LONGEST_RECORD",
    "by_feature",
    "detect_dialect",
    "open_hdf5",
    "read_file",
    "read_head",
    "read_matrix_market",
    "read_tables",
    "whole_text",
]
HEAD_SHEET_ROWS = 50


def read_head(path: Path) -> FileHead:
    """The head of a file, for sniffers. Raises ``FileError`` where it cannot be opened at all."""
    start = first_bytes(path)
    kind = kind_of(path, start)
    siblings = _siblings(path)
    size = path.stat().st_size
    if kind == "text":
        return text_head(path, head_bytes(path, start), size, siblings)
    if kind == "hdf5":
        return FileHead(name=path.name, kind=kind, size=size, siblings=siblings, outline=outline(path))
    tables: tuple[TableHead, ...] = ()
    if kind in ("workbook", "parquet"):
        whole = read_workbook(path) if kind == "workbook" else read_parquet(path, rows=HEAD_SHEET_ROWS)
        tables = tuple(
            TableHead(name=t.name, rows=tuple(tuple(r) for r in t.rows[:HEAD_SHEET_ROWS]), n_rows=len(t.rows))
            for t in whole
        )
    return FileHead(name=path.name, kind=kind, size=size, tables=tables, siblings=siblings)


def _siblings(path: Path) -> tuple[str, ...]:
    """The names of the other files of the folder; none where it cannot be listed."""
    try:
        return tuple(name for name in sorted(os.listdir(path.parent)) if name != path.name)  # noqa: PTH208  # fast in large folders
    except OSError:
        return ()


def read_tables(path: Path, records: str | None = None) -> tuple[Table, ...]:
    """Every table of a file, as written. Raises ``FileError`` with the line where reading stopped.

    Of a parquet file, each record of the lists in the column ``records`` is a row of its own.
    """
    start = first_bytes(path)
    kind = kind_of(path, start)
    if kind == "workbook":
        return tuple(read_workbook(path))
    if kind == "parquet":
        return tuple(read_parquet(path, records=records))
    if kind == "text":
        return (read_text(path, head_bytes(path, start)),)
    if kind == "hdf5":
        raise FileError("this is an HDF5 file, and no table", path=path, hint="Export it as a table")
    raise FileError("this is a binary file of no known kind", path=path, hint="Export it as a table")


def read_file(path: Path, match: Match, *, beside: bool = False, records: str | None = None) -> ParsedFile:
    """A whole file for a match: the tables of the part that the match names, or all.

    With ``beside`` the workbook's other sheets come along: they may name its features or describe its samples. Of a
    parquet file, each record of the lists in the column ``records`` is a row of its own, with ``records.field`` as
    header of each field.
    """
    part = match.parts[0] if match.parts else ""
    tables = tuple(t for t in read_tables(path, records) if beside or not match.parts or t.name in match.parts)
    return ParsedFile(path=str(path), format=match.format, tables=tables, part=part, level=match.level)
