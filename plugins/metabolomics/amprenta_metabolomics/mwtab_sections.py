"""What the sections of an mwTab file say: its analyses, their data blocks, samples and metabolites."""

import re
from collections.abc import Iterator, Mapping, Sequence

from attrs import field, frozen

from amprenta_core import ParseError, Table
from amprenta_metabolomics.mwtab_text import END, HEADER, START, mark

Rows = Sequence[Sequence[str]]
METABOLITES = "METABOLITES"
EXTENDED = "EXTENDED_"
CUT_HINT = "The file was cut: copy or download it again"
_ANALYSIS_ID = re.compile(r"ANALYSIS_ID:\s*(\S+)")
_NOTHING = ("", "-")


@frozen(kw_only=True)
class Block:
    """The rows between a section's ``_START`` and ``_END``: a header, and what stands below it.

    ``lines`` are the places of ``rows``, counted in ``word``s (lines or records); ``is_whole`` says that the end was
    there.
    """

    name: str
    word: str
    first: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    lines: tuple[int, ...] = field(repr=False)
    is_whole: bool

    def place(self, index: int | None = None) -> str:
        """Where a row stands, or the block itself, in words that a person can follow."""
        if self.word == "line":
            return f"line {self.first if index is None else self.lines[index]}"
        return self.name if index is None else f"{self.name}, {self.word} {self.lines[index]}"


@frozen(kw_only=True)
class Analysis:
    """One analysis: ``values`` are its data blocks, ``subjects`` sample → what is said of it (several lines: several).

    ``results_file`` is the other file that holds its numbers, as written; ``is_ended`` says that ``#END`` was there.
    """

    id: str
    first: int
    units: str | None
    values: tuple[Block, ...]
    extended: tuple[Block, ...]
    metabolites: Block | None
    subjects: Mapping[str, Mapping[str, str]] = field(repr=False)
    results_file: str | None
    is_ended: bool


def analyses(tables: Sequence[Table], path: str, word: str = "line") -> tuple[Analysis, ...]:
    """The analyses of a file. Raises ``ParseError`` where it ends within a data block or within the next analysis."""
    groups: list[list[Table]] = []
    for table in tables:
        if table.name == HEADER or not groups:
            groups.append([])
        groups[-1].append(table)
    found = tuple(_analysis(group, path, word, is_last=group is groups[-1]) for group in groups)
    torn = tables[-1].torn and tables[-1].name == "END" and len(tables[-1].rows) > 1
    if torn or (len(found) > 1 and not (found[-1].values or found[-1].is_ended)):
        raise ParseError("the file ends within an analysis", path=path, line=tables[-1].lines[-1], hint=CUT_HINT)
    return found


def _analysis(tables: Sequence[Table], path: str, word: str, *, is_last: bool) -> Analysis:
    blocks = [
        block
        for table in tables
        for block in _blocks(table, path, word, is_open=is_last and table is tables[-1])
        if block.name.endswith("DATA") or block.name == METABOLITES
    ]
    wide = tuple(b for b in blocks if b.name != METABOLITES and not b.name.startswith(EXTENDED))
    header = "\t".join(tables[0].rows[0])
    found = _ANALYSIS_ID.search(header)
    return Analysis(
        id=found[1] if found else "",
        first=tables[0].lines[0],
        units=_value(tables, ":UNITS"),
        values=wide,
        extended=tuple(b for b in blocks if b.name.startswith(EXTENDED)),
        metabolites=next((b for b in blocks if b.name == METABOLITES), None),
        subjects=_subjects(tables),
        results_file=_file_name(_value(tables, "_RESULTS_FILE")),
        is_ended=any(table.name == "END" for table in tables),
    )


def _blocks(table: Table, path: str, word: str, *, is_open: bool) -> Iterator[Block]:
    """The blocks of a section; ``is_open`` says that nothing stands behind it, so that a block may be cut."""
    start = None
    for index, row in enumerate(table.rows):
        found = mark(row)
        if found.endswith(START):
            start = index
        elif found.endswith(END) and start is not None:
            yield _block(table, word, start, index, is_whole=True)
            start = None
    if start is None:
        return
    name = mark(table.rows[start]).removesuffix(START)
    if is_open and name != METABOLITES:
        what = f"the section {name} has no line {name}{END}"
        raise ParseError(what, path=path, line=table.lines[start], hint=CUT_HINT)
    yield _block(table, word, start, len(table.rows), is_whole=not is_open)


def _block(table: Table, word: str, start: int, end: int, *, is_whole: bool) -> Block:
    rows = [tuple(map(_unquoted, row)) for row in table.rows[start + 1 : end]]
    lines = tuple(table.lines[start + 1 : end])
    return Block(
        name=mark(table.rows[start]).removesuffix(START),
        word=word,
        first=table.lines[start],
        header=rows[0] if rows else (),
        rows=tuple(rows[1:]),
        lines=lines[1:],
        is_whole=is_whole,
    )


def _unquoted(cell: str) -> str:
    """A cell without blanks and quotes around it.

    >>> _unquoted(' "PC 34:1" '), _unquoted("5'")
    ('PC 34:1', "5'")
    """
    bare = cell.strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


def _value(tables: Sequence[Table], key: str) -> str | None:
    """The value of the first line whose key ends so."""
    for table in tables:
        for row in table.rows:
            if row[0].strip().upper().endswith(key) and len(row) > 1:
                text = " ".join(filter(None, map(str.strip, row[1:])))
                if text not in _NOTHING:
                    return text
    return None


def _file_name(text: str | None) -> str | None:
    """The name in what is said of a results file, without its units and the like."""
    found = re.match(r"(?:filename:\s*)?([^\s;]+)", text or "")
    return found[1] if found else None


def _subjects(tables: Sequence[Table]) -> dict[str, dict[str, str]]:
    """Sample → subject, factors and additional data; of several lines for one sample, those that agree or add."""
    found: dict[str, dict[str, str]] = {}
    for table in tables:
        for row in table.rows if table.name == "SUBJECT_SAMPLE_FACTORS" else ():
            if row[0].strip() == "SUBJECT_SAMPLE_FACTORS" and len(row) > 2:  # noqa: PLR2004  # key, subject, sample
                said = _subject(row)
                for key, text in said.items():
                    found.setdefault(row[2].strip(), {}).setdefault(key, text)
                found.setdefault(row[2].strip(), {})
    return found


def _subject(row: Sequence[str]) -> dict[str, str]:
    subject, factors, more = row[1].strip(), "".join(row[3:4]), "".join(row[4:5])
    named = {"Subject ID": subject} if subject not in _NOTHING else {}
    return {**named, **pairs(factors, "|", ":"), **pairs(more, ";", "=")}


def pairs(text: str, behind: str, between: str) -> dict[str, str]:
    """Names and values of a list of pairs; a piece without the mark between belongs to the value before it.

    >>> pairs("Genotype:WT | Time:10:30", "|", ":"), pairs("RAW_FILE=a.raw; b.raw; Sex=F", ";", "=")
    ({'Genotype': 'WT', 'Time': '10:30'}, {'RAW_FILE': 'a.raw; b.raw', 'Sex': 'F'})
    """
    found: dict[str, str] = {}
    last = None
    for piece in text.split(behind):
        name, sign, value = piece.partition(between)
        if sign and name.strip():
            last = name.strip()
            found[last] = value
        elif last is not None:
            found[last] += behind + piece
    stripped = {name: value.strip(f" \t{behind}") for name, value in found.items()}
    return {name: value for name, value in stripped.items() if value not in _NOTHING}
