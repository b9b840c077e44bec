"""Counts without a header: HTSeq's two columns, and STAR's four."""

from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from amprenta_core import (
    FeatureTable,
    FileHead,
    FormatInfo,
    Match,
    Measure,
    ParsedFile,
    ParseError,
    Problem,
    Table,
    TableFormat,
    ZeroMeaning,
    read_file,
    to_number,
)
from amprenta_core import extract as extract_declared
from amprenta_core import sniff as sniff_declared
from amprenta_transcriptomics.declaring import declare
from amprenta_transcriptomics.recognising import genes_in
from amprenta_transcriptomics.slicing import sliced, with_aside, with_table

_ROWS = 200
_HTSEQ_COUNTERS = ("__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique")
_STAR_COUNTERS = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
_STAR_COLUMNS = 4
_ENDS = 40
"""Counters stand before the genes or behind them, below a header of a few rows."""
_LESS = 0.2
"""A strand with less than this share of the other's reads is not the one that was sequenced."""


def _measure(name: str, column: str) -> Measure:
    return Measure(name=name, columns=rf"{column}(?P<sample>)\Z", unit="reads", zero=ZeroMeaning.VALUE)


HTSEQ = declare(
    "htseq-count",
    "HTSeq-count, or any two columns of names and counts without a header",
    header=("feature", "count"),
    feature=("feature",),
    attributes=("name",),
    measures=(_measure("counts", "count"),),
    confidence="likely",
)
STAR = declare(
    "star-genes",
    "STAR ReadsPerGene.out.tab",
    header=("feature", "unstranded", "forward", "reverse"),
    feature=("feature",),
    attributes=(),
    measures=(
        _measure("counts", "unstranded"),
        _measure("counts_forward", "forward"),
        _measure("counts_reverse", "reverse"),
    ),
)
GDC = declare(
    "gdc-star-counts",
    "STAR counts of the Genomic Data Commons",
    header=("gene_id", "gene_name", "gene_type", "unstranded", "stranded_first", "stranded_second"),
    feature=("gene_id",),
    attributes=("gene_type",),
    measures=(
        _measure("counts", "unstranded"),
        _measure("counts_forward", "stranded_first"),
        _measure("counts_reverse", "stranded_second"),
        *(
            Measure(name=name, columns=rf"{name}_unstranded(?P<sample>)\Z", unit=unit, zero=ZeroMeaning.VALUE)
            for name, unit in (("tpm", "TPM"), ("fpkm", "FPKM"), ("fpkm_uq", "FPKM-UQ"))
        ),
    ),
)
_DECLARED = (STAR, GDC, HTSEQ)
FORMATS: tuple[FormatInfo, ...] = tuple(declared.info for declared in _DECLARED)


def sniff(head: FileHead) -> Match | None:
    """Claim a text of names and counts by its first rows."""
    rows = head.tables[0].rows[:_ROWS] if head.kind == "text" and head.tables else ()
    if not rows:
        return None
    if [row[0].strip() for row in rows[:_STAR_COLUMNS]] == list(_STAR_COUNTERS) and _are_counts(rows, _STAR_COLUMNS):
        return _match(STAR.name, "certain", "first rows N_unmapped, N_multimapping, N_noFeature, N_ambiguous")
    if said := sniff_declared(head, [GDC]):
        return evolve(said, combine="sample")
    width = max(map(len, rows))
    if width not in (2, 3) or not _are_counts(rows, width):
        return None
    if any(row[0].strip() in _HTSEQ_COUNTERS for row in rows):
        return _match(HTSEQ.name, "certain", "rows __no_feature, __ambiguous")
    why = genes_in(head.tables[0])
    return _match(HTSEQ.name, "likely", f"names and numbers without a header; {why}") if why else None


def _match(name: str, confidence: str, reason: str) -> Match:
    return Match(
        format=name,
        confidence=confidence,  # type: ignore[arg-type]  # one of the three words
        reason=reason,
        omics_type="transcriptomics",
        combine="sample",
    )


