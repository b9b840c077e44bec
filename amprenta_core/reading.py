"""Open any table as the world writes it: compression, byte-order mark, encoding, delimiter, decimal comma, workbook,
parquet. ``read_head`` is what sniffers see; ``read_tables`` is the whole file as written.

Cells are text as written (numbers of a workbook as their shortest exact text), so that nothing is lost before a
format says what a cell means. Wholly blank rows are left out; ``Table.lines`` keeps the place of the others.
"""

import bz2
import codecs
import csv
import gzip
import io
import lzma
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from math import log
from pathlib import Path
from typing import IO, Any

from attrs import define, field

from amprenta_core.errors import FileError, ParseError
from amprenta_core.model import FileHead, Match, ParsedFile, Table, TableHead

HEAD_BYTES = 65_536
HEAD_SHEET_ROWS = 50
DIALECT_CHARACTERS = 24_000
"""How much of a text is looked at to find its delimiter."""
DELIMITERS = ("\t", ",", ";", "|")
LONGEST_RECORD = 60
"""Lines that one quoted record may span; beyond, its quote is a stray one and is taken as text."""

_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*\Z")
_DECIMAL_POINT = re.compile(r"\s*[-+]?\d+\.\d+(?:[eE][-+]?\d+)?\s*\Z")
_THOUSANDS = re.compile(r"\s*[-+]?[1-9]\d{0,2}(?:,\d{3})+\s*\Z")
_OPENERS: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)
_BYTES = "amprenta_western"
"""How bytes are read that are no UTF-8: by the old Western code page, the rest of the file stays what it is."""


def _as_western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_WESTERN.get(byte, chr(byte)) for byte in wrong), error.end


_WESTERN = {byte: text for byte in range(128, 256) if (text := bytes([byte]).decode("cp1252", errors="ignore"))}
codecs.register_error(_BYTES, _as_western)


def read_head(path: Path) -> FileHead:
    """The head of a file, for sniffers. Raises ``FileError`` where it cannot be opened at all."""
    start = _first_bytes(path)
    kind = _kind(path, start)
    siblings = _siblings(path)
    size = path.stat().st_size
    if kind == "text":
        return _text_head(path, start, size, siblings)
    tables: tuple[TableHead, ...] = ()
    if kind in ("workbook", "parquet"):
        whole = _read_workbook(path) if kind == "workbook" else _read_parquet(path, rows=HEAD_SHEET_ROWS)
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


def read_tables(path: Path) -> tuple[Table, ...]:
    """Every table of a file, as written. Raises ``FileError`` with the line where reading stopped."""
    start = _first_bytes(path)
    kind = _kind(path, start)
    if kind == "workbook":
        return tuple(_read_workbook(path))
    if kind == "parquet":
        return tuple(_read_parquet(path))
    if kind == "text":
        return (_read_text(path, start),)
    raise FileError("this is a binary file of no known kind", path=path, hint="Export it as a table")


def read_file(path: Path, match: Match) -> ParsedFile:
    """A whole file for a match: the tables of the part that the match names, or all."""
    part = match.parts[0] if match.parts else ""
    tables = tuple(t for t in read_tables(path) if not match.parts or t.name in match.parts)
    return ParsedFile(path=str(path), format=match.format, tables=tables, part=part)


@lru_cache(maxsize=4)  # head and whole file ask for the same text
def detect_dialect(text: str) -> tuple[str, str]:
    r"""Delimiter and decimal mark of a text, from its first lines.

    >>> detect_dialect("name;a;b\nx;1,5;2,25\ny;3;4,1\n")
    (';', ',')
    """
    best, score, decimal = ",", 0.0, "."
    lines = list(io.StringIO(text[:DIALECT_CHARACTERS], newline=None))
    lines = (lines[:-1] or lines) if len(text) > DIALECT_CHARACTERS else lines
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        records = [r for r in csv.reader(lines, delimiter=delimiter) if any(r)]
        mark = _decimal_mark(records) if delimiter != "," else "."
        points = _evenness(records) * (2 if "," in mark or delimiter == "\t" else 1)  # tabs and "1,5" come by no chance
        if points > score:
            best, score, decimal = delimiter, points, mark
    return best, decimal


