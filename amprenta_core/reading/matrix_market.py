"""MatrixMarket files, streamed: a coordinate matrix of numbers with features in rows and cells in columns."""

import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
from attrs import define, evolve, frozen

from amprenta_core.errors import FileError, ParseError
from amprenta_core.matrices import IntegerArray, SparseQuantity
from amprenta_core.reading.compressing import Block, by_feature, narrowed
from amprenta_core.reading.opening import READ_ERRORS, opened, reason_of

_PIECE = 1 << 24
"""Bytes of text that are read at once."""
_BANNER = re.compile(r"%%MatrixMarket\s+matrix\s+(\w+)\s+(\w+)\s+(\w+)\s*\Z", re.IGNORECASE)
_UNEVEN = (b"\t", b"\r", b"  ", b" \n", b"\n ")
"""What stands in a text whose words are not parted by one blank each."""
_WHOLE = re.compile(rb"\d+ \d+ [-+]?\d+\r?\Z")
_REAL = re.compile(rb"\d+ \d+ [-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\r?\Z")


@frozen(kw_only=True)
class _Header:
    """What stands above the numbers: the size of the matrix, how many numbers follow, below which line."""

    features: int
    cells: int
    values: int
    integer: bool
    line: int


def read_matrix_market(
    path: Path, name: str, named: tuple[int, int] | None = None
) -> tuple[SparseQuantity, int | None]:
    """The matrix of a file, and the number of its last line where that has no line end, and may be cut.

    ``named`` is how many features and cells have names: a matrix of just as many cells × features is turned round.
    Raises ``FileError`` with the line where it is no sparse matrix of numbers, and
    ``ParseError`` where it holds other numbers than its header announces, or two for one place.
    """
    try:
        with opened(path) as packed:
            stream = _as_bytes(packed)
            header, ending = _header(stream, path), _Ending()
            blocks = list(_blocks(stream, header, path, ending))
    except READ_ERRORS as error:
        raise FileError(reason_of(error), path=path, hint="Copy or download the file again") from error
    there = sum(len(block.values) for block in blocks)
    if there != header.values:
        what = f"its header announces {header.values} values, and {there} are there"
        raise ParseError(what, path=path, line=header.line, hint="The file may be cut: copy or download it again")
    shape = (header.features, header.cells)
    if named is not None and named != shape and named == shape[::-1]:
        blocks = [evolve(block, features=block.cells, cells=block.features) for block in blocks]
        shape = named
    return by_feature(name, shape, lambda: blocks, path=path), ending.line


def _as_bytes(stream: IO[bytes]) -> IO[bytes]:
    """The stream behind a byte-order mark; UTF-16 becomes UTF-8."""
    buffered = io.BufferedReader(stream)  # type: ignore[type-var]  # packed streams are raw ones too
    start = buffered.peek(4)[:4]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return io.BytesIO(buffered.read().decode("utf-16").encode())
    if start.startswith(b"\xef\xbb\xbf"):
        buffered.read(3)
    return buffered


def _header(stream: IO[bytes], path: Path) -> _Header:
    banner = stream.readline().decode("latin-1")
    kind = _BANNER.match(banner)
    if kind is None:
        raise ParseError("the first line is not the one of a MatrixMarket file", path=path, line=1)
    layout, field, symmetry = (word.lower() for word in kind.groups())
    if layout != "coordinate" or field not in ("integer", "real") or symmetry != "general":
        what = f"this is a matrix of kind {layout} {field} {symmetry}"
        raise ParseError(what, path=path, line=1, hint="Amprenta reads coordinate integer or real general")
    line = 1
    for raw in stream:
        line += 1
        text = raw.decode("latin-1").strip()
        if text and not text.startswith("%"):
            return _sized(text, line, path, integer=field == "integer")
    raise ParseError("the file ends before the size of its matrix", path=path, line=line)


def _sized(text: str, line: int, path: Path, *, integer: bool) -> _Header:
    words = text.split()
    if len(words) != 3 or not all(word.isdigit() for word in words):  # noqa: PLR2004  # rows, columns, values
        raise ParseError("rows, columns and values of the matrix should stand here", path=path, line=line)
    features, cells, values = map(int, words)
    return _Header(features=features, cells=cells, values=values, integer=integer, line=line)


@define
class _Ending:
    """The number of the last line, where it has no line end."""

    line: int | None = None


def _blocks(stream: IO[bytes], header: _Header, path: Path, ending: _Ending) -> Iterator[Block]:
    """The numbers in pieces of whole lines."""
    line, rest = header.line, b""
    while piece := stream.read(_PIECE):
        whole, cut, rest = (rest + piece).rpartition(b"\n")
        if cut:
            yield _block(whole, header, line, path)
            line += whole.count(b"\n") + 1
    if rest.strip():
        ending.line = line + 1
        yield _block(rest, header, line, path)


def _block(text: bytes, header: _Header, line: int, path: Path) -> Block:
    """Lines of row, column and value; rows and columns are counted from one."""
    even = _evened(text) if any(mark in text for mark in _UNEVEN) else text
    row, column, value = _columns(even, header, line, path)
    for what, places, size in (("row", row, header.features), ("column", column, header.cells)):
        outside = np.flatnonzero((places < 1) | (places > size))
        if len(outside):
            seen = f"a value stands in {what} {places[outside[0]]}, and there are {size}"
            raise ParseError(seen, path=path, line=_line_of(even, int(outside[0]), line))
    small = np.uint16 if header.features <= np.iinfo(np.uint16).max else np.int32
    return Block(features=(row - 1).astype(small), cells=(column - 1).astype(np.int32), values=narrowed(value))


def _columns(text: bytes, header: _Header, line: int, path: Path) -> list[IntegerArray]:
    import pyarrow as pa  # noqa: PLC0415  # a third of a second
    from pyarrow import csv  # noqa: PLC0415

    types = {"row": pa.int64(), "column": pa.int64(), "value": pa.int64() if header.integer else pa.float64()}
    if not text.strip():
        return [np.array([], dtype=np.int64)] * len(types)
    try:
        table = csv.read_csv(
            io.BytesIO(text),
            read_options=csv.ReadOptions(column_names=list(types), use_threads=False, block_size=len(text) + 1),
            parse_options=csv.ParseOptions(delimiter=" ", quote_char=False),
            convert_options=csv.ConvertOptions(column_types=types, null_values=[]),
        )
    except pa.ArrowInvalid as error:
        pattern = _WHOLE if header.integer else _REAL
        lines = text.split(b"\n")
        wrong = next((n for n, said in enumerate(lines) if said.strip() and not pattern.match(said)), None)
        place = None if wrong is None else line + 1 + wrong
        raise ParseError("row, column and value should stand here, all numbers", path=path, line=place) from error
    return [table.column(name).to_numpy() for name in types]


def _evened(text: bytes) -> bytes:
    """The same lines with one blank between their words."""
    return b"\n".join(b" ".join(line.split()) for line in text.split(b"\n"))


def _line_of(text: bytes, number: int, line: int) -> int:
    """The line of the file where a number of a piece stands; blank lines are none."""
    filled = (n for n, said in enumerate(text.split(b"\n")) if said.strip())
    return line + 1 + next(islice(filled, number, None))
