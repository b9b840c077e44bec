"""What stands around a table: rows above its header that describe samples, and sheets that explain its keys."""

from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import frozen

from amprenta_core.cells import is_missing
from amprenta_core.formats import Dictionary, find_column, find_dictionary, fold
from amprenta_core.written import Table

_LEAST_CELLS = 2


@frozen(kw_only=True)
class Above:
    """Rows above a header that describe samples: the column of their labels, and label → row."""

    column: int
    rows: Mapping[str, int]

    def row(self, label: str) -> int | None:
        """The row of a label, however it is spelt."""
        return next((i for said, i in self.rows.items() if fold(said) == fold(label)), None)


@frozen(kw_only=True)
class Entry:
    """What a sheet says of a key: its label, None where it has none, and all else by column."""

    label: str | None
    said: Mapping[str, str]


def find_entry(entry: Entry, columns: Sequence[str]) -> str | None:
    """What the first of these columns says that the sheet has."""
    folded = {fold(column): text for column, text in entry.said.items()}
    return next((folded[fold(column)] for column in columns if fold(column) in folded), None)


def find_above(table: Table, header: int) -> Above | None:
    """The labelled rows above a header; None where there are none."""
    firsts: dict[int, int] = {}
    for i in range(header):
        places = [j for j, cell in enumerate(table.rows[i]) if cell.strip()]
        if len(places) >= _LEAST_CELLS:
            firsts[i] = places[0]
    if not firsts:
        return None
    column = Counter(firsts.values()).most_common(1)[0][0]
    if column == 0 or not _is_label(table, firsts, column):
        return None
    return Above(column=column, rows={table.rows[i][column].strip(): i for i, j in firsts.items() if j == column})


def _is_label(table: Table, firsts: Mapping[int, int], column: int) -> bool:
    """Whether the first cells are labels and not the values of the first sample, as unlabelled rows have them."""
    rows = [table.rows[i] for i, j in firsts.items() if j == column]
    labels = [row[column].strip() for row in rows]
    return len(set(labels)) == len(labels) and any(not label[:1].isdigit() for label in labels)


def read_dictionary(tables: Sequence[Table], dictionary: Dictionary | None, but: Table) -> dict[str, Entry]:
    """Key → entry of the sheet that is the dictionary; of a key that stands there twice, the first."""
    if dictionary is None:
        return {}
    for table in tables:
        place = find_dictionary(table.rows, dictionary) if table is not but else None
        if place is not None:
            return _entries(table, dictionary, place)
    return {}


def _entries(table: Table, dictionary: Dictionary, place: int) -> dict[str, Entry]:
    header = [cell.strip() for cell in table.rows[place]]
    key = find_column(header, dictionary.key.split("|"))
    label = find_column(header, dictionary.label.split("|")) if dictionary.label else None
    entries: dict[str, Entry] = {}
    for i in range(place + 1, len(table.rows)):
        row = [cell.strip() for cell in table.rows[i]]
        if key is None or len(row) <= key or not row[key]:
            continue
        said = {
            name: cell
            for j, (name, cell) in enumerate(zip(header, row, strict=False))
            if j not in (key, label) and name and not is_missing(cell)
        }
        name = row[label] if label is not None and len(row) > label and not is_missing(row[label]) else None
        entries.setdefault(row[key], Entry(label=name, said=said))
    return entries
