"""AnnData's h5ad, read without anndata: the layout of today, of 0.7, and the old one of compound tables."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, frozen

from amprenta_core import (
    Annotation,
    FileHead,
    FormatInfo,
    Match,
    Matrix,
    ParsedFile,
    ParseError,
    SparseQuantity,
    annotation,
    by_feature,
    compressed_blocks,
    decoded,
    dense_blocks,
    open_hdf5,
    texts,
)
from amprenta_transcriptomics import single_cell

FORMAT = FormatInfo(name="h5ad", versions="AnnData 0.6 to 0.12", title="AnnData (h5ad)")
FORMATS = (FORMAT,)
extract = single_cell.extract


def sniff(head: FileHead) -> Match | None:
    """Claim what has a matrix, obs and var."""
    paths = {node.path for node in head.outline}
    matrix = next((p for p in ("/X", "/raw/X", "/raw.X", "/layers") if p in paths), None)
    if not {"/obs", "/var"} <= paths or matrix is None:
        return None
    return Match(format=FORMAT.name, confidence="likely", reason=f"HDF5 with /obs, /var and {matrix}")


@frozen(kw_only=True)
class _Source:
    """A matrix of the file, and where each of its features stands among the rows (None: as they are)."""

    name: str
    item: Any
    places: Any = None


def parse(path: Path, match: Match) -> ParsedFile:
    """The matrices by feature, and the annotations of cells and genes. Raises ``FileError``."""
    with open_hdf5(path) as file:
        uns = file.get("uns", {})
        columns = _frame(file["obs"], uns)
        rows, sources, left_out = _aligned(file, _frame(file["var"], uns), uns)
        shape = (len(rows[0].values), len(columns[0].values))
        sparse = tuple(_matrix(source, shape, path) for source in sources)
    matrix = Matrix(rows=rows, columns=columns, sparse=sparse, left_out=left_out)
    return ParsedFile(path=str(path), format=match.format, tables=(), matrix=matrix)


def _aligned(
    file: Any, var: tuple[Annotation, ...], uns: Any
) -> tuple[tuple[Annotation, ...], list[_Source], dict[str, str]]:
    """The features, and the matrices over them: those of ``raw`` where they hold the others too."""
    written = {"X": file.get("X"), **dict(file.get("layers", {}))}
    sources = [_Source(name=name, item=item) for name, item in written.items() if _shape(item)]
    raw, raw_var = file.get("raw.X", file.get("raw/X")), file.get("raw.var", file.get("raw/var"))
    if raw is None or raw_var is None:
        return var, sources, {}
    rows = _frame(raw_var, uns)
    names, wider = var[0].texts(), rows[0].texts()
    source = _Source(name="raw", item=raw)
    if names == wider:
        said = {column.name for column in var}
        return (*var, *(row for row in rows[1:] if row.name not in said)), [*sources, source], {}
    place = {name: n for n, name in enumerate(wider)}
    if len(place) < len(wider) or len(set(names)) < len(names) or not set(names) <= set(place):
        return var, sources, {"raw": "its features are not those of X and more: it is left out"}
    places = np.array([place[name] for name in names], dtype=np.int64)
    known = {row.name for row in rows}
    more = (_spread(column, places, len(wider)) for column in var[1:] if column.name not in known)
    return (*rows, *more), [*(evolve(s, places=places) for s in sources), source], {}


def _spread(column: Annotation, places: Any, size: int) -> Annotation:
    """An annotation over more features: nothing is said of the others."""
    if column.categories is not None:
        values = np.full(size, -1, dtype=np.int32)
        values[places] = column.values
        return evolve(column, values=values)
    if column.values.dtype.kind == "b":
        values = np.full(size, -1, dtype=np.int32)
        values[places] = column.values
        return Annotation(name=column.name, values=values, categories=("False", "True"))
    numbers = np.full(size, np.nan)
    numbers[places] = column.values
    return evolve(column, values=numbers)


def _matrix(source: _Source, shape: tuple[int, int], path: Path) -> SparseQuantity:
    """A matrix by feature. Raises ``ParseError`` where it is not over the cells and features."""
    n_features = shape[0] if source.places is None else len(source.places)
    there = _shape(source.item)
    if there != (shape[1], n_features):
        raise ParseError(f"{source.name} is {there}, not {(shape[1], n_features)}", path=path)
    quantity = by_feature(source.name, shape, lambda: _blocks(source), path=path)
    if source.places is None:
        return quantity
    return evolve(quantity, absent=tuple(np.setdiff1d(np.arange(shape[0]), source.places).tolist()))


def _shape(item: Any) -> tuple[int, ...]:
    """(cells, features) of a matrix, dense or compressed; nothing where there is none."""
    if item is None or hasattr(item, "shape"):
        return () if item is None else tuple(map(int, item.shape or ()))
    said = item.attrs.get("shape", item.attrs.get("h5sparse_shape"))
    return tuple(map(int, said)) if said is not None else ()


def _blocks(source: _Source) -> Iterator[Any]:
    if hasattr(source.item, "shape"):
        blocks = dense_blocks(source.item)
    else:
        kind = decoded(source.item.attrs.get("encoding-type", source.item.attrs.get("h5sparse_format", "")))
        if kind not in ("csr", "csc", "csr_matrix", "csc_matrix"):
            raise ValueError(f"{source.name} is of the unknown kind {kind!r}")
        blocks = compressed_blocks(source.item, by_cell=kind.startswith("csr"))
    if source.places is None:
        return blocks
    return (evolve(block, features=source.places[block.features]) for block in blocks)


# -- obs and var -----------------------------------------------------------------------------------------------------


def _frame(item: Any, uns: Any) -> tuple[Annotation, ...]:
    """The columns of obs or var, their index first."""
    if hasattr(item, "shape"):
        return tuple(_compound(item[()], uns))
    index = decoded(item.attrs.get("_index", "_index" if "_index" in item else "index"))
    order = [decoded(name) for name in item.attrs.get("column-order", sorted(item))]
    names = [name for name in order if name in item and name not in (index, "__categories")]
    others = (_column(item, name) for name in names)
    return (annotation("index", _values(item[index])), *(column for column in others if column is not None))


def _compound(table: Any, uns: Any) -> Iterator[Annotation]:
    """The columns of a table of records; categories stand in ``uns``."""
    names: Sequence[str] = table.dtype.names
    index = next((name for name in ("index", "_index") if name in names), names[0])
    yield annotation("index", table[index])
    for name in names:
        if name == index or table[name].ndim > 1:
            continue
        labels = uns.get(f"{name}_categories") if table[name].dtype.kind in "iu" else None
        yield annotation(name, table[name], None if labels is None else _labels(labels))


def _column(group: Any, name: str) -> Annotation | None:
    """One column in any encoding; None for what is no column of plain values."""
    item = group[name]
    if hasattr(item, "shape"):
        old = group.get("__categories", {})
        if len(item.shape) != 1 or item.dtype.names is not None:
            return None
        return annotation(name, item[()], _labels(old[name]) if name in old else None)
    if "codes" in item:
        return annotation(name, item["codes"][()], _labels(item["categories"]))
    return _nullable(name, item) if "mask" in item else None


def _labels(item: Any) -> list[str]:
    """The names of categories, which may be numbers."""
    values = _values(item)
    return texts(values) if values.dtype.kind in "SOU" else [str(value) for value in values]


def _values(item: Any) -> Any:
    """The values of a dataset, or of an array that says which are missing."""
    return np.asarray(item[()] if hasattr(item, "shape") else item["values"][()])


def _nullable(name: str, item: Mapping[str, Any]) -> Annotation:
    """A column with missing values: numbers become NaN there, truth values and texts nothing."""
    values, mask = np.asarray(item["values"][()]), np.asarray(item["mask"][()]).astype(bool)
    if values.dtype.kind in "iuf":
        return Annotation(name=name, values=np.where(mask, np.nan, values.astype(np.float64)))
    said = annotation(name, values.astype(str) if values.dtype.kind == "b" else values)
    return evolve(said, values=np.where(mask, -1, said.values))
