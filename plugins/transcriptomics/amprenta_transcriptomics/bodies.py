"""The rows below a header, each accounted for, where a declaration cannot say how they are read."""

from collections.abc import Mapping, Sequence

from attrs import define, field

from amprenta_core import NumberReader, ParseError, Problem, Quantity, Table, ZeroMeaning

Place = tuple[int, int]


@define
class Body:
    """A table's header and its whole rows (indices); those that are set aside are problems."""

    table: Table
    header: Mapping[str, int]
    rows: list[int]
    path: str
    problems: list[Problem] = field(factory=list)
    rows_read: int = 0

    def cell(self, row: int, column: str) -> str:
        """A cell, stripped; "" where the row is shorter."""
        cells, place = self.table.rows[row], self.header[column]
        return cells[place].strip() if place < len(cells) else ""

    def put_aside(self, row: int, code: str, what: str) -> None:
        """A row that is not measured, and why."""
        self.problems.append(Problem(where=self.table.place(row), code=code, what=what, row=row))

    def quantity(self, name: str, column: str, places: Mapping[int, Place], shape: Place) -> Quantity:
        """The numbers of a column, each at the place (feature, sample or contrast) of its row."""
        import numpy as np  # noqa: PLC0415  # quick to import once it is

        reader = NumberReader(width=1, decimal=self.table.decimal)
        numbers = reader.read([[self.cell(row, column)] for row in places])[:, 0]
        self._note_unreadable(reader, column, list(places))
        values = np.full(shape, np.nan)
        feature, across = zip(*places.values(), strict=True)
        values[list(feature), list(across)] = numbers
        missing = {
            reason: tuple(sorted(feature[n] * shape[1] + across[n] for n in cells))
            for reason, cells in reader.reasons().items()
        }
        return Quantity(name=name, values=values, missing=missing, zero=ZeroMeaning.UNKNOWN)

    def _note_unreadable(self, reader: NumberReader, column: str, rows: Sequence[int]) -> None:
        if reader.unreadable:
            row, _, text = reader.unreadable[0]
            what = f"cells that are no numbers, read as missing: {len(reader.unreadable)} ({text[:40]!r} first)"
            where = f"{self.table.place(rows[row])}, column {column}"
            self.problems.append(Problem(where=where, code="unreadable_value", what=what))


def body_of(table: Table, header: int, path: str, end: int | None = None) -> Body:
    """The rows below a header row, up to ``end``; a torn last one is set aside, one without a line end noted."""
    cells = [cell.strip() for cell in table.rows[header]]
    rows = list(range(header + 1, len(table.rows) if end is None else end))
    body = Body(table=table, header={c: j for j, c in reversed(list(enumerate(cells)))}, rows=rows, path=path)
    body.rows_read = len(rows)
    if table.torn and rows and rows[-1] == len(table.rows) - 1:
        if table.width(rows[-1]) < len(cells):
            width = table.width(rows[-1])
            what = f"the file ends within this row ({width} of {len(cells)} fields)"
            body.put_aside(rows.pop(), "torn_row", what)
        else:
            what = "the last line has no line end: if the file was cut, its last value may be incomplete"
            place = table.place(rows[-1])
            body.problems.append(Problem(where=place, code="unterminated_last_line", what=what))
    return body


def header_row(table: Table, columns: Sequence[str], path: str) -> int:
    """The first row with all of these cells. Raises ``ParseError``."""
    for i in range(min(len(table.rows), 200)):
        if set(columns) <= {cell.strip() for cell in table.rows[i]}:
            return i
    raise ParseError(f"no row has the columns {', '.join(columns)}", path=path, hint="The file may be cut")
