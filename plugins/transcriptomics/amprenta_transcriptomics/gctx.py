"""GCTX: a GCT table as HDF5, one matrix with the annotations of its rows and columns."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from amprenta_core import (
    Annotation,
    FeatureRef,
    FeatureTable,
    FileHead,
    FormatInfo,
    Match,
    Matrix,
    ParsedFile,
    ParseError,
    Quantity,
    Sample,
    annotation,
    open_hdf5,
)
from amprenta_transcriptomics.single_cell import check_names

FORMAT = FormatInfo(name="gctx", versions="1.0", title="GCTX (GCT as HDF5)")
FORMATS = (FORMAT,)
_MATRIX, _ROWS, _COLUMNS = "/0/DATA/0/matrix", "/0/META/ROW", "/0/META/COL"
_TRANSCRIPT = re.compile(r"\d+\Z|[\w-]+_at\Z|ENS[A-Z]*[GT]\d+(?:\.\d+)?\Z|[A-Z][A-Za-z0-9.-]{1,14}\Z")
_UNSAID = ("", "-666")
"""How GCT says that it says nothing."""


def sniff(head: FileHead) -> Match | None:
    """Claim the layout; whether the rows are genes or probes their ids tell."""
    nodes = {node.path: node for node in head.outline}
    if not {_MATRIX, f"{_ROWS}/id", f"{_COLUMNS}/id"} <= set(nodes):
        return None
    ids = nodes[f"{_ROWS}/id"].first
    if ids and all(_TRANSCRIPT.match(one) for one in ids):
        return Match(format=FORMAT.name, confidence="likely", reason="GCTX whose rows are genes or probes")
    return Match(format=FORMAT.name, confidence="possible", reason="GCTX, and nothing says that its rows are genes")


def parse(path: Path, match: Match) -> ParsedFile:
    """The matrix, features in rows. Raises ``FileError``."""
    with open_hdf5(path) as file:
        rows, columns = tuple(_meta(file[_ROWS])), tuple(_meta(file[_COLUMNS]))
        dense = np.asarray(file[_MATRIX][()], dtype=np.float64).T
    check_names(path, {"rows": (len(rows[0].values), dense.shape[0])})
    check_names(path, {"columns": (len(columns[0].values), dense.shape[1])})
    matrix = Matrix(rows=rows, columns=columns, dense=np.ascontiguousarray(dense))
    return ParsedFile(path=str(path), format=match.format, tables=(), matrix=matrix)


def _meta(group: Any) -> Iterator[Annotation]:
    yield annotation("id", group["id"][()])
    for name in group:
        if name != "id" and len(group[name].shape) == 1:
            yield annotation(name, group[name][()])


def extract(parsed: ParsedFile) -> FeatureTable:
    """Rows are features, columns samples. Raises ``ParseError`` where there is no value."""
    matrix = parsed.matrix
    if matrix is None or matrix.dense is None or np.isnan(matrix.dense).all():
        raise ParseError("the matrix holds not one value", path=parsed.path)
    features = tuple(
        FeatureRef(name=name or None, type="probe" if name.endswith("_at") else "gene", attributes=said)
        for name, said in _said(matrix.rows)
    )
    return FeatureTable(
        omics_type="transcriptomics",
        features=features,
        samples=tuple(Sample(name=name, attributes=said) for name, said in _said(matrix.columns)),
        quantities=(Quantity(name="value", values=matrix.dense),),
        rows_read=len(features),
        rows_measured=len(features),
    )


def _said(columns: tuple[Annotation, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """The name of each row or column, and what the file says of it."""
    names, *others = (column.texts() for column in columns)
    for n, name in enumerate(names):
        said = {column.name: texts[n] for column, texts in zip(columns[1:], others, strict=True)}
        yield name, {key: text for key, text in said.items() if text not in _UNSAID}