def _evenness(records: Sequence[Sequence[str]]) -> float:
    """High where most records have the same number of fields, and many of them."""
    if not records:
        return 0.0
    count, times = Counter(map(len, records)).most_common(1)[0]
    return times / len(records) * log(count) if count > 1 else 0.0


def _decimal_mark(records: Sequence[Sequence[str]]) -> str:
    cells = [cell for record in records for cell in record if "," in cell or "." in cell]
    commas = [c for c in cells if _DECIMAL_COMMA.match(c)]
    points = sum(1 for c in cells if _DECIMAL_POINT.match(c))
    sure = sum(1 for c in commas if not _THOUSANDS.match(c))
    return "," if sure and len(commas) > points else "."


def _first_bytes(path: Path) -> bytes:
    try:
        with _open(path) as stream:
            return stream.read(HEAD_BYTES)
    except _READ_ERRORS as error:
        raise FileError(_os_reason(error), path=path, hint="Check the file, or copy it again") from error


def _open(path: Path) -> IO[bytes]:
    plain = path.open("rb")
    magic = plain.read(6)
    plain.seek(0)
    opener = next((o for m, o in _OPENERS.items() if magic.startswith(m)), None)
    if opener is None:
        return plain
    plain.close()
    packed: IO[bytes] = opener(path)
    return packed


def _os_reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be opened: {error.strerror}"
    return f"its compressed content is damaged or cut ({_one_line(error)})"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _kind(path: Path, start: bytes) -> str:
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "workbook"
    if start.startswith(b"PK\x03\x04"):
        return "workbook" if _is_workbook(path) else "other"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    control = sum(1 for byte in start[:4096] if byte < 9 or 13 < byte < 27)  # noqa: PLR2004  # C0 but white space
    return "other" if b"\x00" in start or control else "text"


def _is_workbook(path: Path) -> bool:
    import zipfile  # noqa: PLC0415  # only for what may be a workbook

    try:
        with _open(path) as stream, zipfile.ZipFile(io.BytesIO(stream.read())) as archive:
            names = archive.namelist()
    except (*_READ_ERRORS, zipfile.BadZipFile, NotImplementedError, ValueError):
        return True  # a cut or damaged workbook: let the reader say so
    return any(name.startswith("xl/") or name == "content.xml" for name in names)