def _are_counts(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether each row is a name and numbers (in the last of few columns), also the first one."""
    columns = range(1, width) if width == _STAR_COLUMNS else [width - 1]
    whole = rows[:-1] or rows
    return all(len(row) == width and all(_is_count(row[j]) for j in columns) and row[0].strip() for row in whole)


def _is_count(cell: str) -> bool:
    number = to_number(cell)
    return number is not None and number >= 0


def parse(path: Path, match: Match) -> ParsedFile:
    """The table as written."""
    return read_file(path, match)


def extract(parsed: ParsedFile) -> FeatureTable:
    """The counts below a header that the file does not have; the counters of reads without a gene are set aside."""
    if parsed.format == GDC.name:
        found = without_counters(parsed, _DECLARED)
        return evolve(found, problems=(*found.problems, *_strands(found, GDC.header[3:])))
    [table] = parsed.tables
    keep, counters = _parted(table)
    if not keep:
        raise ParseError("the file counts reads without a gene, and no gene", path=parsed.path)
    below = sliced(table, keep, _header(parsed.format, table))
    found = extract_declared(with_table(parsed, below), _DECLARED)
    aside = [_aside(table, i) for i in counters]
    return with_aside(found, keep, aside, _strands(found, ()) if parsed.format == STAR.name else (), above=1)


def without_counters(parsed: ParsedFile, formats: Sequence[TableFormat]) -> FeatureTable:
    """What the declared format gives, the rows set aside that count reads without a gene."""
    if len(parsed.tables) != 1 or not parsed.tables[0].rows:
        return extract_declared(parsed, formats)
    [table] = parsed.tables
    ends = (*table.rows[:_ENDS], *table.rows[-_ENDS:])
    if not any(row and _is_counter(row[0]) for row in ends):
        return extract_declared(parsed, formats)
    keep, counters = _parted(table)
    found = extract_declared(with_table(parsed, sliced(table, keep)), formats)
    return with_aside(found, keep, [_aside(table, i) for i in counters])


def _parted(table: Table) -> tuple[list[int], list[int]]:
    """The rows of genes (and the header, where there is one), and those that count reads without one."""
    counters = [i for i in range(len(table.rows)) if table.rows[i] and _is_counter(table.rows[i][0])]
    set_aside = set(counters)
    return [i for i in range(len(table.rows)) if i not in set_aside], counters


def _header(name: str, table: Table) -> Sequence[str]:
    if name == STAR.name:
        return STAR.header
    three = any(table.width(i) > 2 for i in range(min(len(table.rows), 4)))  # noqa: PLR2004  # an attribute between
    return ("feature", "name", "count") if three else HTSEQ.header


def _is_counter(name: str) -> bool:
    bare = name.strip()
    return bare in _STAR_COUNTERS or bare.startswith("__")


def _aside(table: Table, index: int) -> Problem:
    what = f"{table.rows[index][0].strip()} counts reads that belong to no gene"
    return Problem(where=table.place(index), code="reads_without_gene", what=what, row=index)


def _strands(table: FeatureTable, columns: Sequence[str]) -> tuple[Problem, ...]:
    """Which column was taken, and what the sums of all three suggest of the library."""
    none, forward, reverse = (float(q.values[q.values == q.values].sum()) for q in table.quantities[:3])
    if forward < reverse * _LESS:
        says = "the sums suggest a reverse-stranded library (counts_reverse)"
    elif reverse < forward * _LESS:
        says = "the sums suggest a forward-stranded library (counts_forward)"
    else:
        says = "the sums suggest an unstranded library"
    sums = f"unstranded {none:.0f}, forward {forward:.0f}, reverse {reverse:.0f}"
    what = f"the unstranded counts are the quantity of choice ({sums}): {says}; choose another with --quantity"
    return (Problem(where=f"columns {', '.join(columns) or '2 to 4'}", code="strandedness", what=what),)
