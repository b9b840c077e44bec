"""The nouns of what is no table of text: the outline of an HDF5 file, sparse matrices, cells.

They stand beside ``model``, which uses them; they know no file and no omics either.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from attrs import cmp_using, field, frozen

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
IntegerArray = np.ndarray[Any, np.dtype[Any]]
NOTHING: Mapping[str, str] = MappingProxyType({})
"""The empty mapping that values share."""


@frozen(kw_only=True)
class Node:
    """A group or dataset of an HDF5 file: its ``path`` ("/" is the root), ``shape`` and ``dtype`` (of a dataset),
    ``fields`` (of a compound one), attributes as text, and the ``first`` values of a dataset as text.
    """

    path: str
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    fields: tuple[str, ...] = ()
    attributes: Mapping[str, str] = NOTHING
    first: tuple[str, ...] = ()


def _whole_numbers(values: Any) -> Any:
    return np.ascontiguousarray(values, dtype=np.int64).reshape(-1)


def _places(values: Any) -> Any:
    return np.ascontiguousarray(values, dtype=np.int32).reshape(-1)


def _numbers(values: Any) -> Any:
    """Numbers in the precision that they have: single stays single, all else is double."""
    given = np.asarray(values)
    kind = np.float32 if given.dtype == np.float32 else np.float64
    return np.ascontiguousarray(given, dtype=kind).reshape(-1)


def _equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    floats = one.dtype.kind == other.dtype.kind == "f"
    return np.array_equal(one, other, equal_nan=floats)


_SAME = cmp_using(eq=_equal)


@frozen(kw_only=True)
class SparseQuantity:
    """Numbers of one meaning over features × cells, compressed by feature: what is not there is zero.

    The values of feature ``f`` are ``values[indptr[f]:indptr[f + 1]]`` (float32 or float64), those of the cells
    ``indices[...]``, in ascending order, each once. ``absent`` are the features that were not measured at all.
    """

    name: str
    n_cells: int
    indptr: IntegerArray = field(eq=_SAME, repr=False, converter=_whole_numbers)
    indices: IntegerArray = field(eq=_SAME, repr=False, converter=_places)
    values: FloatArray = field(eq=_SAME, repr=False, converter=_numbers)
    unit: str | None = None
    scale: str | None = None
    absent: tuple[int, ...] = field(default=(), repr=False)

    @property
    def n_features(self) -> int:
        """How many features the matrix is over."""
        return len(self.indptr) - 1

    def of_feature(self, feature: int) -> tuple[IntegerArray, FloatArray]:
        """The cells in which a feature has a value, and the values."""
        row = slice(int(self.indptr[feature]), int(self.indptr[feature + 1]))
        return self.indices[row], self.values[row]


@frozen(kw_only=True)
class Annotation:
    """What is said of each cell (or feature) under one name: numbers, truth values, or texts.

    Texts are ``categories``, each once, and ``values`` the places in them (-1: nothing is said); elsewhere
    ``categories`` is None.
    """

    name: str
    values: IntegerArray | FloatArray = field(eq=_SAME, repr=False, converter=np.asarray)
    categories: tuple[str, ...] | None = field(default=None, repr=False)

    def texts(self) -> list[str]:
        """The values as text, "" where nothing is said; numbers in their shortest exact form."""
        if self.categories is None:
            return ["" if value != value else str(value) for value in self.values]  # noqa: PLR0124  # NaN
        known = [*self.categories, ""]
        return [known[place] for place in self.values.tolist()]


@frozen(kw_only=True)
class Matrix:
    """A matrix of a container as written, features in rows: what its rows and columns are called, and its numbers.

    The first annotation of ``rows`` and ``columns`` holds their names. The numbers are sparse quantities, or ``dense``;
    ``left_out`` are parts of the file that are not here, each with the reason; ``unterminated`` is the number of the
    last line of a text that ends without a line end, as a file does that was cut.
    """

    rows: tuple[Annotation, ...]
    columns: tuple[Annotation, ...]
    sparse: tuple[SparseQuantity, ...] = ()
    dense: FloatArray | None = field(default=None, eq=_SAME, repr=False)
    left_out: Mapping[str, str] = NOTHING
    unterminated: int | None = None


@frozen(kw_only=True)
class Cells:
    """The cells behind a table, where it is single-cell: observations, not samples.

    ``samples`` says for each cell its sample in the table (-1: of none that is known); each matrix is over the
    table's features and these cells, and the quantity of its name in the table is its pseudobulk.
    """

    barcodes: tuple[str, ...] = field(repr=False)
    samples: IntegerArray = field(eq=_SAME, repr=False, converter=_places)
    annotations: tuple[Annotation, ...] = ()
    matrices: tuple[SparseQuantity, ...]
