"""Rows of a delimited text, cut into cells when they are asked for.

A line of numbers takes a tenth of the memory of its cells, and most cells of a table are only ever wanted as numbers.
"""

import csv
from collections.abc import Sequence
from operator import itemgetter
from typing import overload

from attrs import define, field

Row = tuple[str, ...]
_KEPT_CELLS = 200_000
"""Cells that are kept once they are cut: a small table is cut once."""
_FIRST_KEPT = 200
"""Of the rows that slices take: the first so many are kept as they are."""
_START = 3
"""The first so many characters of each line tell most often that no row begins with a word."""


@define(eq=False)
class TextRows(Sequence[Row]):
    """Rows, each a line without its end, or already cut where its record spans lines or its quotes are astray.

    >>> TextRows(['PC 34:1,1,2', '"DG 16:0,18:1",3,4'], ",")[1]
    ('DG 16:0,18:1', '3', '4')
    """

    _lines: Sequence[str | Row] = field(repr=False)
    delimiter: str
    first: int | None = None
    """Only so many cells of each row; None: all."""
    headers: tuple[tuple[int, frozenset[str]], ...] | None = field(default=None, init=False, repr=False)
    worded: tuple[tuple[Row, ...], tuple[Row, ...]] | None = field(default=None, init=False, repr=False)
    """What recognising found out about the first rows: one format asks as the other does."""
    _kept: dict[int, Row] = field(factory=dict, init=False, repr=False)
    _room: int = field(default=_KEPT_CELLS, init=False, repr=False)
    _first_rows: list[Row] = field(factory=list, init=False, repr=False)
    _starts: set[str] | None = field(default=None, init=False, repr=False)
    _last: tuple[int | None, Row] = field(default=(None, ()), init=False, repr=False)

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(index, slice):
            return self._sliced(index)
        if index < 0:
            index += len(self)
        last = self._last
        if last[0] == index:
            return last[1]
        row = self._kept.get(index)
        if row is None:
            row = self._cut(self._lines[index])
            if len(row) <= self._room:
                self._room -= len(row)
                self._kept[index] = row
        self._last = (index, row)
        return row

    def _sliced(self, index: slice) -> tuple[Row, ...]:
        """Several rows. The first ones are kept together, for all formats look at them."""
        start, stop, step = index.indices(len(self))
        if step == 1 and 0 <= start < stop <= _FIRST_KEPT and self._keeps(stop):
            return tuple(self._first_rows[start:stop])
        return tuple(self[i] for i in range(start, stop, step))

    def _keeps(self, count: int) -> bool:
        """Whether so many first rows are kept together; those of a wide table are not."""
        for i in range(len(self._first_rows), count):
            row = self[i]
            if i not in self._kept:
                return False
            self._first_rows.append(row)
        return True

    def __eq__(self, other: object) -> bool:
        """Equal to any sequence of equal rows."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(tuple(mine) == tuple(theirs) for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as any other mutable cache

    def _cut(self, line: str | Row) -> Row:
        if isinstance(line, tuple):
            return line[: self.first]
        if '"' in line:
            return cut(line, self.delimiter)[: self.first]
        if self.first is None:
            return tuple(line.split(self.delimiter))
        return tuple(line.split(self.delimiter, self.first)[: self.first])

    def starts(self, first: int) -> "TextRows":
        """The same rows, only so many cells of each."""
        return TextRows(self._lines, self.delimiter, first)

    def beginning(self, cell: str) -> int | None:
        """The first row whose first cell is this one."""
        if self._starts is None:
            self._starts = {(line[0] if isinstance(line, tuple) else line)[:_START] for line in self._lines}
        starts = (cell, f'"{cell}"')
        if len(cell) >= _START and self._starts.isdisjoint(start[:_START] for start in starts):
            return None
        for i, line in enumerate(self._lines):
            if (line[0] == cell) if isinstance(line, tuple) else line.startswith(starts) and self[i][0] == cell:
                return i
        return None

    def column(self, index: int, rows: Sequence[int]) -> list[str]:
        """The same cell of many rows, "" where a row is shorter; the cells behind it are not cut."""
        lines, delimiter, whole = self._lines, self.delimiter, index + 1
        found = []
        for i in rows:
            line = lines[i]
            row = self[i] if isinstance(line, tuple) or '"' in line else line.split(delimiter, whole)
            found.append(row[index] if index < len(row) else "")
        return found

    def width(self, index: int) -> int:
        """How many cells a row has."""
        line = self._lines[index]
        if isinstance(line, tuple):
            return len(line)
        return len(self[index]) if '"' in line else line.count(self.delimiter) + 1

    def picked(self, columns: Sequence[int], rows: Sequence[int]) -> list[tuple[str, ...]]:
        """The same cells of many rows, "" where a row is shorter; the cells behind the last of them are not cut."""
        lines, delimiter, whole = self._lines, self.delimiter, max(columns, default=0) + 1
        pick = itemgetter(*columns) if len(columns) > 1 else lambda row: tuple(row[j] for j in columns)
        found = []
        for i in rows:
            line = lines[i]
            row = self[i] if isinstance(line, tuple) or '"' in line else line.split(delimiter, whole)
            found.append(pick(row) if len(row) >= whole else tuple(row[j] if j < len(row) else "" for j in columns))
        return found

    def widths(self, rows: Sequence[int]) -> list[int]:
        """How many cells each of these rows has."""
        lines, delimiter = self._lines, self.delimiter
        return [
            self.width(i) if isinstance(line := lines[i], tuple) or '"' in line else line.count(delimiter) + 1
            for i in rows
        ]

    def spans(self, rows: Sequence[int], first: int, last: int) -> list[str] | None:
        """The text of neighbouring cells of many rows, ``last`` included; None where a row forbids that."""
        lines, delimiter, inner = self._lines, self.delimiter, last - first
        found = []
        for i in rows:
            line = lines[i]
            behind = _behind_quotes(line, delimiter, first) if isinstance(line, tuple) or '"' in line else (line, first)
            if behind is None:
                return None
            parts = behind[0].split(delimiter, behind[1])
            beyond = parts[-1].count(delimiter) - inner
            if len(parts) <= behind[1] or beyond < 0:
                return None
            found.append(parts[-1].rsplit(delimiter, beyond)[0] if beyond else parts[-1])
        return found


def cut(line: str, delimiter: str) -> Row:
    """The cells of a line that is a record of its own. Raises ``csv.Error`` where its quotes say that it is none."""
    return tuple(next(csv.reader([line], delimiter=delimiter, strict=True)))


def _behind_quotes(line: str | Row, delimiter: str, column: int) -> tuple[str, int] | None:
    """The rest of a line behind its last quote, and which of its cells the column is; None where it stands before."""
    if isinstance(line, tuple):
        return None
    before, quote, behind = line.rpartition('"')
    skipped = len(cut(before + quote, delimiter)) - 1
    return (behind, column - skipped) if column > skipped else None
