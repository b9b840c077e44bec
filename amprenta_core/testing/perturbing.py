"""Change one number of a text file, and see exactly that value change: no column is dropped, mixed or rounded."""

import re
from collections.abc import Iterator
from math import isclose
from pathlib import Path

import numpy as np
from attrs import frozen

from amprenta_core.cells import to_number
from amprenta_core.errors import FileError
from amprenta_core.model import FeatureTable, FloatArray
from amprenta_core.plugins import Plugin
from amprenta_core.reading import detect_dialect
from amprenta_core.testing.examples import read
from amprenta_core.testing.remains import is_combined

DISTINCTIVE = 123456.789012345
MOST_CELLS = 60
"""Cells that are tried, spread evenly."""


@frozen(kw_only=True)
class Number:
    """A number as it stands in a text, between ``start`` and ``end``."""

    value: float
    start: int
    end: int


def numbers(text: str) -> tuple[list[Number], str]:
    """Every cell of a text that is a number, and the decimal mark that they use."""
    delimiter, decimal = detect_dialect(text)
    cells = re.finditer(rf'[^{re.escape(delimiter)}"\r\n]+', text)
    found = [(to_number(cell.group(), decimal), *cell.span()) for cell in cells]
    return [Number(value=value, start=start, end=end) for value, start, end in found if value is not None], decimal


def lost_values(plugin: Plugin, path: Path, text: str, whole: FeatureTable) -> Iterator[str]:
    """Values of the quantity of choice that no number of the text stands for; ``path`` may be overwritten.

    Where rows are combined, a number of the text may be a part of a value: it changes by as much as the number does.
    """
    there, decimal = numbers(text)
    written = repr(DISTINCTIVE).replace(".", decimal)
    values, summed = whole.quantities[0].values, is_combined(whole)
    cells = np.argwhere(~np.isnan(values)).tolist()
    for row, column in cells[:: max(1, len(cells) // MOST_CELLS)]:
        value = float(values[row, column])
        same = [n for n in there if n.value == value or (summed and 0 <= n.value < value)]
        changed = ((n, text[: n.start] + written + text[n.end :]) for n in same)
        outcomes = [_outcome(plugin, path, other, values, value - n.value) for n, other in changed]
        if [(row, column, DISTINCTIVE)] not in outcomes:
            where = f"{whole.quantities[0].name} of row {row + 1}, column {column + 1}"
            what = f"the file has {len(same)} cells with its value {values[row, column]!r}"
            yield f"{where}: {what}, and changing one to {written} gave changes {outcomes[:3]}"


def _outcome(
    plugin: Plugin, path: Path, text: str, before: FloatArray, rest: float
) -> list[tuple[int, int, float]] | None:
    """What changed (row, column, new value without the rest); None where it is no table of its shape."""
    path.write_bytes(text.encode())
    try:
        reading = read(plugin, path)
    except FileError:  # the number was no value: a place, or a count of what follows
        return None
    table = next(iter(reading.tables.values())) if reading else None
    if table is None or table.quantities[0].values.shape != before.shape:
        return None
    after = table.quantities[0].values
    same = (after == before) | (np.isnan(after) & np.isnan(before))
    return [(row, column, _without(float(after[row, column]), rest)) for row, column in np.argwhere(~same).tolist()]


def _without(value: float, rest: float) -> float:
    """What was added to the rest of a sum, as far as its digits go."""
    return DISTINCTIVE if rest and isclose(value, DISTINCTIVE + rest, rel_tol=1e-12) else value
