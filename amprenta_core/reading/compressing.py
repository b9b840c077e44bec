"""Sparse numbers in any order become rows of features, block by block.

Peak memory is the result (4 bytes for each place and 4 or 8 for each value) and some ten arrays of one block.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, frozen

from amprenta_core.errors import ParseError
from amprenta_core.matrices import FloatArray, IntegerArray, SparseQuantity

BLOCK = 1 << 20
"""Values that are taken at once."""
_SHORT = 1 << 16


@frozen(kw_only=True)
class Block:
    """Some numbers of a matrix: the value of feature ``features[i]`` in cell ``cells[i]`` is ``values[i]``."""

    features: IntegerArray
    cells: IntegerArray
    values: FloatArray


def by_feature(
    name: str, shape: tuple[int, int], blocks: Callable[[], Iterable[Block]], *, path: Path
) -> SparseQuantity:
    """The numbers of (features, cells) as rows of features. ``blocks`` is called twice: to count, and to fill.

    Values are held in single precision where that is exact for all of them, else in double. Raises ``ParseError``
    where a number stands outside the shape, or one place has two.
    """
    counts = np.zeros(shape[0], dtype=np.int64)
    for block in blocks():
        _check_places(block, shape, path)
        counts += np.bincount(block.features, minlength=shape[0])
    indptr = np.concatenate([[0], np.cumsum(counts)])
    filling = _Filling(
        free=indptr[:-1].copy(),
        indices=np.empty(int(indptr[-1]), dtype=np.int32),
        values=np.empty(int(indptr[-1]), dtype=np.float32),
    )
    for block in blocks():
        _fill(filling, block)
    _sort_rows(indptr, filling, path)
    return SparseQuantity(name=name, n_cells=shape[1], indptr=indptr, indices=filling.indices, values=filling.values)


@define
class _Filling:
    """The arrays that fill; ``free`` is the next free place of each feature."""

    free: IntegerArray
    indices: IntegerArray
    values: FloatArray


def _check_places(block: Block, shape: tuple[int, int], path: Path) -> None:
    if len(block.features) == 0:
        return
    for what, places, size in (("feature", block.features, shape[0]), ("cell", block.cells, shape[1])):
        low, high = int(places.min()), int(places.max())
        if low < 0 or high >= size:
            wrong = low if low < 0 else high
            raise ParseError(f"a value stands in {what} {wrong + 1}, and there are {size}", path=path)


def _fill(filling: _Filling, block: Block) -> None:
    """Put a block's numbers behind those that are there, each in the row of its feature."""
    features = block.features.astype(np.uint16) if len(filling.free) <= _SHORT else block.features
    order = np.argsort(features, kind="stable")
    counts = np.bincount(block.features, minlength=len(filling.free))
    starts = np.cumsum(counts) - counts
    ordered = block.features[order]
    places = np.arange(len(order)) + (filling.free - starts)[ordered]
    if filling.values.dtype == np.float32 and narrowed(block.values).dtype != np.float32:
        with np.errstate(invalid="ignore"):  # places that are not filled yet hold anything
            filling.values = filling.values.astype(np.float64)
    filling.indices[places] = block.cells[order]
    filling.values[places] = block.values[order]
    filling.free += counts


def narrowed(values: Any) -> Any:
    """The values in single precision where that holds them exactly, else as they are."""
    if values.dtype == np.float32:
        return values
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    same = np.array_equal(single.astype(np.float64), values, equal_nan=values.dtype.kind == "f")
    return single if same else values


def _sort_rows(indptr: IntegerArray, filling: _Filling, path: Path) -> None:
    """Bring the cells of each feature in ascending order, where they are not; refuse a place with two values."""
    for feature in disordered(indptr, filling.indices):
        row = slice(int(indptr[feature]), int(indptr[feature + 1]))
        order = np.argsort(filling.indices[row], kind="stable")
        filling.indices[row], filling.values[row] = filling.indices[row][order], filling.values[row][order]
        twice = np.flatnonzero(np.diff(filling.indices[row]) == 0)
        if len(twice):
            cell = int(filling.indices[row][twice[0]]) + 1
            raise ParseError(f"feature {int(feature) + 1} has two values in cell {cell}", path=path)


def disordered(indptr: IntegerArray, indices: IntegerArray) -> list[int]:
    """The rows whose places do not ascend."""
    found: set[int] = set()
    for start in range(0, len(indices), BLOCK):
        piece = indices[start : start + BLOCK + 1]
        falls = np.flatnonzero(piece[1:] <= piece[:-1]) + start + 1
        rows = np.searchsorted(indptr, falls, side="right") - 1
        found.update(rows[indptr[rows] != falls].tolist())  # a fall at a row's first place is where a row begins
    return sorted(found)
