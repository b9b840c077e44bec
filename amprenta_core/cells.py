"""Cell text to numbers: exact where it is a number, missing with its reason where it is not.

A number is what ``float`` reads, correctly rounded, so that values read back equal the file's to the last digit.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from attrs import define, field

from amprenta_core.model import FloatArray

EMPTY = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", ".", "nd", "n.d.", "n.a.", "not detected"}
)
"""Texts, folded, that say no more than that nothing is there."""
REASONS = re.compile(
    r"(?:[<>≤≥]\s*.*|n/f|filtered|[-+]?inf(?:inity)?|l?lod|l?loq|uloq|b[dql]l|below.*|above.*|not found|#[a-z/0]+[!?]?|missing)\Z",
    re.IGNORECASE,
)
"""Texts that say why a value is missing."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")


def to_number(text: str, decimal: str = ".") -> float | None:
    """The number that a cell states, None where it states none.

    >>> to_number("1,5", ","), to_number("1,234.5"), to_number("1_0"), to_number("<LOD")
    (1.5, 1234.5, None, None)
    """
    stripped = text.strip()
    if decimal == ",":
        stripped = stripped.replace(".", "").replace(",", ".") if "," in stripped else stripped
    elif "," in stripped and _THOUSANDS.match(stripped):
        stripped = stripped.replace(",", "")
    return float(stripped) if _NUMBER.match(stripped) else None


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value, with or without a reason."""
    folded = text.strip().casefold()
    return folded in EMPTY or bool(REASONS.match(folded))


def is_numeric(cells: Iterable[str], decimal: str = ".") -> bool:
    """Whether a column holds measurements: no text but numbers and missing marks, a few slips allowed."""
    numbers = slips = 0
    for cell in cells:
        if to_number(cell, decimal) is not None:
            numbers += 1
        elif not is_missing(cell):
            slips += 1
    return numbers > 0 and slips * 10 <= numbers


@define
class NumberReader:
    """Turns rows of cells into rows of numbers and remembers why values are missing.

    ``missing`` maps a reason to flat indices (row × width + column); ``unreadable`` lists (row, column, text) of
    cells that are neither numbers nor known marks: they are missing too, and a problem.
    """

    width: int
    decimal: str = "."
    missing: dict[str, list[int]] = field(factory=dict)
    unreadable: list[tuple[int, int, str]] = field(factory=list)

    def read(self, row: int, cells: Sequence[str]) -> list[float]:
        """Numbers of one row, NaN where missing; ``row`` is its index in the result."""
        if self.decimal == ".":
            try:
                values = list(map(float, cells))
            except ValueError:
                pass
            else:
                if all(map(_plain, cells, values)):
                    return values
        return [self._one(row, column, cell) for column, cell in enumerate(cells)]

    def _one(self, row: int, column: int, cell: str) -> float:
        value = to_number(cell, self.decimal)
        if value is not None and value not in (float("inf"), float("-inf")):
            return value
        text = cell.strip()
        if text.casefold() not in EMPTY:
            self.missing.setdefault(text, []).append(row * self.width + column)
            if not REASONS.match(text):
                self.unreadable.append((row, column, text))
        return float("nan")

    def reasons(self) -> dict[str, tuple[int, ...]]:
        """Why values are missing, as a quantity holds it."""
        return {reason: tuple(cells) for reason, cells in sorted(self.missing.items())}


def _plain(cell: str, value: float) -> bool:
    """Whether ``float`` read what a file means: no underscores, no infinities, no word "nan"."""
    return value - value == 0.0 and "_" not in cell


def as_array(rows: Sequence[Sequence[float]], width: int) -> FloatArray:
    """Rows of numbers as one array of shape (rows, width)."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)
