"""Whether a table is one of genes, where no program's header says it: by what its cells name."""

import re
from collections.abc import Sequence

from amprenta_core import TableHead, is_missing, to_number
from amprenta_transcriptomics.names import is_damaged, is_gene_id
from amprenta_transcriptomics.symbols import is_known_symbol, may_be_symbol

_ROWS = 200
_COLUMNS = 6
_LEAST_KNOWN = 3
_NO_GENES = ("__", "?|")
"""How cells begin that stand for no gene among genes: counters, and numbers without a symbol."""
_LETTER = re.compile(r"[^\W\d_]")
_PROTEIN_FILES = re.compile(
    r".*\.(?:raw|mzml|wiff|d|mzxml)(?:\.\w{1,4})?\Z|.*(?:lfq|ibaq|peptide|protein|iBAQ).*", re.IGNORECASE
)
"""Headers of tables whose symbols stand for proteins."""


def genes_in(table: TableHead) -> str:
    """Why a table is one of genes: what names them, in words; "" where nothing does."""
    rows = table.rows[:_ROWS]
    if not rows or any(map(_PROTEIN_FILES.match, (cell.strip() for cell in rows[0]))):
        return ""
    width = max(map(len, rows))
    for column in range(min(_COLUMNS, width)):
        cells = [cell for row in rows if column < len(row) and (cell := row[column].strip())]
        if why := _genes_among([cell for cell in dict.fromkeys(cells) if not cell.startswith(_NO_GENES)]):
            return why
    return ""


def _genes_among(names: Sequence[str]) -> str:
    if sum(_LETTER.search(name) is not None for name in names) * 2 < len(names):
        return ""  # a column of numbers below its header
    ids = sum(map(is_gene_id, names))
    if ids and ids * 2 >= len(names):
        return f"{ids} of {len(names)} names looked at are identifiers of genes, transcripts or probes"
    known = sum(map(is_known_symbol, names))
    alike = sum(1 for name in names if may_be_symbol(name) or is_damaged(name))
    if known >= _LEAST_KNOWN and known * 8 >= len(names) and alike * 5 >= len(names) * 4:
        return f"{known} of {len(names)} names looked at are well-known symbols of genes"
    return ""


def has_numbers_below(table: TableHead) -> bool:
    """Whether numbers stand below the row that names the most genes: a list of names across holds none there."""
    rows = table.rows[:_ROWS]
    genes = [[j for j, cell in enumerate(row) if is_gene_id(cell.strip())] for row in rows]
    header = max(range(len(rows)), key=lambda i: len(genes[i]), default=0)
    below = [row[j] for row in rows[header + 1 :] for j in (genes[header] if rows else ()) if j < len(row)]
    return not below or sum(is_missing(cell) or to_number(cell) is not None for cell in below) * 2 >= len(below)


def has_numbers(table: TableHead) -> bool:
    """Whether most rows hold a number."""
    rows = table.rows[:_ROWS]
    numbers = sum(any(to_number(cell) is not None for cell in row[1:]) for row in rows)
    return numbers > 0 and numbers * 2 >= len(rows) - 1
