"""Cell text to numbers: exact where it is a number, missing with its reason where it is not.

A number is what ``float`` reads, correctly rounded, so that values read back equal the file's to the last digit.
"""

import re
from collections.abc import Sequence
from itertools import chain
from math import isfinite

import numpy as np
from attrs import define, field

from amprenta_core.model import FloatArray

EMPTY = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", ".", "nd", "n.d.", "n.a.", "not detected"}
)
"""Texts, folded, that say no more than that nothing is there."""
REASONS = re.compile(
    r"(?:[<>≤≥][^|]*|n/f|filtered|[-+]?inf(?:inity)?|l?lod|l?loq|uloq|b[dql]l|below.*|above.*|not found|#[a-z/0]+[!?]?|"
    r"missing)\Z",
    re.IGNORECASE,
)
"""Texts that say why a value is missing."""
_REASON_STARTS = frozenset("<>≤≥nf-+ilubam#")
QUICK_LOOK = 64
"""Cells of nothing but numbers that are enough to call a column numeric."""
_ROWS_AT_ONCE = 128
_SPACES = " \t\n\r\v\f\x1c\x1d\x1e\x1f"
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?\Z")
_THOUSANDS_BY_POINTS = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+,\d+\Z")
_COMMA_AND_EXPONENT = re.compile(r"[-+]?\d,\d+E[-+]\d\d+\Z")
"""A large number as a spreadsheet with decimal commas rewrites it in a table with points."""
_MINUS = "\N{MINUS SIGN}"


def to_number(text: str, decimal: str = ".") -> float | None:
    """The finite number that a cell states, None where it states none. A typographic minus is a minus.

    >>> to_number("1,5", ","), to_number("1,234.5"), to_number("1_0"), to_number("<LOD"), to_number("1e400")
    (1.5, 1234.5, None, None, None)
    >>> to_number("3,8207E+11"), to_number("3,8207")
    (382070000000.0, None)
    """
    stripped = text.strip().replace(_MINUS, "-")
    if decimal == ",":
        plain = stripped.replace(".", "") if _THOUSANDS_BY_POINTS.match(stripped) else stripped
        stripped = plain if "," in plain and "." in plain else plain.replace(",", ".")
    elif "," in stripped and _THOUSANDS.match(stripped):
        stripped = stripped.replace(",", "")
    elif "," in stripped and _COMMA_AND_EXPONENT.match(stripped):
        stripped = stripped.replace(",", ".")
    number = float(stripped) if _NUMBER.match(stripped) else None
    return number if number is not None and isfinite(number) else None


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value, with or without a reason."""
    folded = text.strip().casefold()
    return folded in EMPTY or (folded[0] in _REASON_STARTS and bool(REASONS.match(folded)))


def is_numeric(cells: Sequence[str], decimal: str = ".") -> bool:
    """Whether a column holds measurements: no text but numbers and missing marks, a few slips allowed."""
    if decimal == "." and all_numbers(cells[:QUICK_LOOK]):
        return True
    numbers = slips = 0
    for cell in cells:
        if to_number(cell, decimal) is not None:
            numbers += 1
        elif not is_missing(cell):
            slips += 1
    return numbers > 0 and slips * 10 <= numbers


def all_numbers(cells: Sequence[str]) -> bool:
    """Whether every cell is a plain number, and there is one."""
    try:
        numbers = list(map(float, cells))
    except ValueError:
        return False
    return bool(numbers) and "_" not in "".join(cells) and isfinite(sum(numbers))


@define
class NumberReader:
    """Turns rows of cells into numbers and remembers why values are missing.

    ``missing`` maps a reason to flat indices (row × width + column); ``unreadable`` lists (row, column, text) of
    cells that are neither numbers nor known marks: they are missing too, and a problem.
    """

    width: int
    decimal: str = "."
    missing: dict[str, list[int]] = field(factory=dict)
    unreadable: list[tuple[int, int, str]] = field(factory=list)

    def read(self, rows: Sequence[Sequence[str]], first: int = 0) -> FloatArray:
        """The numbers of rows, each of ``width`` cells: (rows, width), NaN where missing. ``first`` is the number that
        the first of them has among all that are read.
        """
        if self.decimal == ".":
            plain = _plain_numbers(list(chain.from_iterable(rows)))
            if plain is not None:
                return plain.reshape(len(rows), self.width)
        numbers = [self._row(n, cells) for n, cells in enumerate(rows, first)]
        return np.array(numbers, dtype=np.float64).reshape(len(rows), self.width)

    def read_texts(self, texts: Sequence[str], delimiter: str, first: int = 0) -> FloatArray:
        """The numbers of rows, each the text of ``width`` cells, as ``read`` says them."""
        values = np.empty((len(texts), self.width))
        for at in range(0, len(texts), _ROWS_AT_ONCE):
            some = texts[at : at + _ROWS_AT_ONCE]
            plain = _joined_numbers(some, delimiter, self.width) if self.decimal == "." else None
            if plain is None:
                plain = np.array([self._row(n, text.split(delimiter)) for n, text in enumerate(some, first + at)])
            values[at : at + len(some)] = plain
        return values

    def _row(self, row: int, cells: Sequence[str]) -> Sequence[float]:
        plain = _plain_numbers(cells) if self.decimal == "." else None
        return [self._one(row, column, cell) for column, cell in enumerate(cells)] if plain is None else plain.tolist()

    def _one(self, row: int, column: int, cell: str) -> float:
        value = to_number(cell, self.decimal)
        if value is not None:
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


def _plain_numbers(cells: Sequence[str]) -> FloatArray | None:
    """The numbers where every cell is one that ``float`` reads as a file means it; None where any is not."""
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() and "_" not in "".join(cells) else None


def _joined_numbers(texts: Sequence[str], delimiter: str, width: int) -> FloatArray | None:
    """The numbers of rows, no string made for any; None where a cell is anything but a plain number."""
    joined = delimiter.join(texts)
    if delimiter != ",":
        if "," in joined:
            return None
        joined = joined.replace(delimiter, ",")
    if any(space in joined for space in _SPACES):  # numpy reads a blank cell as a number
        return None
    try:
        numbers = np.fromstring(joined, dtype=np.float64, sep=",")
    except ValueError:
        return None
    plain = numbers.size == len(texts) * width and bool(np.isfinite(numbers).all())
    return numbers.reshape(len(texts), width) if plain else None
