"""What tables of reagents share: samples in rows, reagents in columns, rows above that describe the reagents."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from amprenta_core import (
    FeatureRef,
    FeatureTable,
    Measure,
    NumberReader,
    ParseError,
    Problem,
    Quantity,
    Sample,
    Table,
)

_CONTROLS: Mapping[str, re.Pattern[str]] = {
    "blank": re.compile(r"neg(?:ative)?(?:[ _-]*c(?:on)?tro?l)?(?![a-z])", re.IGNORECASE),
    "calibrator": re.compile(r"ipc\b|inter[ -]?plate|plate[ _-]*c(?:on)?tro?l", re.IGNORECASE),
    "quality_control": re.compile(r"(?:sample[ _-]*)?control|sc\d*\b", re.IGNORECASE),
}
"""Names and types of the samples that Olink runs on each plate."""
_TYPES = ("SampleType", "Sample_Type")


@frozen(kw_only=True)
class Panel:
    """A table whose parts are found: ``below`` are the rows below its descriptions, ``samples`` those that are one.

    ``places`` are the columns of the reagents; ``aside`` are the problems of the rows that hold no sample.
    """

    table: Table = field(repr=False)
    header: int
    below: Sequence[int]
    samples: Mapping[int, Sample]
    aside: tuple[Problem, ...]
    places: Sequence[int]
    features: tuple[FeatureRef, ...]
    measure: Measure
    path: str


def labelled(row: Sequence[str], column: int) -> str:
    """A cell, stripped; "" where the row is shorter."""
    return row[column].strip() if column < len(row) else ""


def whole_rows(table: Table, first: int, width: int) -> tuple[list[int], list[Problem]]:
    """The rows from ``first`` on that are whole, and what is to be said of the last one where the file is torn."""
    rows = list(range(first, len(table.rows)))
    if not rows or not table.torn:
        return rows, []
    last, place = rows[-1], table.place(rows[-1])
    if table.width(last) < width:
        what = f"the file ends within this row ({table.width(last)} of {width} fields)"
        return rows[:-1], [Problem(where=place, code="torn_row", what=what, row=last)]
    what = "the last line has no line end: if the file was cut, its last value may be incomplete"
    return rows, [Problem(where=place, code="unterminated_last_line", what=what)]


def feature_table(panel: Panel) -> FeatureTable:
    """Reagents over samples. Raises ``ParseError`` where no sample or no value is there."""
    if not panel.samples or not panel.features:
        raise ParseError("the table has no complete row of values", path=panel.path, line=_line(panel))
    quantity, unreadable = _quantity(panel)
    if not (quantity.values == quantity.values).any():  # NaN is not itself
        raise ParseError("the table has names and not one value", path=panel.path, line=_line(panel))
    names = (("feature", [f.name for f in panel.features]), ("sample", [s.name for s in panel.samples.values()]))
    repeated = [problem for what, of in names for problem in _repeated(panel, what, of)]
    set_aside = sum(problem.row is not None for problem in panel.aside)
    return FeatureTable(
        omics_type="proteomics",
        features=panel.features,
        samples=tuple(panel.samples.values()),
        quantities=(quantity,),
        rows_read=len(panel.samples) + set_aside,
        rows_measured=len(panel.samples),
        problems=(*panel.aside, *unreadable, *repeated),
    )


def _line(panel: Panel) -> int:
    return panel.table.lines[panel.header]


def _quantity(panel: Panel) -> tuple[Quantity, list[Problem]]:
    """Samples × reagents are read row by row and turned round."""
    kept, places = list(panel.samples), panel.places
    reader = NumberReader(width=len(places), decimal=panel.table.decimal)
    values = reader.read([[labelled(panel.table.rows[i], j) for j in places] for i in kept])
    missing = {
        reason: tuple(sorted(cell % len(places) * len(kept) + cell // len(places) for cell in cells))
        for reason, cells in reader.reasons().items()
    }
    measure = panel.measure
    quantity = Quantity(
        name=measure.name,
        values=values.T.copy(),
        unit=measure.unit,
        scale=measure.scale,
        zero=measure.zero,
        missing=missing,
    )
    return quantity, _unreadable(panel, reader, kept)


def _unreadable(panel: Panel, reader: NumberReader, kept: Sequence[int]) -> list[Problem]:
    if not reader.unreadable:
        return []
    row, column, text = reader.unreadable[0]
    where = f"{panel.table.place(kept[row])}, column {panel.features[column].name}"
    what = f"cells that are no numbers, read as missing: {len(reader.unreadable)} ({text[:40]!r} first)"
    return [Problem(where=where, code="unreadable_value", what=what)]


def _repeated(panel: Panel, what: str, names: Sequence[str | None]) -> list[Problem]:
    found = [name for name, times in Counter(names).items() if times > 1 and name]
    if not found:
        return []
    text = f"{what} names that stand in the table more than once, each kept apart: {len(found)} ({found[0]} first)"
    return [Problem(where=panel.table.place(panel.header), code=f"duplicate_{what}_names", what=text)]


def marked(sample: Sample) -> Sample:
    """The sample with the mark of Olink's controls that its type earns; its name, where the file tells no types."""
    told = next((sample.attributes[column] for column in _TYPES if column in sample.attributes), sample.name)
    flag = next((flag for flag, pattern in _CONTROLS.items() if pattern.match(told)), None)
    return sample if flag is None or flag in sample.flags else evolve(sample, flags=(*sample.flags, flag))
