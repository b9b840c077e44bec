"""The transcriptomics formats that are declared, in the order in which they are tried."""

import re

from attrs import evolve

from amprenta_core import FileHead, Match, TableFormat, sniff
from amprenta_transcriptomics import arrays, matrices, programs, quantifiers, several
from amprenta_transcriptomics.recognising import genes_in, has_numbers, has_numbers_below

FORMATS: tuple[TableFormat, ...] = (
    *quantifiers.FORMATS,
    *programs.FORMATS,
    *arrays.FORMATS,
    *matrices.FORMATS,
    matrices.HYBRIDIZED,
    *matrices.GCT,
    matrices.SYMBOL_ROWS,
    *matrices.ENTREZ,
)
_BY_NAMES = {one.name for one in (matrices.LIMMA, matrices.MERGED_TRANSCRIPTS, matrices.EDGER, matrices.GENE_COUNTS)}
"""Formats whose header other omics have as well: names must be of genes."""
_GCT = ("#1.2", "#1.3")
"""The first line of GCT, whose rows may be genes, peptides or signatures whatever their symbols say."""
_HYBRIDIZED = "Hybridization REF"
"""How the first of two header rows begins in the tables of TCGA."""
_OF_GENES = re.compile(r"genes\.sf(?:\.\w+)?\Z")
"""What Salmon calls its sums by gene, which stand beside its transcripts and are of the same format."""
_TWO = 2


def claim(head: FileHead) -> Match | None:
    """The declared format that fits, or a table of symbols; formats of one sample say that they may be combined."""
    if head.text.startswith(_GCT):
        return sniff(head, matrices.GCT)
    if head.text.lstrip('\ufeff"').startswith(_HYBRIDIZED):
        return sniff(head, [matrices.HYBRIDIZED])
    match = sniff(head, (*quantifiers.FORMATS, *programs.FORMATS, *arrays.FORMATS, *matrices.FORMATS))
    if match is not None and match.format == matrices.GENE_COLUMNS.name:
        match = match if any(map(has_numbers_below, head.tables)) else None
    if match is None:
        match = _by_symbols(head)
    elif match.format in _BY_NAMES and match.confidence != "possible" and not any(map(genes_in, head.tables)):
        match = evolve(match, confidence="possible")
    if match is None or match.confidence == "possible":
        match = sniff(head, matrices.ENTREZ) or match
    if match is None:
        return None
    one = _combine(head, match)
    return evolve(match, combine=one) if one else several.with_rank(head, match)


def _by_symbols(head: FileHead) -> Match | None:
    named = [(table, why) for table in head.tables if (why := genes_in(table))]
    fitting = [(table.name, why) for table, why in named if has_numbers(table)]
    if not fitting:
        return None
    return Match(
        format=matrices.SYMBOL_ROWS.name,
        confidence="likely",
        reason=fitting[0][1],
        omics_type="transcriptomics",
        parts=tuple(name for name, _ in fitting if name),
    )


def _combine(head: FileHead, match: Match) -> str:
    """Why a file may be one sample of a dataset: its format holds one, or its table has one column of values."""
    if match.format == quantifiers.SALMON.name and _OF_GENES.search(head.name):
        return "sample of genes"
    if match.format in {
        *quantifiers.ALONE,
        arrays.AGILENT.name,
        matrices.GENE_COUNTS.name,
        matrices.ENTREZ_COUNTS.name,
    }:
        return "sample"
    width = max((len(row) for table in head.tables for row in table.rows[:200]), default=0)
    narrow = {quantifiers.FEATURECOUNTS.name: 7, matrices.GENE_ROWS.name: _TWO, matrices.SYMBOL_ROWS.name: _TWO}
    return "sample" if width == narrow.get(match.format) else ""
