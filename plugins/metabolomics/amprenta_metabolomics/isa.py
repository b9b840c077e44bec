"""ISA-Tab beside a result file: which columns are samples, and what is said of them.

The files themselves (``i_``, ``s_``, ``a_``) describe samples and hold no result: they are recognised to say so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from amprenta_core import (
    FeatureTable,
    FileError,
    FileHead,
    FormatInfo,
    Match,
    ParsedFile,
    ParseError,
    Table,
    read_tables,
)

FORMATS: tuple[FormatInfo, ...] = ()
DECLINED = "isa-tab"
"""The name under which these files are recognised, only to be declined with a hint."""
Said = Mapping[str, str]
_MEMBER = re.compile(r"[isa]_.+\.txt(?:\.(?:gz|bz2|xz))?\Z", re.IGNORECASE)
_PACKED = re.compile(r"\.(?:gz|bz2|xz)\Z", re.IGNORECASE)
_SUFFIXES = re.compile(
    r"(?:\.(?:raw|mzml|mzxml|mzdata|d|wiff|cdf|netcdf|nmrml|zip|gz|tar|7z|txt|csv|fid))+\Z", re.IGNORECASE
)
_NAMED = re.compile(r"(?P<kind>Characteristics|Factor Value)\s*\[\s*(?P<name>.+?)\s*\]\Z", re.IGNORECASE)
_ALIASES = (
    "sample name", "ms assay name", "nmr assay name", "assay name", "extract name", "labeled extract name",
    "hybridization assay name", "raw spectral data file", "free induction decay data file",
    "derived spectral data file", "normalization name", "data transformation name",
)  # fmt: skip
"""Columns of an assay that may name the columns of its results, best first."""
_KEPT = {
    "sample name": "Sample Name",
    "ms assay name": "MS Assay Name",
    "nmr assay name": "NMR Assay Name",
    "raw spectral data file": "Raw Spectral Data File",
    "free induction decay data file": "Free Induction Decay Data File",
}
_ASSIGNMENT = "metabolite assignment file"
_INVESTIGATION = "ontology source reference"


@frozen(kw_only=True)
class Described:
    """What studies and assays say: name of a column → its sample's attributes.

    ``by_assay`` says that an assay names the result file, ``unreadable`` are the files that could not be read.
    """

    samples: Mapping[str, Said] = field(repr=False)
    by_assay: bool
    unreadable: tuple[str, ...] = ()


def sniff(head: FileHead) -> Match | None:
    """Recognise an investigation, a study or an assay by its first line, to decline it with a hint."""
    kind = _kind(head.tables[0].rows[:1]) if head.kind == "text" and head.tables else None
    if kind is None:
        return None
    return Match(format=DECLINED, confidence="certain", reason=f"an ISA-Tab {kind}", omics_type="metabolomics")


def parse(path: Path, match: Match) -> ParsedFile:
    """Decline. Raises ``ParseError`` always: the hint says what the file is good for."""
    is_whole_study = match.reason.endswith("investigation")
    joins = f"To join it to another table, say --samples {path.name}"
    hint = "Read the results (m_….tsv) beside it" if is_whole_study else joins
    raise ParseError(f"this is {match.reason}: it describes samples and holds no result", path=path, hint=hint)


def extract(parsed: ParsedFile) -> FeatureTable:
    """Decline, as ``parse`` does before. Raises ``ParseError`` always."""
    raise ParseError("this describes samples and holds no result", path=parsed.path, hint="Join it with --samples")


def _kind(first: Sequence[Sequence[str]]) -> str | None:
    """Which of the three files begins with this row; None for any other."""
    row = [_folded(cell) for cell in first[0]] if first else []
    if row[:1] == [_INVESTIGATION]:
        return "investigation"
    if row[:1] == ["source name"] and "sample name" in row:
        return "study"
    return "assay" if row[:1] == ["sample name"] and "protocol ref" in row else None


def members(head: FileHead) -> tuple[str, ...]:
    """The investigation, study and assay files among the siblings, by the names that ISA-Tab prescribes."""
    return tuple(name for name in head.siblings if _MEMBER.match(name))


def read_members(path: Path, names: Sequence[str]) -> Iterator[Table]:
    """The tables of the members as written; one that cannot be read is a table without rows."""
    for name in names:
        try:
            [table] = read_tables(path.parent / name)[:1] or (Table(name=name, rows=(), lines=()),)
        except FileError:
            yield Table(name=name, rows=(), lines=())
        else:
            yield Table(name=name, rows=table.rows, lines=table.lines, torn=table.torn, decimal=table.decimal)


def describe(result: str, tables: Sequence[Table]) -> Described:
    """What these tables say of the columns of a result file of this name."""
    studies: dict[str, Said] = {}
    for table in tables:
        if _has(table, "source name"):
            studies |= _study(table)
    wanted = _PACKED.sub("", PurePosixPath(result).name).casefold()
    rows = [row for table in tables if _has(table, _ASSIGNMENT) for row in _assay_rows(table, wanted)]
    unreadable = tuple(table.name for table in tables if not len(table.rows))
    if not rows:
        return Described(samples=studies, by_assay=False, unreadable=unreadable)
    return Described(samples=_by_alias(rows, studies), by_assay=True, unreadable=unreadable)


def _has(table: Table, column: str) -> bool:
    return bool(len(table.rows)) and column in map(_folded, table.rows[0])


def _folded(cell: str) -> str:
    return " ".join(cell.split()).casefold()


def _study(table: Table) -> dict[str, Said]:
    """Sample name → its characteristics and factors, with their units."""
    header = [" ".join(cell.split()) for cell in table.rows[0]]
    folded = list(map(_folded, header))
    column = folded.index("sample name") if "sample name" in folded else None
    if column is None:
        return {}
    found: dict[str, Said] = {}
    for row in _whole_rows(table):
        name = _cell(row, column)
        if name:
            found.setdefault(name, _attributes(header, row))
    return found


def _whole_rows(table: Table) -> Sequence[Sequence[str]]:
    return table.rows[1:-1] if table.torn else table.rows[1:]


def _attributes(header: Sequence[str], row: Sequence[str]) -> Said:
    """What a row says; a factor goes before a characteristic of the same name, which then keeps its whole header."""
    said: dict[str, str] = {}
    for kind in ("factor value", "characteristics"):
        for j, cell in enumerate(header):
            named = _NAMED.match(cell)
            if named is None or named["kind"].casefold() != kind or not _cell(row, j):
                continue
            text = " ".join(filter(None, (_cell(row, j), _unit(header, row, j))))
            said.setdefault(cell if said.get(named["name"], text) != text else named["name"], text)
    source = next((_cell(row, j) for j, cell in enumerate(header) if _folded(cell) == "source name"), "")
    return {**({"Source Name": source} if source else {}), **said}


def _unit(header: Sequence[str], row: Sequence[str], column: int) -> str:
    """The unit of a value: a column Unit among those that explain it."""
    behind = takewhile(
        lambda j: _folded(header[j]) in ("unit", "term source ref", "term accession number"),
        range(column + 1, len(header)),
    )
    return next((_cell(row, j) for j in behind if _folded(header[j]) == "unit"), "")


def _assay_rows(table: Table, wanted: str) -> Iterator[dict[str, str]]:
    """The rows of an assay that name the result file: folded column → cell, of repeated columns the first."""
    folded = list(map(_folded, table.rows[0]))
    column = folded.index(_ASSIGNMENT)
    for row in _whole_rows(table):
        if PurePosixPath(_cell(row, column)).name.casefold() == wanted:
            yield {name: _cell(row, j) for j, name in reversed(list(enumerate(folded))) if _cell(row, j)}


def _by_alias(rows: Sequence[Mapping[str, str]], studies: Mapping[str, Said]) -> dict[str, Said]:
    """Every name that an assay gives its runs → what all runs of this name have in common."""
    found: dict[str, Said] = {}
    for column in _ALIASES:
        here: dict[str, Said] = {}
        for row in rows:
            name = row.get(column, "")
            for alias in _spellings(name):
                said = _run(row, studies, alias)
                before = here.get(alias, said)
                here[alias] = {key: text for key, text in before.items() if said.get(key) == text}
        found = {**here, **found}
    return found


def _spellings(name: str) -> tuple[str, ...]:
    """A name as it stands, and a data file's also without its folder, and without its suffixes; () for nothing."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    return tuple(dict.fromkeys(filter(None, (name, bare, _SUFFIXES.sub("", bare)))))


def _run(row: Mapping[str, str], studies: Mapping[str, Said], alias: str) -> dict[str, str]:
    own = {title: row[column] for column, title in _KEPT.items() if row.get(column, alias) != alias}
    return {**studies.get(row.get("sample name", ""), {}), **own}


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""
