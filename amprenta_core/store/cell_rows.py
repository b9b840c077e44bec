"""Cells and their sparse matrices in the database: written in blocks, read by feature or as a whole."""

import json
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert, select, text

from amprenta_core.errors import NotFound
from amprenta_core.matrices import Annotation, Cells, FloatArray, IntegerArray, SparseQuantity
from amprenta_core.store import tables
from amprenta_core.store.copying import array_bytes, array_from, copy_pieces, copy_rows_out, json_text

CELLS = 8_192
"""Cells of a row of ``cells``."""
VALUES = 65_536
"""Values of a row of ``sparse_rows``: at most 768 KiB."""
_BATCH = 4_000_000
"""Values that are read at once."""
_INT4, _FLOAT4, _FLOAT8 = 23, 700, 701
_NULL = struct.pack(">i", -1)


def write_cells(connection: Connection, revision: int, cells: Cells) -> None:
    """Write the cells of a revision, in the caller's transaction."""
    _insert(connection, tables.matrices, revision, [_matrix_row(matrix) for matrix in cells.matrices])
    _insert(connection, tables.cell_annotations, revision, [_annotation_row(a) for a in cells.annotations])
    columns = "cells (revision_no, first, barcodes, samples, annotations)"
    _copy_cells(connection, columns, revision, cells)
    columns = "sparse_rows (revision_no, matrix, position, part, indices, singles, doubles)"
    copy_pieces(connection, columns, _matrix_bytes(revision, cells.matrices))


