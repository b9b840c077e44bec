"""Delimited text: its encoding, and its records whatever quotes do."""

import codecs
import csv
import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from attrs import define, field

from amprenta_core.errors import FileError, ParseError
from amprenta_core.reading.dialect import detect_dialect
from amprenta_core.reading.opening import HEAD_BYTES, READ_ERRORS, opened, reason_of
from amprenta_core.spilling import Lines
from amprenta_core.text_rows import Row, TextRows, cut
from amprenta_core.written import FileHead, Table, TableHead

LONGEST_RECORD = 60
"""Lines that one quoted record may span; beyond, its quote is a stray one and is taken as text."""
_QUOTED_CELLS = 200_000
"""Cells of quoted lines that are kept cut."""
_BYTES = "amprenta_western"
"""How bytes are read that are no UTF-8: by the old Western code page, the rest of the file stays what it is."""


def _as_western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_WESTERN.get(byte, chr(byte)) for byte in wrong), error.end


_WESTERN = {byte: text for byte in range(128, 256) if (text := bytes([byte]).decode("cp1252", errors="ignore"))}
codecs.register_error(_BYTES, _as_western)


def _encoding(start: bytes) -> tuple[str, str]:
    """The encoding of a text, and how bytes are read that are none in it."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "replace"
    return "utf-8-sig" if start.startswith(b"\xef\xbb\xbf") else "utf-8", _BYTES


def _head_text(start: bytes) -> str:
    """The first bytes as text, line ends made alike, a last line that is cut left out."""
    text = start.decode(*_encoding(start)).replace("\r\n", "\n").replace("\r", "\n")
    return text[: text.rindex("\n") + 1] if len(start) == HEAD_BYTES and "\n" in text else text


def text_head(path: Path, start: bytes, size: int, siblings: tuple[str, ...]) -> FileHead:
    """What sniffers see of a text."""
    text = _head_text(start)
    delimiter, _ = detect_dialect(text)
    records = _records(io.StringIO(text), delimiter, path)
    table = TableHead(name="", rows=TextRows(records.rows, delimiter))
    return FileHead(name=path.name, kind="text", size=size, text=text, tables=(table,), siblings=siblings)


def read_text(path: Path, start: bytes) -> Table:
    """A whole text as a table. Raises ``FileError``."""
    delimiter, decimal = detect_dialect(_head_text(start))
    encoding, errors = _encoding(start)
    try:
        with opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline=None) as text:
            records = _records(text, delimiter, path)
    except csv.Error as error:
        raise ParseError(f"a record cannot be read ({error})", path=path) from error
    except READ_ERRORS as error:
        raise FileError(reason_of(error), path=path, hint="Copy or download the file again") from error
    rows = TextRows(records.rows, delimiter)
    return Table(name="", rows=rows, lines=records.lines, torn=records.torn, decimal=decimal)


def whole_text(path: Path) -> str:
    """The whole text of a file that is no table: unpacked, decoded, its line ends made alike. Raises ``FileError``."""
    try:
        with opened(path) as stream:
            content = stream.read()
    except READ_ERRORS as error:
        raise FileError(reason_of(error), path=path, hint="Copy or download the file again") from error
    text = content.decode(*_encoding(content)).replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        what = "a zero byte stands in the text, which is damaged"
        raise FileError(what, path=path, line=line, hint="Copy or download the file again")
    return text


@define
class _Records:
    """The records of a text that are not blank, the 1-based line of each, and whether the last one is cut."""

    rows: Lines = field(factory=Lines)
    lines: "array[int]" = field(factory=lambda: array("q"))
    torn: bool = False

    def add(self, row: Sequence[str], line: int) -> None:
        """Keep a record unless it is blank."""
        if any(map(str.strip, row)):
            self.rows.append(tuple(row))
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
    """A text as records: line by line where each line is one, else with records that span lines or stray quotes."""
    csv.field_size_limit(2**27)
    found = _Records()
    lines = _Lines(text, path)
    room = _QUOTED_CELLS
    for number, line in enumerate(lines, 1):
        if '"' in line:
            try:
                row = cut(line, delimiter)
            except csv.Error:
                break
            room -= len(row)
            kept: str | Row | None = (row if room > 0 else line.rstrip("\n")) if any(map(str.strip, row)) else None
        else:
            kept = line.rstrip("\n") if line[0].isalnum() or line.replace(delimiter, "").strip() else None
        if kept is not None:
            found.rows.append(kept)
            found.lines.append(number)
    else:
        found.torn = not lines.last.endswith("\n")
        return found
    text.seek(0)
    return _spanning_records(text, delimiter, path)


def _spanning_records(text: IO[str], delimiter: str, path: Path) -> _Records:
    """Records that may span lines: quickly where all quotes are in order, else record by record."""
    found = _Records()
    lines = _Lines(text, path)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            if reader.line_num - before > LONGEST_RECORD:
                break
            found.add(row, before + 1)
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
