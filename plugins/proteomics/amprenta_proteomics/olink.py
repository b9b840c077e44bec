"""Olink: the wide tables of NPX Manager, with rows above the samples that describe each assay."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from amprenta_core import (
    FeatureRef,
    FeatureTable,
    FileHead,
    FormatInfo,
    Match,
    Measure,
    ParsedFile,
    ParseError,
    Problem,
    Sample,
    Table,
    ZeroMeaning,
    is_missing,
    make_sample,
    read_file,
)
from amprenta_proteomics.declaring import identifiers, is_control_assay
from amprenta_proteomics.panels import Panel, feature_table, labelled, marked, whole_rows

WIDE = FormatInfo(name="olink-wide", versions="NPX Manager 1 to 3", title="Olink NPX Manager, wide")
FORMATS = (WIDE,)
_LABELS = ("Panel", "Assay", "Uniprot ID", "OlinkID")
_SEARCH = 30
_UNIT = re.compile(r"unit", re.IGNORECASE)
_FOOTER = re.compile(
    r"(?:(?:max|min|plate|fixed|assay)[ _-]*)?(?:u?l+od|u?l+oq)\b|missing (?:data )?freq|normali[sz]ation\b|"
    r"assay warning",
    re.IGNORECASE,
)
"""Rows below the samples that say something of each assay."""
_MEASURES = (
    (re.compile(r"ct\b", re.IGNORECASE), Measure(name="ct", scale="log2")),
    (re.compile(r"quant|conc", re.IGNORECASE), Measure(name="concentration", zero=ZeroMeaning.VALUE)),
    (re.compile(r""), Measure(name="npx", unit="NPX", scale="log2", zero=ZeroMeaning.VALUE)),
)
"""What the title above the table says is in it."""


@frozen(kw_only=True)
class _Layout:
    """Label → row of what describes assays, and the columns of these."""

    described: Mapping[str, int]
    places: Sequence[int]

    @property
    def header(self) -> int:
        """The row that names the assays."""
        return self.described["OlinkID"]

    @property
    def last(self) -> int:
        """The last row above the samples."""
        return max(self.described.values())


def sniff(head: FileHead) -> Match | None:
    """Claim a table whose first column labels the rows above its samples as Olink does."""
    parts = [table.name for table in head.tables if _described(table.rows)]
    if not parts:
        return None
    reason = f"rows {', '.join(_LABELS)}"
    named = tuple(part for part in parts if part)
    return Match(format=WIDE.name, confidence="certain", reason=reason, omics_type="proteomics", parts=named)


def parse(path: Path, match: Match) -> ParsedFile:
    """The sheet as written. Raises ``FileError``."""
    return read_file(path, match)


def extract(parsed: ParsedFile) -> FeatureTable:
    """Assays over samples. Raises ``ParseError`` where no sample is there."""
    table = next((t for t in parsed.tables if _described(t.rows)), None)
    if table is None:
        needs = ", ".join(_LABELS)
        raise ParseError(f"no rows {needs} are there", path=parsed.path, hint="The file may be cut")
    found = _layout(table)
    width = max((j + 1 for j, cell in enumerate(table.rows[found.described["Assay"]]) if cell.strip()), default=0)
    rows, problems = whole_rows(table, found.last + 1, width)
    samples, footers = _samples(table, found, rows)
    below = {label: i for i, label in footers.items() if _FOOTER.match(label)}
    return feature_table(
        Panel(
            table=table,
            header=found.header,
            below=rows,
            samples=samples,
            aside=(*problems, *(_aside(table, i, label) for i, label in footers.items())),
            places=found.places,
            features=tuple(_assay(table, found, below, j) for j in found.places),
            measure=_measure(table, found),
            path=parsed.path,
        )
    )


def _described(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Label → row of the rows above the samples; empty where a label is not there."""
    firsts = {row[0].strip().casefold(): i for i, row in reversed(list(enumerate(rows[:_SEARCH]))) if row}
    found = {label: firsts[label.casefold()] for label in _LABELS if label.casefold() in firsts}
    return found if len(found) == len(_LABELS) else {}


def _layout(table: Table) -> _Layout:
    described = _described(table.rows)
    units = next((i for i in range(max(described.values()) + 1, len(table.rows)) if table.rows[i][0].strip()), None)
    if units is not None and _UNIT.match(table.rows[units][0].strip()):
        described["Unit"] = units
    row = table.rows[described["OlinkID"]]
    return _Layout(described=described, places=[j for j, cell in enumerate(row) if j > 0 and cell.strip()])


def _measure(table: Table, found: _Layout) -> Measure:
    above = [cell.strip() for row in table.rows[: min(found.described.values())] for cell in row]
    said = next((cell for cell in reversed(above) if "data" in cell.casefold()), "")
    measure = next(measure for pattern, measure in _MEASURES if pattern.match(said))
    row = table.rows[found.described["Unit"]] if "Unit" in found.described else ()
    units = {labelled(row, j) for j in found.places} - {""}
    return evolve(measure, unit=units.pop()) if len(units) == 1 else measure


def _assay(table: Table, found: _Layout, below: Mapping[str, int], column: int) -> FeatureRef:
    """The assay of a column, with its limits of detection where rows below the samples say them."""
    cells = {label: labelled(table.rows[i], column) for label, i in {**found.described, **below}.items()}
    said = {label: cell for label, cell in cells.items() if not is_missing(cell)}
    name, uniprot = said.pop("OlinkID"), said.pop("Uniprot ID", "")
    control = is_control_assay(said.get("Assay", ""))
    return FeatureRef(
        name=name,
        type="protein",
        ids=identifiers("uniprot", uniprot),
        flags=("control",) if control else (),
        attributes=said,
    )


def _samples(table: Table, found: _Layout, rows: Sequence[int]) -> tuple[dict[int, Sample], dict[int, str]]:
    """Row → sample, and row → its label where it says something of the assays instead."""
    beside = _sample_columns(table, found)
    samples: dict[int, Sample] = {}
    footers: dict[int, str] = {}
    for i in rows:
        name = labelled(table.rows[i], 0)
        if is_missing(name) or _FOOTER.match(name):
            footers[i] = name
            continue
        said = {label: cell for label, j in beside.items() if not is_missing(cell := labelled(table.rows[i], j))}
        samples[i] = marked(make_sample(name, said))
    return samples, footers


def _sample_columns(table: Table, found: _Layout) -> dict[str, int]:
    """Heading → column of what describes samples, with the panel where several have it."""
    assays, panels = (table.rows[found.described[label]] for label in ("Assay", "Panel"))
    columns = [j for j, cell in enumerate(assays) if j > 0 and j not in found.places and cell.strip()]
    headings = [assays[j].strip() for j in columns]
    labels: dict[str, int] = {}
    for j, heading in zip(columns, headings, strict=True):
        panel = labelled(panels, j)
        label = f"{heading} {panel}".strip() if headings.count(heading) > 1 else heading
        labels.setdefault(label, j)
    return labels


def _aside(table: Table, row: int, label: str) -> Problem:
    what = f"the row says the {label} of each assay" if label else "the row names no sample"
    return Problem(where=table.place(row), code="not_a_sample", what=what, row=row)
