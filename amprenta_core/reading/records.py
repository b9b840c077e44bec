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


def spread(columns: Sequence[Column], cells: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The cells of each header: those of a column, or of each field of its records.

    >>> columns = [Column(name="name"), Column(name="at", fields=("s", "x"))]
    >>> list(spread(columns, [["P1"], [[{"s": "a", "x": 1}, {"s": "b", "x": 2}]]]))
    [['P1'], [['a', 'b']], [[1, 2]]]
    """
    for column, own in zip(columns, cells, strict=True):
        if column.fields:
            yield from ([_of(field, cell) for cell in own] for field in column.fields)
        else:
            yield own


def _of(field: str, cell: Any) -> Any:
    """A field of each of a list of records, None where one is not there."""
    return cell and [record[field] if record else None for record in cell]


def rows_of(column: Column, cell: Any) -> Iterator[tuple[Any, ...]]:
    """The fields of each record of a cell; once nothing where it has no record.

    >>> column = Column(name="at", fields=("s", "x"))
    >>> list(rows_of(column, [{"s": "a", "x": 1}, {"s": "b", "x": 2}])), list(rows_of(column, []))
    ([('a', 1), ('b', 2)], [(None, None)])
    """
    nothing = (None,) * len(column.fields)
    for record in cell or (None,):
        yield tuple(record[field] for field in column.fields) if record else nothing
