"""A table cut out of a file that holds more than one, and rows that are counted apart."""

from collections.abc import Sequence

from attrs import evolve

from amprenta_core import FeatureTable, ParsedFile, Problem, Table


def sliced(table: Table, keep: Sequence[int], header: Sequence[str] | None = None) -> Table:
    """Only these rows of a table, below a header that the file does not have where one is given."""
    rows = [table.rows[i] for i in keep]
    lines = [table.lines[i] for i in keep]
    torn = table.torn and bool(keep) and keep[-1] == len(table.rows) - 1
    if header is not None:
        rows, lines = [tuple(header), *rows], [lines[0] if lines else 1, *lines]
    return evolve(table, rows=rows, lines=lines, torn=torn)


def with_table(parsed: ParsedFile, table: Table) -> ParsedFile:
    """The same file with this table alone."""
    return evolve(parsed, tables=(table,), part="")


def with_aside(
    table: FeatureTable, keep: Sequence[int], problems: Sequence[Problem], notes: Sequence[Problem] = (), above: int = 0
) -> FeatureTable:
    """What a sliced table gave, its rows numbered as in the file, with the rows that were set aside before.

    ``above`` is how many rows were put above the kept ones.
    """
    own = tuple(p if p.row is None else evolve(p, row=keep[p.row - above]) for p in table.problems)
    return evolve(table, rows_read=table.rows_read + len(problems), problems=(*own, *problems, *notes))
