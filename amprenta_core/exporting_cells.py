"""The cells of a stored dataset as files for other programs: an mtx triplet, AnnData."""

import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen

from amprenta_core.errors import SettingsError
from amprenta_core.extraction.pseudobulk import are_counts
from amprenta_core.matrices import Annotation, Cells, IntegerArray, SparseQuantity

FORMATS = ("mtx", "h5ad")
_BLOCK = 1 << 20
_PACKING = 4
"""How hard gzip tries."""


@frozen(kw_only=True)
class StoredCells:
    """A single-cell revision read back, with one matrix: what names its features and samples, and the cells.

    ``details`` are what the file says of each feature beside its name: ids, flags, attributes.
    """

    summary: Mapping[str, Any]
    names: tuple[str, ...] = field(repr=False)
    details: tuple[Mapping[str, Any], ...] = field(repr=False)
    samples: tuple[str, ...]
    cells: Cells

    @property
    def matrix(self) -> SparseQuantity:
        """The matrix that was asked for."""
        return self.cells.matrices[0]


def export_cells(stored: StoredCells, target: Path, kind: str | None = None) -> None:
    """Write the matrix: as h5ad, or as a folder with an mtx triplet. ``kind`` is found out where it is not said.

    Features that the matrix does not have are left out. Raises ``SettingsError``.
    """
    kind = kind or ("h5ad" if target.suffix.lower() == ".h5ad" else "mtx" if not target.suffix else target.suffix)
    if kind not in FORMATS:
        hint = "Say --format mtx (a folder) or --format h5ad"
        raise SettingsError(f"cells are not written as {kind}", hint=hint)
    try:
        (_h5ad if kind == "h5ad" else _triplet)(stored, target)
    except OSError as error:
        what = f"{target} cannot be written ({error.strerror or error})"
        raise SettingsError(what, hint="Choose another place") from error


def _kept(stored: StoredCells) -> list[int]:
    """The features that the matrix has."""
    absent = set(stored.matrix.absent)
    return [n for n in range(stored.matrix.n_features) if n not in absent]


# -- mtx -------------------------------------------------------------------------------------------------------------


def _triplet(stored: StoredCells, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    kept = _kept(stored)
    with _packed(target / "features.tsv.gz") as stream:
        stream.writelines(_feature_line(stored.names[n], stored.details[n]) for n in kept)
    with _packed(target / "barcodes.tsv.gz") as stream:
        stream.writelines(f"{barcode}\n".encode() for barcode in stored.cells.barcodes)
    with _packed(target / "matrix.mtx.gz") as stream:
        stream.writelines(_matrix_lines(stored, kept))


def _packed(path: Path) -> gzip.GzipFile:
    return gzip.open(path, "wb", compresslevel=_PACKING)


def _feature_line(name: str, details: Mapping[str, Any]) -> bytes:
    symbol = details.get("ids", {}).get("gene_symbol", name)
    kind = details.get("attributes", {}).get("feature_type", "Gene Expression")
    return f"{name}\t{symbol}\t{kind}\n".encode()


def _matrix_lines(stored: StoredCells, kept: Sequence[int]) -> Iterator[bytes]:
    matrix = stored.matrix
    whole = are_counts(matrix)
    banner = f"%%MatrixMarket matrix coordinate {'integer' if whole else 'real'} general\n"
    yield f"{banner}{len(kept)} {matrix.n_cells} {len(matrix.values)}\n".encode()
    place = np.zeros(matrix.n_features, dtype=np.int64)
    place[kept] = np.arange(1, len(kept) + 1)
    for start in range(0, len(matrix.values), _BLOCK):
        cells = matrix.indices[start : start + _BLOCK]
        rows = np.searchsorted(matrix.indptr, np.arange(start, start + len(cells)), side="right") - 1
        values = matrix.values[start : start + _BLOCK]
        yield _lines(place[rows], cells, values.astype(np.int64 if whole else np.float64))


def _lines(rows: IntegerArray, cells: IntegerArray, values: Any) -> bytes:
    """Row, column and value of each number, the first two counted from one."""
    import pyarrow as pa  # noqa: PLC0415  # a third of a second
    from pyarrow import csv  # noqa: PLC0415

    table = pa.table({"row": rows, "column": cells.astype(np.int64) + 1, "value": values})
    out = io.BytesIO()
    csv.write_csv(table, out, csv.WriteOptions(include_header=False, delimiter=" ", quoting_style="none"))
    return out.getvalue()


# -- h5ad ------------------------------------------------------------------------------------------------------------


def _h5ad(stored: StoredCells, target: Path) -> None:
    """Cells in rows, as AnnData has them; in memory the matrix is there twice."""
    try:
        import anndata  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise SettingsError("AnnData is not installed", hint="pip install 'amprenta-core[anndata]'") from error
    from scipy import sparse  # noqa: PLC0415  # comes with anndata

    matrix = stored.matrix
    shape = (matrix.n_cells, matrix.n_features)
    columns = sparse.csc_matrix((matrix.values, matrix.indices, matrix.indptr), shape=shape)
    kept = _kept(stored)
    numbers = columns.tocsr() if len(kept) == matrix.n_features else columns[:, kept].tocsr()
    about = {"dataset": stored.summary["name"], "quantity": matrix.name, "unit": matrix.unit or ""}
    made = anndata.AnnData(X=numbers, obs=_observations(stored), var=_variables(stored, kept), uns=about)
    made.write_h5ad(target)


def _observations(stored: StoredCells) -> Any:
    import pandas as pd  # noqa: PLC0415

    cells = stored.cells
    columns = {annotation.name: _column(annotation) for annotation in cells.annotations}
    samples = _texts(cells.samples, stored.samples)
    return pd.DataFrame({"sample": samples, **columns}, index=pd.Index(list(cells.barcodes)))


def _column(annotation: Annotation) -> Any:
    numbers = annotation.values  # noqa: PD011  # our own attribute
    return numbers if annotation.categories is None else _texts(numbers, annotation.categories)


def _texts(places: IntegerArray, categories: Sequence[str]) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.Categorical.from_codes(places.tolist(), categories=pd.Index(categories))


def _variables(stored: StoredCells, kept: Sequence[int]) -> Any:
    import pandas as pd  # noqa: PLC0415

    details = [stored.details[n] for n in kept]
    said = [{**each.get("attributes", {}), **each.get("ids", {})} for each in details]
    index = pd.Index([stored.names[n] for n in kept])
    frame = pd.DataFrame(said, index=index, dtype=object)
    return frame.fillna("").astype(str)
