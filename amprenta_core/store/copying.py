"""Binary COPY: numpy builds what Postgres reads, and reads what Postgres sends."""

import io
import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import Connection

from amprenta_core.matrices import IntegerArray
from amprenta_core.model import FloatArray

HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_END = struct.pack(">h", -1)
_FLOAT8 = 701
_CHUNK = 1 << 20
"""Bytes that the driver takes at once: each take is a turn of the interpreter."""
_NUMBERS_AT_ONCE = 1 << 19
"""Numbers of a block of rows, some 12 bytes each."""
_NULL = struct.pack(">i", -1)
_NULL_CHARACTER = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_DETAILS = 5
"""Fields of a measured row: revision, position, name, values, details."""


def copy_measured(
    connection: Connection,
    revision: int,
    names: Sequence[int],
    quantities: Sequence[FloatArray],
    details: Sequence[Mapping[str, Any] | None],
) -> None:
    """Write measured rows: each of ``quantities`` is (rows, its numbers), which stand one after the other in a row;
    ``names`` and ``details`` have one entry for each row. Some rows are built at a time, never the whole matrix.
    """
    pieces = measured_blocks(revision, names, quantities, details)
    copy_pieces(connection, "measured (revision_no, position, name_no, values, details)", pieces)


def measured_blocks(
    revision: int,
    names: Sequence[int],
    quantities: Sequence[FloatArray],
    details: Sequence[Mapping[str, Any] | None],
) -> Iterator[bytes]:
    """The rows as ``COPY measured … FROM STDIN (FORMAT binary)`` wants them, piece by piece, without head and end."""
    at_once = max(1, _NUMBERS_AT_ONCE // max(1, sum(values.shape[1] for values in quantities)))
    for first in range(0, len(names), at_once):
        some = slice(first, first + at_once)
        values = np.concatenate([values[some] for values in quantities], axis=1)
        yield from _rows(_packed(revision, first, names[some], values), details[some])


def _rows(packed: np.ndarray[Any, Any], details: Sequence[Mapping[str, Any] | None]) -> Iterator[bytes]:
    if not any(details):
        whole = np.zeros(len(packed), dtype=[("row", packed.dtype), ("details", ">i4")])
        whole["row"], whole["details"] = packed, -1
        yield whole.tobytes()
        return
    size, data = packed.dtype.itemsize, packed.tobytes()
    for i, detail in enumerate(details):
        yield data[i * size : (i + 1) * size]
        yield _jsonb(detail)


def _packed(revision: int, first: int, names: Sequence[int], values: FloatArray) -> np.ndarray[Any, Any]:
    """All fields but the last, of the same length in each row; ``first`` is the position of the first of them."""
    rows, width = values.shape
    item = np.dtype([("size", ">i4"), ("value", ">f8")])
    integer = [("size", ">i4"), ("value", ">i4")]
    array = [("size", ">i4"), ("ndim", ">i4"), ("nulls", ">i4"), ("type", ">i4"), ("length", ">i4"), ("lower", ">i4")]
    row = np.dtype(
        [
            ("fields", ">i2"),
            ("revision", integer),
            ("position", integer),
            ("name", integer),
            *array,
            ("items", item, (width,)),
        ]
    )
    packed = np.zeros(rows, dtype=row)
    packed["fields"] = _DETAILS
    for field, value in (
        ("revision", revision),
        ("position", np.arange(first, first + rows)),
        ("name", np.asarray(names)),
    ):
        packed[field]["size"], packed[field]["value"] = 4, value
    packed["size"], packed["ndim"], packed["type"], packed["length"], packed["lower"] = (
        20 + 12 * width,
        1,
        _FLOAT8,
        width,
        1,
    )
    packed["items"]["size"], packed["items"]["value"] = 8, values
    return packed


def _jsonb(detail: Mapping[str, Any] | None) -> bytes:
    if not detail:
        return _NULL
    text = b"\x01" + json_text(detail).encode()
    return struct.pack(">i", len(text)) + text


def json_text(value: Any) -> str:
    r"""JSON for Postgres, which holds no null characters: they are left out.

    >>> json_text(["a\0b", "\\u0000"])
    '["ab", "\\\\u0000"]'
    """
    text = json.dumps(value, ensure_ascii=False)
    return _NULL_CHARACTER.sub(r"\1", text) if "\\u0000" in text else text


def _cursor(connection: Connection) -> Any:
    """The driver's own cursor: COPY is no statement of SQLAlchemy's."""
    return connection.connection.cursor()


def copy_pieces(connection: Connection, target: str, pieces: Iterator[bytes]) -> None:
    """Write rows, as binary COPY has them, that come piece by piece: no more than some pieces are in memory."""
    whole = chain((HEADER,), pieces, (_END,))
    _copy_in(connection, target, io.BufferedReader(_Pieces(whole), _CHUNK))


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def array_bytes(values: IntegerArray | FloatArray, oid: int, item: str) -> bytes:
    """An array as a field of a binary row: ``oid`` is the type of its items, ``item`` numpy's name for them."""
    kind = np.dtype([("size", ">i4"), ("value", item)])
    packed = np.empty(len(values), dtype=kind)
    packed["size"], packed["value"] = kind["value"].itemsize, values
    data = packed.tobytes()
    head = struct.pack(">iiiii", 1, 0, oid, len(values), 1) if len(values) else struct.pack(">iii", 0, 0, oid)
    return b"".join((struct.pack(">i", len(head) + len(data)), head, data))


def copy_rows_out(connection: Connection, query: str) -> Iterator[list[memoryview | None]]:
    """The fields of each row of a query, as binary COPY gives them."""
    stream = io.BytesIO()
    with _cursor(connection) as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", stream, _CHUNK)
    data = stream.getbuffer()
    at = len(HEADER)
    while (fields := struct.unpack_from(">h", data, at)[0]) != -1:
        at += 2
        row: list[memoryview | None] = []
        for _ in range(fields):
            length = struct.unpack_from(">i", data, at)[0]
            row.append(None if length < 0 else data[at + 4 : at + 4 + length])
            at += 4 + max(length, 0)
        yield row


def array_from(field: memoryview, item: str) -> np.ndarray[Any, np.dtype[Any]]:
    """The items of an array field without nulls."""
    kind = np.dtype([("size", ">i4"), ("value", item)])
    return np.frombuffer(field, dtype=kind, offset=20)["value"] if len(field) > 12 else np.empty(0)  # noqa: PLR2004  # no items


def _copy_in(connection: Connection, target: str, stream: io.BufferedReader) -> None:
    with _cursor(connection) as cursor:
        cursor.copy_expert(f"COPY {target} FROM STDIN (FORMAT binary)", stream, _CHUNK)


def copy_out(connection: Connection, query: str, width: int) -> Iterator[tuple[int, str, FloatArray]]:
    """(position, name, numbers) of each row of a query over ``position::int, text::text, values::float8[]``."""
    stream = io.BytesIO()
    with _cursor(connection) as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", stream, _CHUNK)
    data = stream.getbuffer()
    at = len(HEADER)
    item = np.dtype([("size", ">i4"), ("value", ">f8")])
    while struct.unpack_from(">h", data, at)[0] != -1:
        position, length = struct.unpack_from(">ii", data, at + 6)
        text = bytes(data[at + 14 : at + 14 + length]).decode()
        start = at + 14 + length + 4
        numbers = np.frombuffer(data, dtype=item, count=width, offset=start + 20)["value"].astype(np.float64)
        yield position, text, numbers
        at = start + 20 + 12 * width
