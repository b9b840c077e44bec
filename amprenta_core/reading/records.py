"""Columns of records: a cell that is a list of records becomes a cell for each field, or a row for each record."""

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class Column:
    """A column of a columnar file: its name, and the fields of its records where it holds lists of them."""

    name: str
    fields: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of the columns of text that it becomes.

        >>> Column(name="intensities", fields=("label", "intensity")).headers
        ('intensities.label', 'intensities.intensity')
        """
        return tuple(f"{self.name}.{field}" for field in self.fields) or (self.name,)


def described(schema: Any) -> list[Column]:
    """The columns of an Arrow schema. Records of records, or of lists, are no cells: they are left as they are."""
    return [Column(name=field.name, fields=_fields(field.type)) for field in schema]


def _fields(kind: Any) -> tuple[str, ...]:
    import pyarrow as pa  # noqa: PLC0415  # only needed for parquet

    listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not listed or not pa.types.is_struct(kind.value_type):
        return ()
    fields = [kind.value_type.field(i) for i in range(kind.value_type.num_fields)]
    return () if any(pa.types.is_nested(field.type) for field in fields) else tuple(field.name for field in fields)


def unfolded(columns: Sequence[Column], row: Sequence[Any], records: int | None) -> Iterator[list[Any]]:
    """The rows that a row becomes: one, or one for each record of a column; one with blanks where it has no record.

    >>> columns = [Column(name="name"), Column(name="at", fields=("s", "x"))]
    >>> row = ["P1", [{"s": "a", "x": 1}, {"s": "b", "x": 2}]]
    >>> list(unfolded(columns, row, 1)), list(unfolded(columns, ["P2", None], 1))
    ([['P1', 'a', 1], ['P1', 'b', 2]], [['P2', None, None]])
    >>> list(unfolded(columns, row, None))
    [['P1', ['a', 'b'], [1, 2]]]
    """
    if records is None:
        yield _flat(columns, row)
        return
    for record in row[records] or [None]:
        yield _flat(columns, [*row[:records], record, *row[records + 1 :]])


def _flat(columns: Sequence[Column], row: Sequence[Any]) -> list[Any]:
    cells: list[Any] = []
    for column, cell in zip(columns, row, strict=True):
        cells += [_of(field, cell) for field in column.fields] if column.fields else [cell]
    return cells


def _of(field: str, cell: Any) -> Any:
    """A field of a record, or of each of a list of them; None where there is none."""
    if isinstance(cell, list):
        return [record[field] if record else None for record in cell]
    return cell[field] if cell else None