def _insert(connection: Connection, table: Any, revision: int, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        numbered = [{"revision_no": revision, "position": n, **row} for n, row in enumerate(rows)]
        connection.execute(insert(table), numbered)


def _matrix_row(matrix: SparseQuantity) -> dict[str, Any]:
    return {
        "name": matrix.name,
        "unit": matrix.unit,
        "scale": matrix.scale,
        "single": matrix.values.dtype == np.float32,
        "n_values": len(matrix.values),
        "absent": list(matrix.absent),
    }


def _annotation_row(annotation: Annotation) -> dict[str, Any]:
    categories = annotation.categories
    cleaned = None if categories is None else json.loads(json_text(list(categories)))
    return {"name": annotation.name, "kind": annotation.values.dtype.str, "categories": cleaned}


def _copy_cells(connection: Connection, columns: str, revision: int, cells: Cells) -> None:
    def pieces() -> Iterator[bytes]:
        for first in range(0, len(cells.barcodes), CELLS):
            rows = slice(first, first + CELLS)
            said = b"\x01" + json_text([_plain(a.values[rows]) for a in cells.annotations]).encode()
            yield b"".join(
                (
                    struct.pack(">hiiii", 5, 4, revision, 4, first),
                    _text_array(cells.barcodes[rows]),
                    array_bytes(cells.samples[rows], _INT4, ">i4"),
                    struct.pack(">i", len(said)),
                    said,
                )
            )

    copy_pieces(connection, columns, pieces())


def _plain(values: Any) -> list[Any]:
    """Numbers as JSON holds them: null for NaN, text for the infinite."""
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [number if np.isfinite(number) else None if np.isnan(number) else str(number) for number in values.tolist()]


def _text_array(values: Sequence[str]) -> bytes:
    encoded = [value.replace("\0", "").encode() for value in values]
    items = b"".join(struct.pack(">i", len(each)) + each for each in encoded)
    head = struct.pack(">iiiii", 1, 0, 25, len(encoded), 1)
    return struct.pack(">i", len(head) + len(items)) + head + items


def _matrix_bytes(revision: int, matrices: Sequence[SparseQuantity]) -> Iterator[bytes]:
    """The rows of all matrices, one piece for each row."""
    for number, matrix in enumerate(matrices):
        for position in range(matrix.n_features):
            indices, values = matrix.of_feature(position)
            for part, start in enumerate(range(0, len(indices), VALUES)):
                here = slice(start, start + VALUES)
                key = struct.pack(">hiiihiiii", 7, 4, revision, 2, number, 4, position, 4, part)
                yield b"".join((key, array_bytes(indices[here], _INT4, ">i4"), *_value_fields(values[here])))


def _value_fields(values: FloatArray) -> tuple[bytes, bytes]:
    """The columns of single and of double precision, one of which is empty."""
    if values.dtype == np.float32:
        return array_bytes(values, _FLOAT4, ">f4"), _NULL
    return _NULL, array_bytes(values, _FLOAT8, ">f8")


# -- reading ---------------------------------------------------------------------------------------------------------


def read_feature(
    connection: Connection, revision: int, position: int, matrix: int = 0
) -> tuple[IntegerArray, FloatArray]:
    """The cells in which a feature has a value, and the values."""
    found = _rows(connection, revision, matrix, position, position + 1)
    indices = [cells for _, cells, _ in found]
    values = [numbers for _, _, numbers in found]
    return np.concatenate([np.empty(0, np.int32), *indices]), np.concatenate([np.empty(0, np.float32), *values])


def read_cells(connection: Connection, revision: int, name: str | None = None) -> Cells:
    """The cells of a revision with one matrix (None: the first). Raises ``NotFound``."""
    found = find_matrix(connection, revision, name)
    barcodes, samples, annotations = _read_observations(connection, revision)
    matrix = _read_matrix(connection, revision, found, len(barcodes))
    return Cells(barcodes=tuple(barcodes), samples=samples, annotations=annotations, matrices=(matrix,))


def find_matrix(connection: Connection, revision: int, name: str | None = None) -> Any:
    """The row of a matrix of cells (None: the first). Raises ``NotFound``."""
    found = connection.execute(_of(tables.matrices, revision)).mappings().all()
    chosen = [row for row in found if name is None or row["name"].casefold() == name.casefold()]
    if not chosen:
        there = ", ".join(row["name"] for row in found)
        what = f"there is no matrix {name} of cells" if found else "the dataset has no cells: it is not single-cell"
        raise NotFound(what, hint=f"It has: {there}" if there else "Export it without --cells")
    return chosen[0]


def find_position(connection: Connection, revision: int, name: str) -> int | None:
    """Where the first feature of this name stands in a revision."""
    query = text(
        "SELECT m.position FROM measured m JOIN names n ON n.no = m.name_no "
        "WHERE m.revision_no = :no AND md5(n.text) = md5(:name) ORDER BY m.position LIMIT 1"
    )
    found: int | None = connection.scalar(query, {"no": revision, "name": name})
    return found


def _of(table: Any, revision: int) -> Any:
    return select(table).where(table.c.revision_no == revision).order_by(table.c.position)


def _read_observations(connection: Connection, revision: int) -> tuple[list[str], IntegerArray, tuple[Annotation, ...]]:
    said = connection.execute(_of(tables.cell_annotations, revision)).mappings().all()
    query = text("SELECT barcodes, samples, annotations FROM cells WHERE revision_no = :no ORDER BY first")
    barcodes: list[str] = []
    samples: list[int] = []
    values: list[list[Any]] = [[] for _ in said]
    for row in connection.execute(query, {"no": revision}):
        barcodes += row.barcodes
        samples += row.samples
        for column, more in zip(values, row.annotations, strict=True):
            column.extend(more)
    annotations = (_annotation(row, column) for row, column in zip(said, values, strict=True))
    return barcodes, np.array(samples, dtype=np.int32), tuple(annotations)


def _annotation(row: Any, values: list[Any]) -> Annotation:
    numbers = [np.nan if value is None else float(value) if isinstance(value, str) else value for value in values]
    categories = None if row["categories"] is None else tuple(row["categories"])
    return Annotation(name=row["name"], values=np.array(numbers, dtype=row["kind"]), categories=categories)


def _read_matrix(connection: Connection, revision: int, row: Any, n_cells: int) -> SparseQuantity:
    """A matrix as it was written, read in batches of features."""
    n_features = connection.scalar(text("SELECT n_features FROM revisions WHERE no = :no"), {"no": revision})
    indices = np.empty(row["n_values"], dtype=np.int32)
    values = np.empty(row["n_values"], dtype=np.float32 if row["single"] else np.float64)
    counts, at = np.zeros(n_features, dtype=np.int64), 0
    step = max(1, int(_BATCH * n_features / max(1, row["n_values"])))
    for first in range(0, n_features, step):
        for position, cells, numbers in _rows(connection, revision, row["position"], first, first + step):
            indices[at : at + len(cells)], values[at : at + len(cells)] = cells, numbers
            counts[position] += len(cells)
            at += len(cells)
    return SparseQuantity(
        name=row["name"],
        n_cells=n_cells,
        indptr=np.concatenate([[0], np.cumsum(counts)]),
        indices=indices,
        values=values,
        unit=row["unit"],
        scale=row["scale"],
        absent=tuple(row["absent"]),
    )


def _rows(
    connection: Connection, revision: int, matrix: int, first: int, last: int
) -> list[tuple[int, IntegerArray, FloatArray]]:
    """(feature, cells, values) of the features from ``first`` to before ``last``, in order."""
    query = (
        "SELECT position, indices, singles, doubles FROM sparse_rows "  # noqa: S608  # integers
        f"WHERE revision_no = {int(revision)} AND matrix = {int(matrix)} AND position >= {int(first)} "
        f"AND position < {int(last)} ORDER BY position, part"
    )
    return [_row(fields) for fields in copy_rows_out(connection, query)]


def _row(fields: Sequence[memoryview | None]) -> tuple[int, IntegerArray, FloatArray]:
    position, indices, singles, doubles = fields
    assert position is not None  # noqa: S101  # part of the key
    assert indices is not None  # noqa: S101  # the same
    numbers = array_from(singles, ">f4") if singles is not None else array_from(doubles or memoryview(b""), ">f8")
    native = numbers.astype(numbers.dtype.newbyteorder("="))
    return struct.unpack(">i", position)[0], array_from(indices, ">i4").astype(np.int32), native
