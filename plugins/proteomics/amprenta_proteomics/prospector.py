"""Protein Prospector (UCSF): tab-delimited reports of Search Compare, of proteins and of peptides.

A real report of peptides reads as declared here. What is known of the reports of proteins are the headers that the
published program writes and those that published readers ask for; no real one was at hand. Above the header stand lines
``Search Name:`` and a row that names the searches, each above the first of its columns. That row may be shifted against
the header (it has one empty cell for accession, gene and UniProt ID together), so that only the order of the names
counts.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from attrs import evolve

from amprenta_core import (
    FeatureTable,
    Level,
    Measure,
    ParsedFile,
    ParseError,
    Table,
    ZeroMeaning,
)
from amprenta_core import extract as extract_declared
from amprenta_proteomics.declaring import declare

_OF_A_SEARCH = ("Protein Score", "Num Unique", "Peptide Count", "% Cov", "Best Score")
"""Columns that a report of proteins has once for each search."""
_HEADER_ROWS = 200
_LISTED = "Search Name"

_REPORTERS = (
    Measure(name="reporter_intensity", columns=r"Int (?P<sample>\d{3}\S*)\Z", combine="sum", zero=ZeroMeaning.MISSING),
    Measure(name="reporter_area", columns=r"Area (?P<sample>\d{3}\S*)\Z", combine="sum", zero=ZeroMeaning.MISSING),
    Measure(name="area", columns="Area", combine="sum", zero=ZeroMeaning.MISSING),
    Measure(name="intensity", columns="Intensity", combine="sum", zero=ZeroMeaning.MISSING),
)

# A spectrum stands below each protein that its peptide may come from: told by peptide alone it would count twice.
PEPTIDES = declare(
    "prospector-peptides",
    "Protein Prospector report of peptides",
    layout="long",
    level="protein_group",
    unassigned="no protein group",
    lower={
        "precursor": Level(
            feature_type="peptide",
            feature=("Peptide", "DB Peptide"),
            key=("z", "Acc #"),
            attributes=("DB Peptide", "Protein Mods", "Protein Name"),
            measures=_REPORTERS,
        )
    },
    header=("Acc #", "DB Peptide|Peptide", "Fraction"),
    columns_like=(r"(?:Int \d{3}.*|Area(?: \d{3}.*)?|Intensity)\Z",),
    feature=("Acc #",),
    sample=("Fraction",),
    ids={"gene_symbol": "Gene"},
    attributes=("UniProt ID", "Protein Name", "Species"),
    measures=_REPORTERS,
)


def _of_search(name: str, column: str, unit: str | None = None) -> Measure:
    columns = rf"{column}\|(?P<sample>.+)\Z"
    return Measure(name=name, columns=columns, unit=unit, zero=ZeroMeaning.VALUE)


PROTEINS = declare(
    "prospector-proteins",
    "Protein Prospector report of proteins",
    header=("Acc #", "Num Unique|Peptide Count", "Protein Name|Species|Protein MW|Protein pI|Protein Length|Gene"),
    without=("Peptide", "DB Peptide", "Fraction", "m/z"),
    feature=("Acc #",),
    ids={"gene_symbol": "Gene"},
    attributes=("UniProt ID", "Protein Name", "Species", "Protein MW"),
    measures=(
        _of_search("peptide_count", "Peptide Count", "peptides"),
        _of_search("unique_peptide_count", "Num Unique", "peptides"),
        _of_search("sequence_coverage", "% Cov", "%"),
        _of_search("protein_score", "Protein Score"),
    ),
)

_NAMED = evolve(PROTEINS, header=("Acc #",))
"""The report with the names of searches in its header."""

FORMATS = (PEPTIDES, PROTEINS)


def extract(parsed: ParsedFile) -> FeatureTable:
    """The proteins over searches, or over fractions and their channels.

    Raises ``ParseError`` where the searches of a report cannot be told apart.
    """
    table = parsed.tables[0]
    header = _header(table)
    if parsed.format == PROTEINS.name:
        named = _with_searches(table, header, parsed.path)
        return extract_declared(evolve(parsed, tables=(named, *parsed.tables[1:])), (_NAMED,))
    if max(Counter(map(str.strip, table.rows[header])).get(name, 0) for name in ("Acc #", "Fraction")) > 1:
        raise ParseError(
            "the report has the peptides of several searches beside each other",
            path=parsed.path,
            line=table.lines[header],
            hint="Report the searches merged, or each one by itself",
        )
    return extract_declared(parsed, (PEPTIDES,))


def _header(table: Table) -> int:
    """The row of the header: sniffing saw it."""
    return next(i for i, row in enumerate(islice(table.rows, _HEADER_ROWS)) if "Acc #" in map(str.strip, row))


def _with_searches(table: Table, header: int, path: str) -> Table:
    """The table with the search of each column in its header: the columns of all searches are called alike."""
    cells = [cell.strip() for cell in table.rows[header]]
    searches = _searches(table, header, max(cells.count(name) for name in _OF_A_SEARCH), path)
    before: Counter[str] = Counter()
    named = []
    for cell in cells:
        named.append(f"{cell}|{searches[before[cell]]}" if cell in _OF_A_SEARCH else cell)
        before[cell] += 1
    return evolve(table, rows=[*table.rows[:header], tuple(named), *table.rows[header + 1 :]])


def _searches(table: Table, header: int, count: int, path: str) -> Sequence[str]:
    """The names of the searches in their order: those above the header, else those of the file's first lines."""
    rows = [[cell.strip() for cell in row if cell.strip()] for row in table.rows[:header]]
    listed = [row[-1] for row in rows if row[0].startswith(_LISTED)]
    above = rows[-1] if rows and not rows[-1][0].startswith(_LISTED) else []
    found = next((names for names in (above, listed) if len(set(names)) == len(names) == count), None)
    if found is None:
        raise ParseError(
            f"the report has columns of {count} searches and does not name as many",
            path=path,
            line=table.lines[header],
            hint="Keep the rows above the header as Search Compare wrote them",
        )
    return found