def _encoding(start: bytes) -> tuple[str, str]:
    """The encoding of a text, and how bytes are read that are none in it."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "replace"
    return "utf-8-sig" if start.startswith(b"\xef\xbb\xbf") else "utf-8", _BYTES


def _head_text(start: bytes) -> str:
    """The first bytes as text, line ends made alike, a last line that is cut left out."""
    text = start.decode(*_encoding(start)).replace("\r\n", "\n").replace("\r", "\n")
    return text[: text.rindex("\n") + 1] if len(start) == HEAD_BYTES and "\n" in text else text


def _text_head(path: Path, start: bytes, size: int, siblings: tuple[str, ...]) -> FileHead:
    text = _head_text(start)
    delimiter, _ = detect_dialect(text)
    records = _records(io.StringIO(text), delimiter, path)
    table = TableHead(name="", rows=tuple(map(tuple, records.rows)))
    return FileHead(name=path.name, kind="text", size=size, text=text, tables=(table,), siblings=siblings)


def _read_text(path: Path, start: bytes) -> Table:
    delimiter, decimal = detect_dialect(_head_text(start))
    encoding, errors = _encoding(start)
    try:
        with _open(path) as stream, io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline=None) as text:
            records = _records(text, delimiter, path)
    except csv.Error as error:
        raise ParseError(f"a record cannot be read ({error})", path=path) from error
    except _READ_ERRORS as error:
        raise FileError(_os_reason(error), path=path, hint="Copy or download the file again") from error
    return Table(name="", rows=records.rows, lines=records.lines, torn=records.torn, decimal=decimal)


@define
class _Records:
    """The records of a text that are not blank, the 1-based line of each, and whether the last one is cut."""

    rows: list[list[str]] = field(factory=list)
    lines: list[int] = field(factory=list)
    torn: bool = False

    def add(self, row: list[str], line: int) -> None:
        """Keep a record unless it is blank."""
        if row and (row[0].strip() or any(map(str.strip, row))):
            self.rows.append(row)
            self.lines.append(line)


class _Lines:
    """The lines of a text, the last one remembered: how a file ends tells whether it was cut."""

    def __init__(self, stream: Iterable[str], path: Path) -> None:
        self._stream = iter(stream)
        self._path = path
        self.last = "\n"

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._stream, 1):
            if "\x00" in line:
                what = "a zero byte stands in the text, which is damaged"
                raise FileError(what, path=self._path, line=number, hint="Copy or download the file again")
            self.last = line
            yield line


def _records(text: IO[str], delimiter: str, path: Path) -> _Records:
    """A text cut into cells: quickly where its quotes are in order, else record by record."""
    csv.field_size_limit(2**27)
    found = _Records()
    rows, numbers = found.rows, found.lines
    lines = _Lines(text, path)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            if reader.line_num - before > LONGEST_RECORD:
                break
            if row and (row[0].strip() or any(map(str.strip, row))):
                rows.append(row)
                numbers.append(before + 1)
            before = reader.line_num
        else:
            found.torn = not lines.last.endswith("\n")
            return found
    except csv.Error:
        pass  # the other way tells a stray quote from a record that is too long
    text.seek(0)
    return _careful_records(list(_Lines(text, path)), delimiter)


def _careful_records(lines: Sequence[str], delimiter: str) -> _Records:
    """Records among which stray quotes stand: a quote that nothing closes is text, and costs no other line."""
    found = _Records(torn=not lines[-1].endswith("\n"))
    i = 0
    while i < len(lines):
        ahead = lines[i : i + LONGEST_RECORD]
        row, taken = _closed_record(ahead, delimiter) or ([], 0)
        if not taken:
            row, taken = _lone_record(ahead[0], delimiter), 1
            ends_open = i + len(ahead) == len(lines) and "".join(ahead).count('"') % 2 == 1
            if ends_open and found.rows and len(row) < len(found.rows[-1]):  # no whole row: cut within a quoted field
                row, taken, found.torn = next(csv.reader(ahead, delimiter=delimiter)), len(ahead), True
        found.add(row, i + 1)
        i += taken
    return found


def _closed_record(lines: Sequence[str], delimiter: str) -> tuple[list[str], int] | None:
    """The first record and how many lines it spans, None where its quotes are not in order."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        return next(reader), reader.line_num
    except csv.Error:
        return None


def _lone_record(line: str, delimiter: str) -> list[str]:
    """A line as a record of its own: a quote that it does not close is text."""
    row = next(csv.reader([line], delimiter=delimiter))
    is_open = bool(row) and row[-1].endswith("\n")
    return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE)) if is_open else row


def _read_workbook(path: Path) -> list[Table]:
    import python_calamine  # noqa: PLC0415  # only needed for workbooks

    try:
        with _open(path) as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in _visible(book)]
    except (python_calamine.CalamineError, python_calamine.PasswordError, *_READ_ERRORS, ValueError) as error:
        what = f"the workbook cannot be read ({_one_line(error)})"
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


def _read_parquet(path: Path, rows: int | None = None) -> list[Table]:
    import pyarrow as pa  # noqa: PLC0415  # only needed for parquet
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with _open(path) as stream:
            file = parquet.ParquetFile(io.BytesIO(stream.read()))
        batches = file.iter_batches(batch_size=rows or HEAD_BYTES)
        columns: list[list[str]] = [[] for _ in file.schema_arrow.names]
        for batch in batches:
            for cells, column in zip(columns, batch.columns, strict=True):
                cells.extend(_cell(value) for value in column.to_pylist())
            if rows:
                break
    except (pa.ArrowException, *_READ_ERRORS, ValueError, OverflowError) as error:
        what = f"the parquet file cannot be read ({_one_line(error)})"
        raise FileError(what, path=path, hint="Write it again") from error
    table = [list(map(_cell, file.schema_arrow.names)), *map(list, zip(*columns, strict=True))]
    kept = [i for i, row in enumerate(table) if any(map(str.strip, row))]
    return [Table(name="", rows=[table[i] for i in kept], lines=kept)]
