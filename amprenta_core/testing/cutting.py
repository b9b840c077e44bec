"""What a plugin makes of a file that was cut: an error, or its complete rows unchanged and the torn one set aside.

Many programs write no line end behind the last row. A cut inside the very last field of a row cannot be told from
that, so such a row may be kept, if and only if a problem ``unterminated_last_line`` names its line.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import define, field

from amprenta_core.errors import FileError
from amprenta_core.model import FeatureTable, Problem
from amprenta_core.plugins import Plugin
from amprenta_core.testing.examples import Reading, read
from amprenta_core.testing.mutations import Record, cut_points, is_plain_text, records
from amprenta_core.testing.remains import UNTERMINATED, is_measured, same_measurements, strangers_in

_EMPTY = "a table without one value was made of it, where an error should say that nothing is left"


@define
class Cutter:
    """Reads one file cut at many places (None: at all that tell); ``path`` is a copy that may be overwritten."""

    plugin: Plugin
    path: Path
    content: bytes = field(repr=False)
    whole: Reading
    places: Sequence[int] | None = None
    _read: dict[int, FeatureTable | None] = field(factory=dict, repr=False)

    def faults(self) -> Iterator[str]:
        """What is wrong, one line for each cut; nothing where the promise is kept."""
        is_text = is_plain_text(self.content) and len(self.whole.tables) == 1
        lines = records(self.content) if is_text else []
        starts = [record.start for record in lines]
        for place in cut_points(self.content) if self.places is None else self.places:
            if is_text:
                at = bisect_right(starts, place) - 1
                fault = self._text_fault(place, lines[at])
            else:
                fault = self._container_fault(place)
            if fault:
                yield f"cut at byte {place} of {len(self.content)}: {fault}"

    def _reading(self, place: int) -> Reading | None:
        """What is made of the first ``place`` bytes; None where they are declined or an error says why not."""
        self.path.write_bytes(self.content[:place])
        try:
            reading = read(self.plugin, self.path)
        except FileError:
            return None
        return reading

    def _table(self, place: int) -> FeatureTable | None:
        if place == len(self.content):
            return next(iter(self.whole.tables.values()))
        if place not in self._read:
            reading = self._reading(place)
            self._read[place] = next(iter(reading.tables.values())) if reading else None
        return self._read[place]

    def _container_fault(self, place: int) -> str | None:
        reading = self._reading(place)
        for part, table in reading.tables.items() if reading else ():
            if not is_measured(table):
                return _EMPTY
            found = strangers_in(table, self.whole.tables[part]) if part in self.whole.tables else [f"{part!r} is new"]
            allowed = 1 if any(p.code == UNTERMINATED for p in table.problems) else 0
            if len(found) > allowed:
                return f"{part} {found[0]}".strip()
        return None

    def _text_fault(self, place: int, record: Record) -> str | None:
        table, whole = self._table(place), self._table(len(self.content))
        if table is None or whole is None:
            return None
        if not is_measured(table):
            return _EMPTY
        if place == record.start or self.content[record.start : place].endswith(b"\r"):
            return next(iter(strangers_in(table, whole)), None)
        if any(p.code == UNTERMINATED and _names(p, record.line) for p in table.problems):
            return self._kept_fault(table, record)
        before = self._table(record.start)
        return self._torn_fault(table, before, place, record) if before else self._first_fault(table, whole, record)

    def _torn_fault(self, table: FeatureTable, before: FeatureTable, place: int, record: Record) -> str | None:
        """What is measured is what the complete rows alone measure, and the torn one is accounted for.

        A torn line that is no row itself (a line of another section) may tell of features what it tells when whole.
        """
        if not same_measurements(table, before):
            after = self._table(record.end)
            beside = after is not None and after.rows_read == before.rows_read
            words = [*strangers_in(table, after if after and beside else before), *strangers_in(before, table)]
            if words or not beside:
                what = words[0] if words else "what is measured differs"
                return f"the torn line {record.line} changed what the complete rows above it say: {what}"
        return self._accounting_fault(table, before, place, record)

    def _kept_fault(self, table: FeatureTable, record: Record) -> str | None:
        """The row is kept and flagged: all rows above as they are, and of its own at most its last field another."""
        before, after = self._table(record.start), self._table(record.end)
        lost = strangers_in(before, table) if before else []
        if lost:
            return f"the flagged line {record.line} changed the complete rows above it: {lost[0]}"
        changed = strangers_in(table, after) if after else []
        return f"line {record.line} is kept, and more than its last field changed: {changed}" if changed[1:] else None

    def _first_fault(self, table: FeatureTable, whole: FeatureTable, record: Record) -> str | None:
        """The complete rows alone are no table: with the torn one they must not be a wrong one."""
        found = strangers_in(table, whole)
        if not found and not _torn(table, record):
            found = [f"line {record.line} is torn, and no problem says so"]
        return found[0] if found else None

    def _accounting_fault(self, table: FeatureTable, before: FeatureTable, place: int, record: Record) -> str | None:
        """The torn row is set aside with a problem that names it, unless its line is none of the table's rows."""
        torn = _torn(table, record)
        if torn and table.rows_read == before.rows_read + 1:
            more = Counter(table.problems) - Counter(before.problems) - Counter(torn)
            return f"it brings another problem: {next(iter(more))}" if more else None
        after = self._table(record.end)
        blank = not self.content[record.start : place].strip(b'\t ,;|"')
        is_row = after is None or after.rows_read > before.rows_read
        if is_row and not blank:
            return f"line {record.line} is torn, and no problem says so with its row"
        return None


def _torn(table: FeatureTable, record: Record) -> list[Problem]:
    return [p for p in table.problems if p.row is not None and _names(p, record.line)]


def _names(problem: Problem, line: int) -> bool:
    """Whether a problem's place is this line."""
    return re.search(rf"\b{line}\b", problem.where) is not None
