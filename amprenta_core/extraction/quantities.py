"""The numbers of a quantity, wherever its cells stand."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from amprenta_core.cells import NumberReader
from amprenta_core.extraction.grid import Account, Grid
from amprenta_core.formats import Measure
from amprenta_core.model import FloatArray, Quantity

_CELLS_AT_ONCE = 1 << 20
"""Cells whose text is held at a time."""


@frozen(kw_only=True)
class Block:
    """One quantity's columns, one for each sample (None where the file has none)."""

    measure: Measure
    columns: tuple[int | None, ...]


@frozen(kw_only=True)
class Cells:
    """Where each kept row of a long table goes: its feature and its sample (or contrast)."""

    rows: tuple[int, ...]
    feature: tuple[int, ...]
    sample: tuple[int, ...]


def block_quantity(grid: Grid, block: Block, kept: Sequence[int], counted: Account) -> Quantity:
    """A quantity whose values stand in columns, one for each sample (or contrast)."""
    width = len(block.columns)
    reader = NumberReader(width=width, decimal=grid.table.decimal)
    values = np.empty((len(kept), width))
    at_once = max(1, _CELLS_AT_ONCE // max(1, width))
    for first in range(0, len(kept), at_once):
        rows = kept[first : first + at_once]
        values[first : first + len(rows)] = _numbers(grid, reader, block.columns, rows, first)
    note_unreadable(grid, in_table(reader, kept), counted, block.columns)
    measure = block.measure
    return Quantity(
        name=measure.name,
        values=values,
        unit=measure.unit,
        scale=measure.scale,
        zero=measure.zero,
        missing=reader.reasons(),
    )


def _numbers(
    grid: Grid, reader: NumberReader, columns: Sequence[int | None], rows: Sequence[int], first: int
) -> FloatArray:
    """The numbers of some rows, of which the first is row ``first`` of the quantity."""
    spans = grid.spans(rows, columns)
    if spans is not None:
        return reader.read_texts(spans, grid.delimiter, first)
    if None in columns:
        return reader.read([["" if j is None else grid.cell(i, j) for j in columns] for i in rows], first)
    return reader.read(grid.block(rows, [j for j in columns if j is not None]), first)


def note_unreadable(
    grid: Grid, unreadable: Sequence[tuple[int, int, str]], counted: Account, place: Sequence[int | None]
) -> None:
    """One problem for all cells (row of the table, place, text) that are neither numbers nor known marks."""
    if not unreadable:
        return
    row, column, text = unreadable[0]
    j = place[column]
    where = f"{grid.table.place(row)}, column {grid.header[j].strip() if j is not None else column + 1}"
    what = f"cells that are no numbers, read as missing: {len(unreadable)} ({text[:40]!r} first)"
    counted.note(where, "unreadable_value", what)


def scattered(
    grid: Grid, measure: Measure, column: int, cells: Cells, shape: tuple[int, int], counted: Account
) -> Quantity:
    """A quantity whose values stand below each other, one row for each feature in each sample."""
    reader = NumberReader(width=1, decimal=grid.table.decimal)
    numbers = reader.read([[grid.cell(i, column)] for i in cells.rows])[:, 0]
    note_unreadable(grid, in_table(reader, cells.rows), counted, [column])
    values = np.full(shape, np.nan)
    values[list(cells.feature), list(cells.sample)] = numbers
    width = shape[1]
    missing = {
        reason: tuple(sorted(cells.feature[n] * width + cells.sample[n] for n in found))
        for reason, found in reader.reasons().items()
    }
    return Quantity(
        name=measure.name,
        values=values,
        unit=measure.unit,
        scale=measure.scale,
        zero=measure.zero,
        missing=missing,
    )


def in_table(reader: NumberReader, rows: Sequence[int]) -> list[tuple[int, int, str]]:
    """What a reader could not read, by the rows of the table."""
    return [(rows[row], column, text) for row, column, text in reader.unreadable]
