"""mwTab text as written: each ``#`` section a table, its lines cut at tabs. The format knows no quoting."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from attrs import define, field

from amprenta_core import Table

HEADER = "METABOLOMICS WORKBENCH"
START, END = "_START", "_END"
_SECTION = re.compile(rf"#(?:{HEADER}\b.*|[A-Z][A-Z_]+)\W*\Z")


@define
class _Section:
    """A section while its lines come in."""

    name: str
    rows: list[tuple[str, ...]] = field(factory=list)
    lines: list[int] = field(factory=list)


def sections(text: str) -> tuple[Table, ...]:
    """The sections of a text in their order; a file of several analyses has each section several times.

    Only the last table can be torn: the text ends within its last row.
    """
    lines = _tabbed(text).split("\n")
    torn = bool(lines[-1].strip())
    found: list[_Section] = [_Section(name="")]
    inside = 0
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        cells = tuple(line.split("\t"))
        is_torn = torn and index == len(lines) - 1 and line.strip() != "#END"
        if index >= inside and not is_torn and _SECTION.match(cells[0]):
            found.append(_Section(name=_section_name(cells[0])))
        if index >= inside and mark(cells).endswith(START):
            inside = _behind_block(lines, index)
        found[-1].rows.append(cells)
        found[-1].lines.append(index + 1)
    kept = [section for section in found if section.rows]
    return tuple(_table(section, torn=torn and section is kept[-1]) for section in kept)


def _tabbed(text: str) -> str:
    """The text with tabs, although a spreadsheet may have saved it with commas."""
    if "\t" in text or "," not in text.partition("\n")[0]:
        return text
    rows = csv.reader(io.StringIO(text, newline=""))
    ends = "\n" if text.endswith("\n") else ""
    return "\n".join("\t".join(" ".join(cell.split("\n")) for cell in row).rstrip("\t") for row in rows) + ends


def _table(section: _Section, *, torn: bool) -> Table:
    return Table(name=section.name, rows=tuple(section.rows), lines=tuple(section.lines), torn=torn)


def _section_name(cell: str) -> str:
    name = cell.lstrip("#").strip().rstrip(":").strip()
    return HEADER if name.startswith(HEADER) else name


def mark(row: Sequence[str]) -> str:
    """The word of a row that is a mark (``MS_METABOLITE_DATA_START``); "" for any other row."""
    word = row[0].strip()
    alone = not any(cell.strip() for cell in row[1:])
    return word if alone and word.endswith((START, END)) and word.replace("_", "").isupper() else ""


def _behind_block(lines: Sequence[str], start: int) -> int:
    """The line behind a block, so that a name in it may begin with ``#``; the next line where nothing ends it."""
    end = lines[start].strip().removesuffix(START) + END
    for index in _until_header(lines, start + 1):
        if lines[index].strip() == end:
            return index + 1
    return start + 1


def _until_header(lines: Sequence[str], first: int) -> Iterable[int]:
    """The lines up to the next analysis of the file."""
    for index in range(first, len(lines)):
        if lines[index].startswith(f"#{HEADER}"):
            return
        yield index
